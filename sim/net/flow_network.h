// Flows in time: each has the max-min fair rate (by weight) that its route allows, brought up to date whenever a flow starts or
// ends. Times are integer picoseconds; nothing is compared with a tolerance in time.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/ids.h"
#include "core/quantity.h"
#include "sim/engine/event_queue.h"
#include "sim/net/max_min.h"

namespace gpufleet::sim {

/// Names a flow until it completes; then the id is used again.
using FlowId = Id<struct FlowTag>;

/// A flow that has ended: `tag` is what its owner gave it.
struct Completion {
  FlowId flow;
  std::uint32_t tag = 0;
  friend bool operator==(const Completion&, const Completion&) = default;
};

class FlowNetwork {
 public:
  explicit FlowNetwork(std::span<const BytesPerSecond> capacities);

  /// Starts a flow at now() + latency. Several flows alike on one route are one flow of their summed bytes and weights.
  /// Preconditions: 1 … 255 different links; bytes >= 0; weight > 0.
  FlowId start(std::span<const LinkId> route, double bytes, double weight, Time latency, std::uint32_t tag);
  /// Memory for as many flows at once, and for all their hops together. Only saves time.
  void reserve(std::size_t flows, std::size_t hops);
  /// A failed link has capacity zero: its flows wait. Takes effect at now().
  void set_capacity(LinkId link, BytesPerSecond capacity);

  /// Moves to the next completions and returns all of that instant; empty when no flow is left that can end.
  std::span<const Completion> run_next();
  /// Earliest time at which something can happen inside (a lower bound for the next completion); nothing when all is quiet.
  std::optional<Time> next_time();
  /// Moves to `to` and returns what completes then. Precondition: now() <= to <= next_time().
  std::span<const Completion> advance(Time to);

  [[nodiscard]] Time now() const { return now_; }
  [[nodiscard]] std::size_t active() const { return active_; }
  /// Current rate; zero before its latency has passed. Solves what is pending.
  BytesPerSecond rate(FlowId flow);
  /// Sum of the rates over the link. Solves what is pending.
  BytesPerSecond load(LinkId link);
  [[nodiscard]] std::size_t links() const { return sharing_.links(); }
  /// Flow rates computed so far: the cost of the work done.
  [[nodiscard]] std::uint64_t flow_touches() const { return touches_; }

 private:
  static constexpr std::uint32_t kNone = 0xFFFFFFFFU;
  static constexpr std::uint32_t kWaiting = kNone - 1;  ///< the group of flows that do not move
  static constexpr std::uint32_t kArrival = 0x80000000U;
  static constexpr std::int64_t kNever = INT64_MAX;

  struct Progress {
    double remaining = 0;  ///< bytes at `since`
    double rate = 0;       ///< bytes per picosecond from then on
    std::int64_t since = 0;
    std::int64_t finish = kNever;
    std::uint32_t group = kNone;
    std::uint32_t tag = 0;
  };
  /// Flows that got their rates together and share one event, at the earliest of their ends.
  struct Group {
    std::vector<std::uint32_t> flows;
    std::uint32_t events = 0;  ///< handled so far
    bool sorted = false;       ///< by end, the latest first
  };

  void join(std::uint32_t flow);
  void handle(const Event& event);
  void end_members(std::uint32_t group, std::int64_t now);
  void sort_by_end(Group& group);
  std::span<const Completion> finish_instant();
  void solve();
  std::uint32_t new_group();

  MaxMin sharing_;
  std::vector<Progress> progress_;  ///< by flow
  std::vector<Group> groups_;
  std::vector<std::uint32_t> free_groups_;
  EventQueue queue_;
  Time now_;
  std::size_t active_ = 0;
  std::uint64_t touches_ = 0;
  std::vector<Completion> completed_;
  std::vector<std::uint32_t> ended_;  ///< the flows of completed_
};

}  // namespace gpufleet::sim
