// Collective times by algorithm: bytes on the busiest link of each class over its measured rate, start-up by the number of steps.
// Ring, tree and pairwise volumes: Thakur, Rabenseifner & Gropp 2005; double trees: Sanders et al. 2009 (as in NCCL).
#include "sim/net/collective_time.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/check.h"

namespace gpufleet::sim {
namespace {

using hw::Transfer;
using hw::TransferFit;

/// A tree reaches this share of a ring's rate in NCCL's own cost model (its graph/tuning source): reductions at inner nodes
/// stall.
constexpr double kTreeShare = 0.92;

/// One way to run the operation: bytes through each GPU's scale-up port and through its NIC, and the start-up of its steps.
struct Plan {
  Algorithm algorithm = Algorithm::none;
  Transfer local = Transfer::all_gather;  ///< whose constants hold inside the domain
  double local_bytes = 0;
  double local_steps = 0;
  double nic_bytes = 0;  ///< per NIC; 0 = one domain
  double remote_steps = 0;
};

constexpr double ceil_log2(int n) {
  int levels = 0;
  while ((1 << levels) < n) ++levels;
  return levels;
}

double local_rate(const FabricModel& fabric, const TransferFit& fit, int ranks_per_node) {
  return fabric.up.rate.value() * (ranks_per_node == 2 ? fit.two_rank_rate : 1);
}

/// Steps over the network: half a step's software on top of the message itself.
double remote_step_seconds(const FabricModel& fabric, const TransferFit& fit, const GroupPlacement& placement) {
  const int farthest = (placement.nodes() - 1) * placement.node_stride;
  return fit.step.value() + message_latency(fabric, farthest).value() +
         (placement.halls > 1 ? fabric.topology.hall_latency.value() : 0);
}

CollectiveTime seconds_of(const FabricModel& fabric, const Plan& plan, CollectiveOp op, const GroupPlacement& placement) {
  const TransferFit& local = fabric.up.fit(plan.local);
  const double rate = local_rate(fabric, local, std::min(placement.ranks, placement.ranks_per_node));
  CollectiveTime out{Seconds(0), Seconds(0), Seconds(0), plan.algorithm, local.log_sigma, local.provenance};
  out.scale_up = Seconds(plan.local_bytes > 0 ? plan.local_bytes / (local.efficiency * rate) : 0);
  if (plan.nic_bytes == 0) {
    out.time = Seconds(hw::transfer_seconds(local, rate, plan.local_bytes, plan.local_steps));
    return out;
  }
  const TransferFit& remote = plan.algorithm == Algorithm::pairwise ? fabric.out.pairwise : fabric.out.ring;
  check(fabric.out.rate.value() > 0 && remote.efficiency > 0, "a collective over several nodes needs a network");
  const double nic_rate = fabric.out.rate.value() / layer_slowdown(fabric.topology, placement, op) * remote.efficiency;
  const double nic_wire = plan.nic_bytes / nic_rate;
  const double local_wire = out.scale_up.value();
  out.nic = Seconds(nic_wire);
  const bool nic_bound = nic_wire >= local_wire;
  const double wire = std::max(nic_wire, local_wire);
  const double chunk = nic_bound ? remote.chunk.value() : local.chunk.value();
  const double alpha = std::max(local.launch.value(), remote.launch.value()) + plan.local_steps * local.step.value() +
                       plan.remote_steps * remote_step_seconds(fabric, remote, placement);
  const double moving = wire + 2 * std::sqrt(chunk * wire);
  out.time = Seconds(std::pow(std::pow(alpha, hw::kOnset) + std::pow(moving, hw::kOnset), 1 / hw::kOnset));
  out.log_sigma = nic_bound ? remote.log_sigma : std::max(local.log_sigma, remote.log_sigma);
  out.provenance = nic_bound ? remote.provenance : std::max(local.provenance, remote.provenance);
  return out;
}

struct Candidates {
  std::array<Plan, 4> plans;
  std::size_t count = 0;
  void add(const Plan& plan) { plans[count++] = plan; }
};

void add_all_reduce(Candidates& out, const FabricModel& fabric, double bytes, const GroupPlacement& p,
                    CollectiveLibrary library) {
  const double n = p.ranks, r = std::min(p.ranks, p.ranks_per_node), nodes = p.nodes();
  const double volume = 2 * (n - 1) / n * bytes;
  // NCCL multicasts through NVSwitch when the group fills the domain.
  const bool nvls = fabric.up.fit(Transfer::nvls_all_reduce).efficiency > 0 && p.ranks_per_node == fabric.up.domain && r > 2;
  if (p.nodes() == 1) {
    if (nvls) out.add({Algorithm::nvls, Transfer::nvls_all_reduce, volume, 2 * (n - 1), 0, 0});
    out.add({Algorithm::ring, Transfer::ring_all_reduce, volume, 2 * (n - 1), 0, 0});
    const bool fused = fabric.up.fit(Transfer::fused_all_reduce).efficiency > 0 && library == CollectiveLibrary::fused;
    if (fused) out.add({Algorithm::fused, Transfer::fused_all_reduce, volume, n - 1, 0, 0});
    return;
  }
  out.add({Algorithm::ring, Transfer::ring_all_reduce, volume, 2 * (n - nodes), volume / r, 2 * (nodes - 1)});
  out.add({Algorithm::tree, Transfer::ring_all_reduce, 2 * bytes / kTreeShare, 2 * (r - 1), 2 * bytes / r / kTreeShare,
           2 * ceil_log2(p.nodes())});
  if (nvls) {
    const double inside = 2 * (r - 1) / r * bytes;
    out.add({Algorithm::hierarchical, Transfer::nvls_all_reduce, inside, 2 * (r - 1), 2 * bytes / r / kTreeShare,
             2 * ceil_log2(p.nodes())});
  }
}

void add_gather(Candidates& out, Transfer local, double bytes, const GroupPlacement& p) {
  const double n = p.ranks, r = std::min(p.ranks, p.ranks_per_node), nodes = p.nodes();
  const double volume = (n - 1) / n * bytes;
  if (p.nodes() == 1) {
    out.add({Algorithm::ring, local, volume, n - 1, 0, 0});
    return;
  }
  out.add({Algorithm::ring, local, volume, n - nodes, volume / r, nodes - 1});
  // Bruck-like trees (NCCL's PAT) exist for one rank a node only.
  if (p.ranks_per_node == 1) out.add({Algorithm::tree, local, volume, 0, volume, ceil_log2(p.nodes())});
}

/// Traffic to other nodes first changes to the rail of its target inside the node, so all of it but 1/r crosses NVLink too.
void add_all_to_all(Candidates& out, double bytes, const GroupPlacement& p) {
  const double n = p.ranks, r = std::min(p.ranks, p.ranks_per_node), nodes = p.nodes();
  const double remote = bytes * (nodes - 1) / nodes;
  const double inside = bytes * (r - 1) / n;
  if (p.nodes() == 1) {
    out.add({Algorithm::pairwise, Transfer::all_to_all, inside, n - 1, 0, 0});
    return;
  }
  out.add({Algorithm::pairwise, Transfer::all_to_all, inside + remote * (r - 1) / r, n - 1, remote, 1});
}

Candidates candidates(const FabricModel& fabric, CollectiveOp op, double bytes, const GroupPlacement& p,
                      CollectiveLibrary library) {
  Candidates out;
  const bool one_node = p.nodes() == 1;
  const double nodes = p.nodes(), r = std::min(p.ranks, p.ranks_per_node);
  switch (op) {
    case CollectiveOp::all_reduce: add_all_reduce(out, fabric, bytes, p, library); break;
    case CollectiveOp::all_gather: add_gather(out, Transfer::all_gather, bytes, p); break;
    case CollectiveOp::reduce_scatter: add_gather(out, Transfer::reduce_scatter, bytes, p); break;
    case CollectiveOp::all_to_all: add_all_to_all(out, bytes, p); break;
    case CollectiveOp::send_recv:
      out.add({Algorithm::pairwise, Transfer::send_recv, one_node ? bytes : 0, one_node ? 1.0 : 0.0, one_node ? 0 : bytes,
               one_node ? 0.0 : 1.0});
      break;
    case CollectiveOp::broadcast:
      // A pipelined chain: every link carries the buffer once, each of the r rings a share of it.
      out.add({Algorithm::ring, Transfer::all_gather, bytes, r - 1, one_node ? 0 : bytes / r, one_node ? 0 : nodes - 1});
      if (!one_node) out.add({Algorithm::tree, Transfer::all_gather, bytes, r - 1, 2 * bytes / r, ceil_log2(p.nodes())});
      break;
  }
  return out;
}

}  // namespace

std::string_view name(Algorithm algorithm) {
  constexpr std::array<std::string_view, 7> kNames{"none", "ring", "tree", "nvls", "hierarchical", "fused", "pairwise"};
  return kNames[static_cast<std::size_t>(algorithm)];
}

CollectiveTime collective(const FabricModel& fabric, CollectiveOp op, double bytes, const GroupPlacement& placement,
                          CollectiveLibrary library) {
  check(placement.ranks >= 1 && placement.ranks_per_node >= 1, "a group has ranks");
  check(std::min(placement.ranks, placement.ranks_per_node) <= fabric.up.domain, "more ranks per node than the domain has GPUs");
  if (placement.ranks == 1 || bytes <= 0) return {};
  const Candidates ways = candidates(fabric, op, bytes, placement, library);
  CollectiveTime best = seconds_of(fabric, ways.plans[0], op, placement);
  for (std::size_t i = 1; i < ways.count; ++i) {
    const CollectiveTime other = seconds_of(fabric, ways.plans[i], op, placement);
    if (other.time < best.time) best = other;
  }
  return best;
}

Seconds collective_time(const FabricModel& fabric, CollectiveOp op, double bytes, const GroupPlacement& placement) {
  return collective(fabric, op, bytes, placement, CollectiveLibrary::nccl).time;
}

int switch_hops(const hw::TopologyModel& topology, int node_distance) {
  if (node_distance < topology.nodes_per_leaf) return 1;
  return topology.layers < 3 || node_distance < topology.nodes_per_pod ? 3 : 5;
}

Seconds message_latency(const FabricModel& fabric, int node_distance) {
  if (node_distance == 0) return fabric.up.latency;
  return fabric.out.endpoint_latency + fabric.out.hop_latency * switch_hops(fabric.topology, node_distance);
}

double layer_slowdown(const hw::TopologyModel& topology, const GroupPlacement& placement, CollectiveOp op) {
  const double nodes = placement.nodes();
  if (placement.nodes() < 2) return 1;
  // Share of each NIC's bytes that leaves a block of `below` nodes, `inside` of them in the group.
  const auto crossing = [&](double below) {
    const double inside = std::max(1.0, below / placement.node_stride);
    if (op == CollectiveOp::send_recv) return std::min(1.0, placement.node_stride / below);
    if (nodes <= inside) return 0.0;
    if (op == CollectiveOp::all_to_all) return (nodes - inside) / (nodes - 1);
    return 1 / inside;  // a ring or tree in node order leaves a block once for all the nodes in it
  };
  double slowdown = std::max(1.0, topology.leaf_oversubscription * crossing(topology.nodes_per_leaf));
  if (topology.layers >= 3) slowdown = std::max(slowdown, topology.pod_oversubscription * crossing(topology.nodes_per_pod));
  if (placement.halls > 1) {
    const double halls = placement.halls;
    const double share = op == CollectiveOp::all_to_all ? (nodes - nodes / halls) / (nodes - 1) : std::min(1.0, halls / nodes);
    slowdown = std::max(slowdown, topology.hall_oversubscription * share);
  }
  return slowdown;
}

}  // namespace gpufleet::sim
