// Lone patterns: the link-load bound with its condition of exactness, and the full solution behind it.
#include "sim/net/pattern.h"

#include <algorithm>
#include <limits>
#include <numeric>

namespace gpufleet::sim {
namespace {

/// Ratios and levels that differ by rounding only.
constexpr double kEqual = 1e-12;

bool route_less(const FlowPattern& p, std::size_t a, std::size_t b) {
  const auto x = p.route(a), y = p.route(b);
  return std::lexicographical_compare(x.begin(), x.end(), y.begin(), y.end());
}
bool same_flow(const FlowPattern& p, std::size_t a, std::size_t b) {
  const auto x = p.route(a), y = p.route(b);
  return p.bytes(a) == p.bytes(b) && p.weight(a) == p.weight(b) && std::equal(x.begin(), x.end(), y.begin(), y.end());
}

}  // namespace

FlowPattern collapse(const FlowPattern& pattern) {
  std::vector<std::size_t> order(pattern.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    if (pattern.bytes(a) != pattern.bytes(b)) return pattern.bytes(a) < pattern.bytes(b);
    if (pattern.weight(a) != pattern.weight(b)) return pattern.weight(a) < pattern.weight(b);
    return route_less(pattern, a, b);
  });
  FlowPattern out;
  for (std::size_t i = 0; i < order.size();) {
    std::size_t end = i + 1;
    while (end < order.size() && same_flow(pattern, order[i], order[end])) ++end;
    const auto count = static_cast<double>(end - i);
    out.add(pattern.route(order[i]), pattern.bytes(order[i]) * count, pattern.weight(order[i]) * count);
    i = end;
  }
  return out;
}

LoadBound load_bound(std::span<const BytesPerSecond> capacities, const FlowPattern& pattern) {
  struct Load {
    double bytes = 0, weight = 0, lowest = std::numeric_limits<double>::infinity(), highest = 0;
  };
  std::vector<Load> loads(capacities.size());
  double highest = 0;
  for (std::size_t f = 0; f < pattern.size(); ++f) {
    const double bytes = pattern.bytes(f), weight = pattern.weight(f), ratio = bytes / weight;
    highest = std::max(highest, ratio);
    for (const LinkId link : pattern.route(f)) {
      Load& load = loads[link.index];
      load.bytes += bytes;
      load.weight += weight;
      load.lowest = std::min(load.lowest, ratio);
      load.highest = std::max(load.highest, ratio);
    }
  }
  LoadBound out;
  double tightest = std::numeric_limits<double>::infinity();
  for (std::size_t l = 0; l < loads.size(); ++l) {
    if (loads[l].weight == 0) continue;
    const double capacity = capacities[l].value(), level = capacity / loads[l].weight;
    out.time = std::max(out.time, Seconds(loads[l].bytes / capacity));
    if (level > tightest * (1 + kEqual)) continue;
    const bool full_to_the_end = loads[l].lowest >= highest * (1 - kEqual);
    out.exact = level < tightest * (1 - kEqual) ? full_to_the_end : out.exact || full_to_the_end;
    tightest = std::min(tightest, level);
  }
  return out;
}

Seconds pattern_time(std::span<const BytesPerSecond> capacities, const FlowPattern& pattern) {
  for (std::size_t f = 0; f < pattern.size(); ++f)
    for (const LinkId link : pattern.route(f))
      if (capacities[link.index].value() == 0) return Seconds(std::numeric_limits<double>::infinity());
  const LoadBound bound = load_bound(capacities, pattern);
  if (bound.exact) return bound.time;
  FlowNetwork network(capacities);
  const FlowPattern flows = collapse(pattern);
  for (std::size_t f = 0; f < flows.size(); ++f) network.start(flows.route(f), flows.bytes(f), flows.weight(f), Time(0), 0);
  while (!network.run_next().empty()) {
  }
  return to_seconds(network.now());
}

}  // namespace gpufleet::sim
