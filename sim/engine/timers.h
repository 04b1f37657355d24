// Cancellable events: each slot has at most one live event, and the event's sequence number is its generation. Cancelling or
// rescheduling only forgets the number; the stale event is skipped when it comes up, so nothing is searched in the queue.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/ids.h"
#include "sim/engine/event_queue.h"

namespace gpufleet::sim {

using TimerId = Id<struct TimerTag>;

class Timers {
 public:
  /// A new slot without an event.
  TimerId add() {
    live_.push_back(kIdle);
    return TimerId(static_cast<std::uint32_t>(live_.size() - 1));
  }
  /// Sets the slot's event, in place of the one it may have. Precondition: time >= now().
  void schedule(TimerId timer, Time time) {
    if (live_[timer.index] == kIdle) ++pending_;
    live_[timer.index] = queue_.push(time, timer.index);
  }
  void cancel(TimerId timer) {
    if (live_[timer.index] == kIdle) return;
    live_[timer.index] = kIdle;
    --pending_;
  }
  [[nodiscard]] bool scheduled(TimerId timer) const { return live_[timer.index] != kIdle; }

  struct Fired {
    Time time;
    TimerId timer;
    friend bool operator==(const Fired&, const Fired&) = default;
  };
  /// The next live event, or nothing when none is left. The slot is idle afterwards.
  std::optional<Fired> next() {
    while (!queue_.empty()) {
      const Event event = queue_.pop();
      if (live_[event.payload] != event.sequence) continue;
      live_[event.payload] = kIdle;
      --pending_;
      return Fired{event.time, TimerId(event.payload)};
    }
    return std::nullopt;
  }

  [[nodiscard]] Time now() const { return queue_.now(); }
  /// Live events.
  [[nodiscard]] std::size_t pending() const { return pending_; }

 private:
  /// No 32-bit sequence number equals it.
  static constexpr std::uint64_t kIdle = ~std::uint64_t{0};
  EventQueue queue_;
  std::vector<std::uint64_t> live_;
  std::size_t pending_ = 0;
};

}  // namespace gpufleet::sim
