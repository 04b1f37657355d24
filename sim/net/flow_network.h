// Flows that share links: each flow gets the max-min fair rate (by weight) that its route allows, recomputed whenever a flow
// starts or ends, and only where it can change. Times are integer picoseconds; nothing is compared with a tolerance in time.
// Certificate of a solution: every flow has a bottleneck, a full link on which no flow has a higher rate per weight
// (Bertsekas & Gallager, Data Networks, 6.5.2).
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "core/ids.h"
#include "core/quantity.h"
#include "sim/engine/event_queue.h"

namespace gpufleet::sim {

using LinkId = Id<struct LinkTag>;
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
  /// Preconditions: route without repeated links and not empty; bytes >= 0; weight > 0.
  FlowId start(std::span<const LinkId> route, double bytes, double weight, Time latency, std::uint32_t tag);
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
  [[nodiscard]] std::size_t links() const { return links_.size(); }
  /// Flow rates computed so far: the cost of the work done.
  [[nodiscard]] std::uint64_t flow_touches() const { return touches_; }

 private:
  static constexpr std::uint32_t kNone = 0xFFFFFFFFU;
  static constexpr std::uint32_t kWaiting = kNone - 1;  ///< the group of flows that do not move
  static constexpr std::uint32_t kArrival = 0x80000000U;
  static constexpr std::int64_t kNever = INT64_MAX;
  static constexpr double kAbsent = -1;  ///< level of a flow that is not on its links

  struct Link {
    double capacity = 0;  ///< bytes per picosecond
    double weight = 0;    ///< sum over its flows
    std::uint32_t mark = 0;
    bool loose = false;   ///< is in loosened_
    bool filled = false;  ///< during a solve: is the bottleneck of the flows at `level`
    double level = 0;
    std::vector<std::uint32_t> flows;
  };
  /// During a solve: capacity not yet given away, and the weight of the flows that have no rate yet.
  struct Filling {
    double room = 0;
    double open = 0;
  };
  /// What the solver reads of a flow: 32 bytes.
  struct Flow {
    double level = 0;  ///< rate per weight; infinite while it has no rate yet
    double weight = 0;
    std::uint32_t mark = 0;
    std::uint32_t route = 0;  ///< first entry in hops_
    std::uint32_t hops = 0;
    std::uint32_t bottleneck = kNone;
  };
  /// What time reads of it.
  struct Progress {
    double remaining = 0;  ///< bytes at `since`
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
  struct Solved {
    double level = 0;
    std::uint32_t bottleneck = kNone;
  };

  void loosen(std::uint32_t link);
  void join(std::uint32_t flow);
  void leave(std::uint32_t flow);
  void leave_together();
  void retire(std::uint32_t flow);
  void set_position(std::uint32_t flow, std::uint32_t link, std::uint32_t position);
  void handle(const Event& event);
  void end_members(std::uint32_t group, std::int64_t now);
  void sort_by_end(Group& group);
  std::span<const Completion> finish_instant();

  void solve();
  void next_epoch();
  bool solve_locally();
  void solve_component();
  void solve_globally();
  void lower_cut();
  [[nodiscard]] std::size_t flows_near_change() const;
  void open_links();
  void fill();
  bool grow_where_unfair();
  void settle(std::uint32_t link, double level);
  void give(std::uint32_t flow, std::uint32_t link, double level);
  void include(std::uint32_t flow);
  void visit(std::uint32_t link);
  void commit();
  std::uint32_t new_group();

  std::vector<Link> links_;
  std::vector<Flow> flows_;
  std::vector<Progress> progress_;
  std::vector<std::uint32_t> hops_;       ///< links of the routes, a block a slot
  std::vector<std::uint32_t> positions_;  ///< of the flow in each link's list, like hops_
  std::vector<Filling> filling_;          ///< by link
  std::vector<std::uint32_t> block_;      ///< hops that a slot's part of hops_ can hold
  std::vector<std::uint32_t> free_;
  std::vector<Group> groups_;
  std::vector<std::uint32_t> free_groups_;
  EventQueue queue_;
  Time now_;
  std::size_t active_ = 0;
  std::uint64_t touches_ = 0;
  std::vector<Completion> completed_;

  // What has changed since the last solve.
  std::vector<std::uint32_t> started_;
  std::vector<std::uint32_t> loosened_;                   ///< links that lost a flow or changed capacity, each once
  double cut_ = std::numeric_limits<double>::infinity();  ///< rates per weight below it stay
  bool resized_ = false;                                  ///< a capacity changed

  // Scratch of a solve.
  std::uint32_t epoch_ = 0;
  std::vector<std::uint32_t> set_;      ///< flows to be given a rate
  std::vector<Solved> solved_;          ///< by flow
  std::vector<std::uint32_t> reached_;  ///< links of those flows
  std::vector<std::pair<double, std::uint32_t>> heap_;
  std::size_t unsolved_ = 0;
  int global_solves_ = 0;  ///< still to be done before components are looked for again
};

}  // namespace gpufleet::sim
