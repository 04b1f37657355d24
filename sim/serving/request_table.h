// The requests alive in a simulation, as a structure of arrays indexed by slot; a slot is used again when its request has ended.
#pragma once

#include <cstdint>
#include <vector>

#include "core/quantity.h"

namespace gpufleet::sim {

using Slot32 = std::uint32_t;
inline constexpr Slot32 kNoSlot = UINT32_MAX;

enum class RequestState : std::uint8_t { waiting, prefilling, transferring, decoding };

struct RequestTable {
  std::vector<std::int64_t> arrival;  ///< ps
  std::vector<std::int64_t> first;    ///< ps of the first token; -1 = none yet
  std::vector<std::int64_t> due;      ///< token clock of its instance when it ends
  std::vector<std::int64_t> origin;   ///< cached tokens minus the token clock at joining
  std::vector<std::int32_t> prompt;   ///< tokens to prefill, answer so far included after a preemption
  std::vector<std::int32_t> cached;   ///< of them, found in a prefix cache
  std::vector<std::int32_t> done;     ///< of them, prefilled
  std::vector<std::int32_t> output;   ///< tokens still to generate when (re-)admitted
  std::vector<std::int32_t> asked;    ///< prompt as the user sent it
  std::vector<std::int32_t> answer;   ///< output as the user gets it
  std::vector<std::int32_t> blocks;   ///< KV blocks held
  std::vector<std::uint32_t> session;
  std::vector<std::uint32_t> instance;
  std::vector<RequestState> state;
  std::vector<std::uint8_t> counted;                ///< whether its latencies count
  std::vector<Slot32> next, before;                 ///< neighbours in a due bucket
  std::vector<Slot32> joined_after, joined_before;  ///< neighbours in order of joining
  std::vector<std::vector<std::uint64_t>> names;    ///< content of the prompt; filled where a prefix cache is on

  [[nodiscard]] Slot32 take() {
    if (!free_.empty()) {
      const Slot32 slot = free_.back();
      free_.pop_back();
      return slot;
    }
    const auto slot = static_cast<Slot32>(arrival.size());
    const std::size_t n = arrival.size() + 1;
    arrival.resize(n), first.resize(n), due.resize(n), origin.resize(n), prompt.resize(n), cached.resize(n), done.resize(n);
    output.resize(n), asked.resize(n), answer.resize(n), blocks.resize(n), session.resize(n), instance.resize(n), state.resize(n),
        counted.resize(n);
    next.resize(n), before.resize(n), joined_after.resize(n), joined_before.resize(n), names.resize(n);
    return slot;
  }
  void release(Slot32 slot) { free_.push_back(slot); }
  [[nodiscard]] std::size_t alive() const { return arrival.size() - free_.size(); }

 private:
  std::vector<Slot32> free_;
};

}  // namespace gpufleet::sim
