// Max-min fair rates of flows on links, kept up to date as flows join and leave: every flow has a bottleneck, a full link on
// which no flow has a higher rate per weight, its level (Bertsekas & Gallager, Data Networks, 6.5.2). No time in here.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <utility>
#include <vector>

#include "core/ids.h"

namespace gpufleet::sim {

using LinkId = Id<struct LinkTag>;

/// Flows are numbered by slots, which are used again. Capacities and rates in one unit of the owner's choice.
class MaxMin {
 public:
  explicit MaxMin(std::vector<double> capacities);

  /// A flow that is not on its links yet. Preconditions: 1 … 255 different links, weight > 0.
  std::uint32_t add(std::span<const LinkId> route, double weight);
  /// Puts it on its links, at rate zero until the next solve.
  void join(std::uint32_t flow);
  /// Takes flows off their links; their slots are free then. Precondition: they have been solved since they joined.
  void leave(std::span<const std::uint32_t> flows);
  void set_capacity(std::uint32_t link, double capacity);
  void reserve(std::size_t flows, std::size_t hops);

  /// Brings the rates up to date. Returns the flows whose rates may have changed, valid until the next call.
  std::span<const std::uint32_t> solve();

  [[nodiscard]] double rate(std::uint32_t flow) const { return flows_[flow].level * flows_[flow].weight; }
  [[nodiscard]] bool on_links(std::uint32_t flow) const { return flows_[flow].level >= 0; }
  /// Sum of the rates over a link.
  [[nodiscard]] double load(std::uint32_t link);
  [[nodiscard]] std::size_t links() const { return links_.size(); }
  [[nodiscard]] std::size_t slots() const { return flows_.size(); }

 private:
  static constexpr std::uint32_t kNone = 0xFFFFFFFFU;
  static constexpr double kAbsent = -1;  ///< level of a flow that is not on its links
  static constexpr double kNoCut = std::numeric_limits<double>::infinity();

  struct Flow {
    double level = kAbsent;  ///< rate per weight
    double weight = 0;
    std::uint32_t mark = 0;
    std::uint32_t route = 0;  ///< first entry in hops_
    std::uint32_t bottleneck = kNone;
    std::uint8_t hops = 0;
    std::uint8_t block = 0;  ///< hops that the slot's part of hops_ can hold
    bool listed = false;     ///< is in the lists of its links
  };
  /// What all flows on a link amount to.
  struct Load {
    double weight = 0;
    std::uint32_t count = 0;
  };
  /// What a solve reads and writes of a link. Between solves `room` is the capacity less all rates, if rooms_kept_.
  struct Filling {
    double room = 0;
    double open = 0;         ///< weight of the flows that have no rate yet
    double top = 0;          ///< highest level given to a flow of the set
    std::uint32_t left = 0;  ///< number of flows that have no rate yet
    std::uint32_t mark = 0;
  };
  struct Link {
    double capacity = 0;
    double level = 0;         ///< of the flows that it is the bottleneck of
    std::uint32_t bound = 0;  ///< how many those are, if rooms_kept_
    bool loose = false;       ///< is in loosened_
    std::vector<std::uint32_t> flows;
  };
  struct Before {
    double level = 0;
    std::uint32_t bottleneck = kNone;
  };
  struct Ordered {
    double level = 0;
    std::uint32_t flow = 0;
  };

  [[nodiscard]] std::span<const std::uint32_t> hops(const Flow& flow) const { return {hops_.data() + flow.route, flow.hops}; }
  void loosen(std::uint32_t link);
  void release(std::uint32_t flow);
  void unlist(std::uint32_t flow);
  void unlist_absent();
  void empty();
  void list_flows();
  void keep_rooms();
  void set_position(std::uint32_t flow, std::uint32_t link, std::uint32_t position);

  void next_epoch();
  void visit(std::uint32_t link);
  void include(std::uint32_t flow);
  void open(std::uint32_t flow);
  void open_set();
  void fill();
  void settle(std::uint32_t link, double level);
  void give(std::uint32_t flow, std::uint32_t link, double level);
  void bind(Flow& flow, std::uint32_t link);

  void choose_way();
  bool solve_locally();
  bool grow_where_unfair();
  void restore();
  void solve_component();
  void solve_from_cut();
  void solve_all();
  bool solve_as_one_level();
  void lower_cut();
  void gather_open_links();
  [[nodiscard]] std::size_t flows_near_change() const;

  std::vector<Link> links_;
  std::vector<Load> loads_;
  std::vector<Filling> filling_;
  std::vector<Flow> flows_;
  std::vector<std::uint32_t> hops_;       ///< links of the routes, a block a slot
  std::vector<std::uint32_t> positions_;  ///< of listed flows in each link's list, like hops_
  std::vector<std::uint32_t> free_;
  std::vector<std::uint32_t> unlisted_;  ///< flows that no list has yet; some may be gone
  std::size_t present_ = 0;              ///< flows on links
  std::size_t listed_ = 0;               ///< of them, listed

  // What has changed since the last solve.
  std::vector<std::uint32_t> started_;
  std::vector<std::uint32_t> loosened_;  ///< links that lost a flow or changed capacity, each once
  double cut_ = kNoCut;                  ///< levels below it stay
  bool resized_ = false;                 ///< a capacity changed

  // Of a solve.
  std::uint32_t epoch_ = 0;
  std::vector<std::uint32_t> set_;      ///< flows to be given a rate
  std::vector<Before> before_;          ///< their levels before, like set_ (local way)
  std::vector<std::uint32_t> reached_;  ///< links of those flows
  std::vector<std::uint32_t> given_;    ///< flows in the order in which they got their levels
  std::vector<std::pair<double, std::uint32_t>> heap_;
  std::vector<std::uint8_t> tight_;  ///< by link: is full at the first level
  std::size_t unsolved_ = 0;

  // From solve to solve.
  bool rooms_kept_ = false;      ///< rooms and bounds are up to date
  std::size_t kept_solves_ = 0;  ///< since rooms were summed anew
  std::vector<Ordered> order_;   ///< all flows by level, if ordered_
  bool ordered_ = false;
  int sweeps_ = 0;  ///< still to be done before components are looked for again
};

}  // namespace gpufleet::sim
