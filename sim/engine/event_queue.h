// The pending events of a simulation: a monotone radix heap on integer picoseconds, 16-byte events, ties in push order.
// An event lies in the bucket of the highest digit in which its time differs from `last_` (Ahuja, Mehlhorn, Orlin, Tarjan 1990),
// so it moves at most once per digit. Equal times share a bucket and buckets are first-in first-out, hence ties need no compare.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/quantity.h"

namespace gpufleet::sim {

/// What happens when: `payload` is the owner's 32-bit id, `sequence` counts pushes (modulo 2^32) and names this very event.
struct Event {
  Time time;
  std::uint32_t sequence = 0;
  std::uint32_t payload = 0;
  friend bool operator==(const Event&, const Event&) = default;
};
static_assert(sizeof(Event) == 16);

class EventQueue {
 public:
  /// Adds an event and returns its sequence number. Precondition: time >= now(). Allocates only when a bucket outgrows itself.
  std::uint32_t push(Time time, std::uint32_t payload) {
    check(time.value() >= now_, "an event cannot be scheduled in the past");
    const Event event{time, next_sequence_++, payload};
    place(event);
    ++size_;
    return event.sequence;
  }

  /// Removes the earliest event (push order among equals) and moves now() to it. Precondition: not empty.
  Event pop();

  /// Whether another event is pending at now(), in constant time. Meaningful after a pop.
  [[nodiscard]] bool more_now() const { return now_ == last_ && (occupied_[0] >> (now_ & (kDigits - 1)) & 1U) != 0; }

  /// Time of the earliest event, which stays. Cost: the size of one bucket. Precondition: not empty.
  [[nodiscard]] Time next_time() const;

  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::size_t size() const { return size_; }
  /// Time of the last event popped, zero at first.
  [[nodiscard]] Time now() const { return Time(now_); }
  /// Drops all events and goes back to time zero, keeping the memory.
  void clear();

 private:
  static constexpr int kDigitBits = 5;
  static constexpr int kDigits = 1 << kDigitBits;
  static constexpr int kLevels = (63 + kDigitBits - 1) / kDigitBits;

  /// A first-in first-out run of events; `head` is the first that is still pending.
  struct Bucket {
    std::vector<Event> events;
    std::size_t head = 0;
  };

  void place(const Event& event) {
    const auto time = static_cast<std::uint64_t>(event.time.value());
    const std::uint64_t difference = time ^ static_cast<std::uint64_t>(last_);
    const int level = difference == 0 ? 0 : (63 - __builtin_clzll(difference)) / kDigitBits;
    const auto digit = static_cast<std::uint32_t>((time >> (level * kDigitBits)) & (kDigits - 1));
    buckets_[static_cast<std::size_t>(level * kDigits) + digit].events.push_back(event);
    occupied_[static_cast<std::size_t>(level)] |= std::uint32_t{1} << digit;
    levels_ |= std::uint32_t{1} << level;
  }
  void empty_bucket(int level, int digit);
  void descend(int level);

  std::array<Bucket, static_cast<std::size_t>(kLevels* kDigits)> buckets_;
  std::array<std::uint32_t, kLevels> occupied_{};  ///< one bit a bucket
  std::uint32_t levels_ = 0;                       ///< one bit a level that holds events
  std::uint32_t next_sequence_ = 0;
  std::int64_t last_ = 0;  ///< now_ <= last_ <= every pending time
  std::int64_t now_ = 0;
  std::size_t size_ = 0;
  std::vector<Event> moving_;
};

}  // namespace gpufleet::sim
