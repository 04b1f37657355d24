// Monotone radix heap: pop spreads the lowest occupied bucket over the levels below until a bucket of one single time is left.
#include "sim/engine/event_queue.h"

#include <algorithm>
#include <bit>

namespace gpufleet::sim {

void EventQueue::empty_bucket(int level, int digit) {
  const auto l = static_cast<std::size_t>(level);
  occupied_[l] &= ~(std::uint32_t{1} << digit);
  if (occupied_[l] == 0) levels_ &= ~(std::uint32_t{1} << level);
}

void EventQueue::descend(int level) {
  const int digit = std::countr_zero(occupied_[static_cast<std::size_t>(level)]);
  Bucket& bucket = buckets_[static_cast<std::size_t>(level * kDigits + digit)];
  moving_.swap(bucket.events);
  empty_bucket(level, digit);
  std::int64_t earliest = moving_.front().time.value();
  for (const Event& event : moving_) earliest = std::min(earliest, event.time.value());
  last_ = earliest;
  for (const Event& event : moving_) place(event);
  moving_.clear();
  moving_.swap(bucket.events);  // hand the memory back: the same bucket fills again one digit later
}

Event EventQueue::pop() {
  check(size_ > 0, "pop from an empty event queue");
  for (int level = std::countr_zero(levels_); level > 0; level = std::countr_zero(levels_)) descend(level);
  const int digit = std::countr_zero(occupied_[0]);
  Bucket& bucket = buckets_[static_cast<std::size_t>(digit)];
  const Event event = bucket.events[bucket.head++];
  if (bucket.head == bucket.events.size()) {
    bucket.events.clear();
    bucket.head = 0;
    empty_bucket(0, digit);
  }
  now_ = last_ = event.time.value();
  --size_;
  return event;
}

Time EventQueue::next_time() const {
  check(size_ > 0, "next_time of an empty event queue");
  const int level = std::countr_zero(levels_);
  const int digit = std::countr_zero(occupied_[static_cast<std::size_t>(level)]);
  const Bucket& bucket = buckets_[static_cast<std::size_t>(level * kDigits + digit)];
  if (level == 0) return bucket.events[bucket.head].time;
  Time earliest = bucket.events.front().time;
  for (const Event& event : bucket.events) earliest = std::min(earliest, event.time);
  return earliest;
}

void EventQueue::clear() {
  for (Bucket& bucket : buckets_) {
    bucket.events.clear();
    bucket.head = 0;
  }
  occupied_.fill(0);
  levels_ = 0;
  next_sequence_ = 0;
  last_ = now_ = 0;
  size_ = 0;
}

}  // namespace gpufleet::sim
