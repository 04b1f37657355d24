// A collective as a pattern of flows that start together on a network, and how long it takes when nothing else runs: by the load
// of one link where that is exact, by the flow network otherwise.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/quantity.h"
#include "sim/net/flow_network.h"

namespace gpufleet::sim {

/// Flows as flat arrays: flow f uses links[ends[f-1] .. ends[f]).
class FlowPattern {
 public:
  void reserve(std::size_t flows, std::size_t hops) {
    links_.reserve(hops), ends_.reserve(flows), bytes_.reserve(flows), weights_.reserve(flows);
  }
  void add(std::span<const LinkId> route, double bytes, double weight) {
    links_.insert(links_.end(), route.begin(), route.end());
    ends_.push_back(static_cast<std::uint32_t>(links_.size()));
    bytes_.push_back(bytes);
    weights_.push_back(weight);
  }
  void clear() { links_.clear(), ends_.clear(), bytes_.clear(), weights_.clear(); }
  [[nodiscard]] std::size_t size() const { return ends_.size(); }
  [[nodiscard]] std::span<const LinkId> route(std::size_t f) const {
    const std::size_t begin = f == 0 ? 0 : ends_[f - 1];
    return {links_.data() + begin, ends_[f] - begin};
  }
  [[nodiscard]] double bytes(std::size_t f) const { return bytes_[f]; }
  [[nodiscard]] double weight(std::size_t f) const { return weights_[f]; }

 private:
  std::vector<LinkId> links_;
  std::vector<std::uint32_t> ends_;
  std::vector<double> bytes_, weights_;
};

/// Flows of one route, equal in bytes and weight, as one flow of their sums: it runs and ends as they would.
FlowPattern collapse(const FlowPattern& pattern);

/// The bound of a lone pattern, and whether it is its exact duration.
struct LoadBound {
  Seconds time;
  bool exact = false;
};
/// Bytes over capacity of the most loaded link. Exact when the link with the least capacity per weight carries flows of one ratio
/// ρ of bytes to weight, and no flow anywhere has a higher ratio: that link is then full until the end, at ρ·W/C, and since the
/// lowest level of a max-min solution never falls as flows leave, no other flow ends later. Precondition: positive capacities.
LoadBound load_bound(std::span<const BytesPerSecond> capacities, const FlowPattern& pattern);

/// Time until the last flow of the pattern has ended, on an otherwise idle network without latency. A flow over a link of no
/// capacity never ends: infinite.
Seconds pattern_time(std::span<const BytesPerSecond> capacities, const FlowPattern& pattern);

}  // namespace gpufleet::sim
