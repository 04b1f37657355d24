// Lone patterns: the link-load bound against the full solution, and collectives on built fabrics against closed forms.
#include "sim/net/pattern.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <numeric>

#include "core/random.h"
#include "sim/net/collective_cache.h"
#include "sim/net/collective_pattern.h"
#include "tests/support/fat_tree_workloads.h"

namespace gpufleet::sim {
namespace {

double solved(std::span<const BytesPerSecond> capacities, const FlowPattern& pattern) {
  FlowNetwork network(capacities);
  for (std::size_t f = 0; f < pattern.size(); ++f)
    network.start(pattern.route(f), pattern.bytes(f), pattern.weight(f), Time(0), 0);
  while (!network.run_next().empty()) {
  }
  return to_seconds(network.now()).value();
}

/// Where it says exact it is; it is never above the full solution; collapsing changes nothing.
RC_GTEST_PROP(LoadBound, IsExactWhereItSaysSoAndABoundElsewhere, (std::uint64_t seed)) {
  RandomStream random(seed, "pattern");
  const std::uint64_t links = 2 + random.below(8), flows = 1 + random.below(40);
  const bool equal = random.below(2) == 0;
  std::vector<BytesPerSecond> capacities;
  for (std::uint64_t l = 0; l < links; ++l) capacities.emplace_back(static_cast<double>(1 + random.below(3)));
  FlowPattern pattern;
  for (std::uint64_t f = 0; f < flows; ++f) {
    std::vector<LinkId> route;
    for (std::uint64_t l = 0; l < links; ++l)
      if (random.below(3) == 0) route.emplace_back(static_cast<std::uint32_t>(l));
    if (route.empty()) route.emplace_back(0U);
    pattern.add(route, equal ? 5 : static_cast<double>(1 + random.below(9)), 1);
  }
  const LoadBound bound = load_bound(capacities, pattern);
  const double full = solved(capacities, pattern);
  RC_CLASSIFY(bound.exact);
  if (equal) RC_ASSERT(bound.exact);
  RC_ASSERT(bound.time.value() <= full * (1 + 1e-9));
  if (bound.exact) RC_ASSERT(std::abs(bound.time.value() / full - 1) < 1e-9);
  RC_ASSERT(std::abs(solved(capacities, collapse(pattern)) / full - 1) < 1e-9);
  RC_ASSERT(std::abs(pattern_time(capacities, pattern).value() / full - 1) < 1e-9);
}

/// More bandwidth never makes a lone pattern of equal flows slower.
RC_GTEST_PROP(LoadBound, FallsWithBandwidth, (std::uint64_t seed)) {
  RandomStream random(seed, "bandwidth");
  std::vector<BytesPerSecond> capacities(6, BytesPerSecond(2)), more = capacities;
  FlowPattern pattern;
  for (int f = 0; f < 20; ++f) {
    std::vector<LinkId> route;
    for (std::uint32_t l = 0; l < 6; ++l)
      if (random.below(2) == 0) route.emplace_back(l);
    if (!route.empty()) pattern.add(route, 3, 1);
  }
  for (auto& capacity : more) capacity = capacity * (1 + random.uniform());
  RC_ASSERT(pattern_time(more, pattern) <= pattern_time(capacities, pattern));
}

TEST(LoadBound, MeetsTheAllToAllOfTheWorkloads) {
  for (const auto& [tree, finish] : {std::pair{testing::FatTree{8, 8, 8}, 1.26}, {testing::FatTree{16, 16, 8}, 9.6}}) {
    FlowPattern pattern;
    for (std::uint32_t i = 0; i < tree.size(); ++i)
      for (std::uint32_t j = 0; j < tree.size(); ++j)
        if (i != j) pattern.add(testing::route_of(tree, i, j).span(), 1e9, 1);
    const std::vector<BytesPerSecond> capacities(tree.links(), BytesPerSecond(50e9));
    EXPECT_TRUE(load_bound(capacities, pattern).exact);
    EXPECT_NEAR(pattern_time(capacities, pattern).value(), finish, 1e-9);
  }
}

hw::FabricGraph hall(int nodes, hw::Wiring wiring, int ports_down) {
  hw::HallSpec spec;
  spec.nodes = nodes;
  spec.scale_up_rate = BytesPerSecond(200e9);
  spec.nic_rate = BytesPerSecond(50e9);
  spec.pcie_rate = BytesPerSecond(64e9);
  spec.wiring = wiring;
  spec.radix = 12;
  spec.ports_down = ports_down;
  auto graph = hw::build_fabric({{spec}, BytesPerSecond(0)});
  check(graph.ok(), to_text(graph.diagnostics()));
  return *std::move(graph);
}

double seconds(const hw::FabricGraph& graph, CollectiveOp op, double bytes, std::uint32_t ranks, std::uint32_t per_node) {
  std::vector<std::uint32_t> gpus;
  for (std::uint32_t i = 0; i < ranks; ++i) gpus.push_back(i / per_node * 8 + i % per_node);
  FlowPattern pattern;
  const hw::Failures none(graph);
  const auto result = add_collective({graph, none, hw::Routing::destination_modulo}, op, bytes, {gpus, per_node}, 1, pattern);
  check(result == PatternResult::complete, "all ranks reach each other");
  return pattern_time(graph.link_rates(), pattern).value();
}

/// 2·(N − 1)/N·B over eight NICs of 50 GB/s, or over 200 GB/s of NVLink inside a node.
TEST(CollectivePattern, RingAllReduceFillsTheNics) {
  const hw::FabricGraph graph = hall(6, hw::Wiring::rail_optimised, 6);
  // Channel exits change rails inside the node: 8 of the 8·8 ring links come on top of the 7·8 others on each port.
  EXPECT_NEAR(seconds(graph, CollectiveOp::all_reduce, 1e9, 48, 8), 2.0 * 47 / 48 * 1e9 / 200e9, 1e-9);
  EXPECT_NEAR(seconds(graph, CollectiveOp::all_reduce, 1e9, 6, 1), 2.0 * 5 / 6 * 1e9 / 50e9, 1e-9);
  EXPECT_NEAR(seconds(graph, CollectiveOp::all_reduce, 1e9, 8, 8), 2.0 * 7 / 8 * 1e9 / 200e9, 1e-9);
}

/// The closed form that collective_time uses for oversubscribed leaves is the load of the built uplinks.
TEST(CollectivePattern, LayerSlowdownIsTheLoadOfUplinks) {
  const hw::FabricGraph graph = hall(16, hw::Wiring::multi_plane, 8);  // 8 down, 4 up: 2:1
  hw::TopologyModel topology;
  topology.nodes_per_leaf = 8;
  topology.leaf_oversubscription = 2;
  const double nics = 1e9 * 15 / 16 / 50e9;
  const double slowdown = layer_slowdown(topology, {16, 1, 1, 1}, CollectiveOp::all_to_all);
  EXPECT_NEAR(slowdown, 2 * 8.0 / 15, 1e-12);
  EXPECT_NEAR(seconds(graph, CollectiveOp::all_to_all, 1e9, 16, 1), nics * slowdown, 1e-9);
  EXPECT_DOUBLE_EQ(layer_slowdown(topology, {16, 1, 1, 1}, CollectiveOp::all_gather), 1);
  EXPECT_NEAR(seconds(graph, CollectiveOp::all_gather, 1e9, 16, 1), nics, 1e-9);
}

/// Pipeline, expert and data parallel traffic on the same NICs share them: together they take as long as the sum of their bytes.
TEST(CollectivePattern, OverlappingCollectivesShareLinks) {
  const hw::FabricGraph graph = hall(6, hw::Wiring::multi_plane, 6);
  const hw::Failures none(graph);
  const RoutedFabric fabric{graph, none, hw::Routing::destination_modulo};
  std::vector<std::uint32_t> rail{0, 8, 16, 24, 32, 40};
  FlowPattern both;
  ASSERT_EQ(add_collective(fabric, CollectiveOp::all_reduce, 3e8, {rail, 1}, 1, both), PatternResult::complete);
  ASSERT_EQ(add_expert_exchange(fabric, 5e8, 0, {rail, 1}, 1, both), PatternResult::complete);
  EXPECT_NEAR(pattern_time(graph.link_rates(), both).value(), (2.0 * 5 / 6 * 3e8 + 5e8) / 50e9, 1e-9);
}

double all_reduce_seconds(const hw::FabricGraph& graph, Algorithm algorithm, double bytes, std::uint32_t nodes,
                          std::uint32_t per_node) {
  std::vector<std::uint32_t> gpus;
  for (std::uint32_t i = 0; i < nodes * per_node; ++i) gpus.push_back(i / per_node * 8 + i % per_node);
  FlowPattern pattern;
  const hw::Failures none(graph);
  const RoutedFabric fabric{graph, none, hw::Routing::destination_modulo};
  EXPECT_EQ(add_all_reduce(fabric, algorithm, bytes, {gpus, per_node}, 1, pattern), PatternResult::complete);
  return pattern_time(graph.link_rates(), pattern).value();
}

/// Trees: over its r channels a GPU is r − 2 times inside the chain and once at either end, 2·(r − 1)/r·B over NVLink; a node
/// with two children and a parent in one tree and none in the other sends 3·B/2 over its NICs. Hierarchy: 2·(r − 1)/r·B over
/// NVLink, 2·(m − 1)/m·B/r over a NIC. NVLS: B·(1 + 1/r) over the port.
TEST(CollectivePattern, AllReduceAlgorithmsMeetTheirVolumes) {
  const hw::FabricGraph graph = hall(6, hw::Wiring::multi_plane, 6);
  const double bytes = 8e9, nvlink = 200e9, nic = 50e9;
  EXPECT_NEAR(all_reduce_seconds(graph, Algorithm::tree, bytes, 6, 8), 2.0 * 7 / 8 * bytes / nvlink, 1e-9);
  EXPECT_NEAR(all_reduce_seconds(graph, Algorithm::tree, bytes, 1, 3), 2.0 * 2 / 3 * bytes / nvlink, 1e-9);
  EXPECT_NEAR(all_reduce_seconds(graph, Algorithm::tree, bytes, 3, 1), 1.5 * bytes / nic, 1e-9);
  EXPECT_NEAR(all_reduce_seconds(graph, Algorithm::hierarchical, bytes, 6, 8), 2.0 * 7 / 8 * bytes / nvlink, 1e-9);
  EXPECT_NEAR(all_reduce_seconds(graph, Algorithm::hierarchical, bytes, 6, 2), 2.0 * 5 / 6 * bytes / 2 / nic, 1e-9);
  EXPECT_NEAR(all_reduce_seconds(graph, Algorithm::nvls, bytes, 1, 8), bytes * 9 / 8 / nvlink, 1e-9);
}

/// A class of three times the weight gets three quarters of a shared NIC while both last.
TEST(CollectivePattern, WeightsRankTrafficClasses) {
  const hw::FabricGraph graph = hall(6, hw::Wiring::multi_plane, 6);
  const hw::Failures none(graph);
  const RoutedFabric fabric{graph, none, hw::Routing::ecmp};
  const std::vector<std::uint32_t> pair{0, 8};
  FlowPattern both;
  ASSERT_EQ(add_collective(fabric, CollectiveOp::send_recv, 3e9, {pair, 1}, 3, both), PatternResult::complete);
  ASSERT_EQ(add_collective(fabric, CollectiveOp::send_recv, 3e9, {pair, 1}, 1, both), PatternResult::complete);
  FlowNetwork network(graph.link_rates());
  for (std::uint32_t f = 0; f < 2; ++f) network.start(both.route(f), both.bytes(f), both.weight(f), Time(0), f);
  const auto first = network.run_next();
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0].tag, 0U);
  EXPECT_NEAR(to_seconds(network.now()).value(), 3e9 / (0.75 * 50e9), 1e-9);
  network.run_next();
  EXPECT_NEAR(to_seconds(network.now()).value(), 6e9 / 50e9, 1e-9);
}

TEST(CollectiveCache, RemembersByClass) {
  FabricModel fabric;
  fabric.up.rate = BytesPerSecond(100e9);
  for (hw::TransferFit& fit : fabric.up.fits) fit.efficiency = 1;
  CollectiveCache cache(fabric);
  const GroupPlacement box{8, 8, 1, 1};
  const Seconds first = cache(CollectiveOp::all_gather, 1e9, box, CollectiveLibrary::nccl).time;
  EXPECT_EQ(first, collective_time(fabric, CollectiveOp::all_gather, 1e9, box));
  EXPECT_EQ(cache(CollectiveOp::all_gather, 1e9, box, CollectiveLibrary::nccl).time, first);
  EXPECT_EQ(cache.classes(), 1U);
  cache(CollectiveOp::all_gather, 2e9, box, CollectiveLibrary::nccl);
  EXPECT_EQ(cache.classes(), 2U);
}

}  // namespace
}  // namespace gpufleet::sim
