// The requests alive in a simulation, indexed by slot; a slot is used again when its request has ended. Whoever touches a request
// touches most of its fields, and neighbours in the table have nothing to do with each other: a record each, of two cache lines,
// is what caches want, not an array a field.
#pragma once

#include <cstdint>
#include <vector>

#include "core/quantity.h"

namespace gpufleet::sim {

using Slot32 = std::uint32_t;
inline constexpr Slot32 kNoSlot = UINT32_MAX;

enum class RequestState : std::uint8_t { waiting, prefilling, transferring, decoding };

struct Request {
  std::int64_t arrival = 0;     ///< ps
  std::int64_t first = 0;       ///< ps of the first token; -1 = none yet
  std::int64_t due = 0;         ///< token clock of its instance when it ends
  std::int64_t origin = 0;      ///< cached tokens minus the token clock at joining
  std::int32_t prompt = 0;      ///< tokens to prefill, answer so far included after a preemption
  std::int32_t cached = 0;      ///< of them, found in a prefix cache
  std::int32_t done = 0;        ///< of them, prefilled
  std::int32_t output = 0;      ///< tokens still to generate when (re-)admitted
  std::int32_t blocks = 0;      ///< KV blocks held
  Slot32 next = 0, before = 0;  ///< neighbours in a due bucket
  Slot32 joined_after = 0;      ///< neighbours in order of joining
  Slot32 joined_before = 0;
  std::int32_t asked = 0;   ///< prompt as the user sent it
  std::int32_t answer = 0;  ///< output as the user gets it
  std::uint32_t session = 0;
  std::uint32_t instance = 0;
  RequestState state = RequestState::waiting;
  std::uint8_t counted = 0;  ///< whether its latencies count
};

struct RequestTable {
  std::vector<std::vector<std::uint64_t>> names;  ///< content of the prompt; filled where a prefix cache is on

  [[nodiscard]] Request& operator[](Slot32 slot) { return requests_[slot]; }
  [[nodiscard]] const Request& operator[](Slot32 slot) const { return requests_[slot]; }

  [[nodiscard]] Slot32 take() {
    if (!free_.empty()) {
      const Slot32 slot = free_.back();
      free_.pop_back();
      return slot;
    }
    requests_.emplace_back();
    names.emplace_back();
    return static_cast<Slot32>(requests_.size() - 1);
  }
  void release(Slot32 slot) { free_.push_back(slot); }
  [[nodiscard]] std::size_t alive() const { return requests_.size() - free_.size(); }

 private:
  std::vector<Request> requests_;
  std::vector<Slot32> free_;
};

}  // namespace gpufleet::sim
