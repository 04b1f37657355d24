// The workloads on which flow solvers are compared: a two-level fat tree with split-duplex links, destination-modulo routes,
// zero latency, and all-to-all traffic at once, in barrier steps, or as a chain per host.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "core/quantity.h"
#include "sim/net/flow_network.h"

namespace gpufleet::testing {

/// Host h hangs on leaf h / hosts; traffic between leaves to destination d climbs to spine d mod spines.
struct FatTree {
  std::uint32_t leaves = 0, hosts = 0, spines = 0;

  [[nodiscard]] std::uint32_t size() const { return leaves * hosts; }
  [[nodiscard]] std::uint32_t links() const { return 2 * size() + 2 * leaves * spines; }
  [[nodiscard]] std::uint32_t host_up(std::uint32_t h) const { return h; }
  [[nodiscard]] std::uint32_t host_down(std::uint32_t h) const { return size() + h; }
  [[nodiscard]] std::uint32_t leaf_up(std::uint32_t leaf, std::uint32_t spine) const {
    return 2 * size() + leaf * spines + spine;
  }
  [[nodiscard]] std::uint32_t leaf_down(std::uint32_t leaf, std::uint32_t spine) const {
    return 2 * size() + leaves * spines + leaf * spines + spine;
  }
};

struct Route {
  std::array<sim::LinkId, 4> links;
  std::size_t hops = 0;
  [[nodiscard]] std::span<const sim::LinkId> span() const { return {links.data(), hops}; }
};

inline Route route_of(const FatTree& tree, std::uint32_t from, std::uint32_t to) {
  const std::uint32_t a = from / tree.hosts, b = to / tree.hosts, spine = to % tree.spines;
  if (a == b) return {{sim::LinkId(tree.host_up(from)), sim::LinkId(tree.host_down(to))}, 2};
  return {{sim::LinkId(tree.host_up(from)), sim::LinkId(tree.leaf_up(a, spine)), sim::LinkId(tree.leaf_down(b, spine)),
           sim::LinkId(tree.host_down(to))},
          4};
}

/// `bytes` ± spread/2, by a hash of (i, j), and of `seed` when it is not zero.
inline double spread_bytes(double bytes, double spread, std::uint64_t i, std::uint64_t j, std::uint64_t seed) {
  std::uint64_t x = (i * 1000003 + j + seed * 0x100000001B3ULL) * 0x9E3779B97F4A7C15ULL;
  x ^= x >> 29;
  x *= 0xBF58476D1CE4E5B9ULL;
  x ^= x >> 32;
  return static_cast<double>(static_cast<std::uint64_t>(bytes * (1 + spread * (static_cast<double>(x >> 11) * 0x1.0p-53 - 0.5))));
}

struct Workload {
  FatTree tree;
  double spread = 0;
  std::uint64_t seed = 0;
  double bytes = 1e9;
  double rate = 50e9;
};

inline sim::FlowNetwork network_of(const Workload& w) {
  const std::vector<BytesPerSecond> capacities(w.tree.links(), BytesPerSecond(w.rate));
  return sim::FlowNetwork(capacities);
}

/// Every pair at once. Seconds until the last flow ends.
inline double all_to_all(const Workload& w) {
  sim::FlowNetwork network = network_of(w);
  const std::uint32_t n = w.tree.size();
  network.reserve(std::size_t{n} * (n - 1), 4 * std::size_t{n} * (n - 1));
  for (std::uint32_t i = 0; i < n; ++i)
    for (std::uint32_t j = 0; j < n; ++j)
      if (i != j) network.start(route_of(w.tree, i, j).span(), spread_bytes(w.bytes, w.spread, i, j, w.seed), 1, Time(0), i);
  while (!network.run_next().empty()) {
  }
  return to_seconds(network.now()).value();
}

/// Step k: every host i sends to i + k; the next step starts when all of this one have ended.
inline double shift(const Workload& w) {
  sim::FlowNetwork network = network_of(w);
  const std::uint32_t n = w.tree.size();
  for (std::uint32_t k = 1; k < n; ++k) {
    for (std::uint32_t i = 0; i < n; ++i)
      network.start(route_of(w.tree, i, (i + k) % n).span(), spread_bytes(w.bytes, w.spread, i, k, w.seed), 1, Time(0), i);
    while (network.active() > 0) network.run_next();
  }
  return to_seconds(network.now()).value();
}

/// Every host sends to i + 1, then i + 2, …, each as soon as the one before has ended.
inline double chain(const Workload& w) {
  sim::FlowNetwork network = network_of(w);
  const std::uint32_t n = w.tree.size();
  std::vector<std::uint32_t> step(n, 0);
  const auto send = [&](std::uint32_t i) {
    const std::uint32_t k = ++step[i];
    if (k < n)
      network.start(route_of(w.tree, i, (i + k) % n).span(), spread_bytes(w.bytes, w.spread, i, k, w.seed), 1, Time(0), i);
  };
  for (std::uint32_t i = 0; i < n; ++i) send(i);
  while (true) {
    const auto done = network.run_next();
    if (done.empty()) return to_seconds(network.now()).value();
    for (const auto& completion : done) send(completion.tag);
  }
}

}  // namespace gpufleet::testing
