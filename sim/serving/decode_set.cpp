#include "sim/serving/decode_set.h"

#include "core/check.h"

namespace gpufleet::sim {

void DecodeSet::join(RequestTable& table, Slot32 slot, std::int64_t cached, std::int64_t remaining) {
  check(remaining >= 1 && cached >= 0, "a decoding sequence has tokens to generate");
  table[slot].due = clock_ + remaining;
  table[slot].origin = cached - clock_;
  Slot32& head = wheel_[static_cast<std::size_t>(table[slot].due) & (kWheel - 1)];
  table[slot].next = head;
  table[slot].before = kNoSlot;
  if (head != kNoSlot) table[head].before = slot;
  head = slot;
  table[slot].joined_before = youngest_;
  table[slot].joined_after = kNoSlot;
  if (youngest_ != kNoSlot) table[youngest_].joined_after = slot;
  youngest_ = slot;
  ++count_;
  cached_ += cached;
  ++phases_[phase(table[slot].origin)];
}

void DecodeSet::remove(RequestTable& table, Slot32 slot) {
  const Slot32 next = table[slot].next, before = table[slot].before;
  if (before == kNoSlot)
    wheel_[static_cast<std::size_t>(table[slot].due) & (kWheel - 1)] = next;
  else
    table[before].next = next;
  if (next != kNoSlot) table[next].before = before;
  const Slot32 older = table[slot].joined_before, younger = table[slot].joined_after;
  if (older != kNoSlot) table[older].joined_after = younger;
  if (younger != kNoSlot)
    table[younger].joined_before = older;
  else
    youngest_ = older;
  --count_;
  cached_ -= cached_of(table, slot);
  --phases_[phase(table[slot].origin)];
}

// A sequence of k cached tokens needs a block more when it takes a token and k is a multiple of the block.
std::int64_t DecodeSet::block_growth(std::int64_t tokens) const {
  std::int64_t blocks = 0;
  for (std::int64_t i = 0; i < tokens; ++i) blocks += phases_[phase(-(clock_ + i))];
  return blocks;
}

}  // namespace gpufleet::sim
