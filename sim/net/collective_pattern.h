// Collectives as flows on a fabric graph: rings with one channel a rank of a node, trees, pairs, and the rail exchange of
// mixtures of experts. Patterns of several groups that run at once are added to one pattern, where they share links.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "hwprofiles/fabric/fabric_route.h"
#include "sim/net/collective_time.h"
#include "sim/net/expert_exchange.h"
#include "sim/net/pattern.h"

namespace gpufleet::sim {

/// A graph with its failures and routing, as collectives see it.
struct RoutedFabric {
  const hw::FabricGraph& graph;
  const hw::Failures& failures;
  hw::Routing routing = hw::Routing::destination_modulo;
};

enum class PatternResult : std::uint8_t { complete, unreachable };

/// Ranks of one group as GPU numbers, node by node, `ranks_per_node` in each.
struct RankedGroup {
  std::span<const std::uint32_t> gpus;
  std::uint32_t ranks_per_node = 1;
};

/// The bandwidth part of `op` with buffers of `bytes` (as in collective_time): all_reduce, all_gather, reduce_scatter and
/// broadcast as rings, all_to_all as pairs, send_recv from rank i to i + 1 (last one silent). `unreachable` when failures cut a
/// pair off; what was added before stays.
PatternResult add_collective(const RoutedFabric& fabric, CollectiveOp op, double bytes, const RankedGroup& group, double weight,
                             FlowPattern& pattern);

/// All-reduce by another algorithm than the rings of add_collective: double trees over nodes with a chain inside each; rings of
/// equal rails between a ring inside each node (hierarchical); or the node's switch, which adds up and multicasts (nvls: one
/// node). Precondition: algorithm is tree, hierarchical or nvls; nvls has one node.
PatternResult add_all_reduce(const RoutedFabric& fabric, Algorithm algorithm, double bytes, const RankedGroup& group,
                             double weight, FlowPattern& pattern);

/// First hop of an expert exchange: every rank sends `rdma_bytes` evenly to the ranks of its own rail in the other nodes; second:
/// `nvlink_bytes` evenly to the other ranks of its node.
PatternResult add_expert_exchange(const RoutedFabric& fabric, double rdma_bytes, double nvlink_bytes, const RankedGroup& group,
                                  double weight, FlowPattern& pattern);

}  // namespace gpufleet::sim
