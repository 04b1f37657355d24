// The sequences that one instance decodes, advanced all at once: a token clock counts what each of them has got, a wheel of
// buckets holds them by the clock at which they end, and sums stand for their cached tokens. An iteration costs the same for any
// number.
#pragma once

#include <array>
#include <vector>

#include "sim/serving/request_table.h"

namespace gpufleet::sim {

class DecodeSet {
 public:
  explicit DecodeSet(int block) : block_(block), wheel_(kWheel, kNoSlot), phases_(static_cast<std::size_t>(block), 0) {}

  /// Adds a sequence with `cached` tokens in its KV cache and `remaining` >= 1 tokens to generate.
  void join(RequestTable& table, Slot32 slot, std::int64_t cached, std::int64_t remaining);
  void remove(RequestTable& table, Slot32 slot);

  /// Blocks that all sequences need at most before each of them takes `tokens` more; exact for one token.
  [[nodiscard]] std::int64_t block_growth(std::int64_t tokens) const;
  /// Every sequence takes `tokens` more (fewer if it ends); those that end are taken out and handed to `ended`, which must not
  /// touch this set. Returns the blocks that were added, exactly.
  template <class F>
  std::int64_t advance(RequestTable& table, std::int64_t tokens, F&& ended) {
    std::int64_t blocks = 0;
    for (std::int64_t i = 0; i < tokens; ++i) {
      blocks += phases_[phase(-clock_)];
      ++clock_;
      cached_ += count_;
      Slot32 slot = wheel_[static_cast<std::size_t>(clock_) & (kWheel - 1)];
      while (slot != kNoSlot) {
        const Slot32 after = table[slot].next;
        if (table[slot].due == clock_) {
          remove(table, slot);
          ended(slot);
        }
        slot = after;
      }
    }
    return blocks;
  }

  [[nodiscard]] std::int64_t count() const { return count_; }
  /// Sum of cached tokens.
  [[nodiscard]] std::int64_t cached() const { return cached_; }
  [[nodiscard]] std::int64_t cached_of(const RequestTable& table, Slot32 slot) const { return table[slot].origin + clock_; }
  [[nodiscard]] std::int64_t remaining_of(const RequestTable& table, Slot32 slot) const { return table[slot].due - clock_; }
  /// The sequence that joined last; kNoSlot if there is none.
  [[nodiscard]] Slot32 youngest() const { return youngest_; }

 private:
  static constexpr std::size_t kWheel = 1 << 14;  // a sequence due later is looked at once a turn
  [[nodiscard]] std::size_t phase(std::int64_t origin) const {
    const std::int64_t rest = origin % block_;
    return static_cast<std::size_t>(rest < 0 ? rest + block_ : rest);
  }

  std::int64_t block_;
  std::int64_t clock_ = 0, count_ = 0, cached_ = 0;
  Slot32 youngest_ = kNoSlot;
  std::vector<Slot32> wheel_;
  std::vector<std::int64_t> phases_;  ///< sequences by origin modulo the block
};

}  // namespace gpufleet::sim
