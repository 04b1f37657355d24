#include "sim/serving/decode_set.h"

#include "core/check.h"

namespace gpufleet::sim {

void DecodeSet::join(RequestTable& table, Slot32 slot, std::int64_t cached, std::int64_t remaining) {
  check(remaining >= 1 && cached >= 0, "a decoding sequence has tokens to generate");
  table.due[slot] = clock_ + remaining;
  table.origin[slot] = cached - clock_;
  Slot32& head = wheel_[static_cast<std::size_t>(table.due[slot]) & (kWheel - 1)];
  table.next[slot] = head;
  table.before[slot] = kNoSlot;
  if (head != kNoSlot) table.before[head] = slot;
  head = slot;
  table.joined_before[slot] = youngest_;
  table.joined_after[slot] = kNoSlot;
  if (youngest_ != kNoSlot) table.joined_after[youngest_] = slot;
  youngest_ = slot;
  ++count_;
  cached_ += cached;
  ++phases_[phase(table.origin[slot])];
}

void DecodeSet::remove(RequestTable& table, Slot32 slot) {
  const Slot32 next = table.next[slot], before = table.before[slot];
  if (before == kNoSlot)
    wheel_[static_cast<std::size_t>(table.due[slot]) & (kWheel - 1)] = next;
  else
    table.next[before] = next;
  if (next != kNoSlot) table.before[next] = before;
  const Slot32 older = table.joined_before[slot], younger = table.joined_after[slot];
  if (older != kNoSlot) table.joined_after[older] = younger;
  if (younger != kNoSlot)
    table.joined_before[younger] = older;
  else
    youngest_ = older;
  --count_;
  cached_ -= cached_of(table, slot);
  --phases_[phase(table.origin[slot])];
}

// A sequence of k cached tokens needs a block more when it takes a token and k is a multiple of the block.
std::int64_t DecodeSet::block_growth(std::int64_t tokens) const {
  std::int64_t blocks = 0;
  for (std::int64_t i = 0; i < tokens; ++i) blocks += phases_[phase(-(clock_ + i))];
  return blocks;
}

}  // namespace gpufleet::sim
