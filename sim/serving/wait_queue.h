// Requests that wait for an instance: first come first served, or the shortest prompt first with ties in order of arrival.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "sim/serving/job.h"
#include "sim/serving/request_table.h"

namespace gpufleet::sim {

class WaitQueue {
 public:
  explicit WaitQueue(QueueOrder order) : order_(order) {}

  void push(Slot32 slot, std::int32_t length) {
    tokens_ += length;
    entries_.push_back({length, next_++, slot});
    if (order_ == QueueOrder::shortest_first) std::push_heap(entries_.begin(), entries_.end(), later);
  }
  /// Ahead of all others (a preempted request); under shortest_first it takes its place by length.
  void push_front(Slot32 slot, std::int32_t length) {
    if (order_ == QueueOrder::shortest_first) return push(slot, length);
    tokens_ += length;
    if (head_ > 0)
      entries_[--head_] = {length, 0, slot};
    else
      entries_.insert(entries_.begin(), {length, 0, slot});
  }
  [[nodiscard]] bool empty() const { return head_ == entries_.size(); }
  [[nodiscard]] std::size_t size() const { return entries_.size() - head_; }
  /// Sum of the lengths that wait.
  [[nodiscard]] std::int64_t tokens() const { return tokens_; }
  [[nodiscard]] Slot32 front() const { return entries_[head_].slot; }
  Slot32 pop() {
    const Entry entry = entries_[head_];
    tokens_ -= entry.length;
    if (order_ == QueueOrder::shortest_first) {
      std::pop_heap(entries_.begin(), entries_.end(), later);
      entries_.pop_back();
    } else if (++head_ == entries_.size()) {
      entries_.clear();
      head_ = 0;
    } else if (head_ >= kCompact && head_ * 2 > entries_.size()) {
      entries_.erase(entries_.begin(), entries_.begin() + static_cast<std::ptrdiff_t>(head_));
      head_ = 0;
    }
    return entry.slot;
  }

 private:
  static constexpr std::size_t kCompact = 4096;
  struct Entry {
    std::int32_t length = 0;
    std::uint64_t order = 0;
    Slot32 slot = 0;
  };
  static bool later(const Entry& a, const Entry& b) { return a.length != b.length ? a.length > b.length : a.order > b.order; }

  QueueOrder order_;
  std::vector<Entry> entries_;
  std::size_t head_ = 0;
  std::uint64_t next_ = 0;
  std::int64_t tokens_ = 0;
};

}  // namespace gpufleet::sim
