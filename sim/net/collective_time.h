// How long a collective among GPUs takes on a fabric when nothing else uses its links: the measured transfer inside the scale-up
// domain, the NICs between domains, switch layers by their link load, and the algorithm that NCCL would choose at that size.
#pragma once

#include "core/quantity.h"
#include "hwprofiles/fabric/fabric_model.h"
#include "hwprofiles/kernel.h"

namespace gpufleet::sim {

using hw::CollectiveOp;
using hw::FabricModel;

/// Where the ranks of a group sit. `ranks_per_node` counts the group's ranks in one scale-up domain; `node_stride` is the
/// distance between consecutive domains of the group (1 = neighbours); `halls` > 1 spreads the group evenly over halls.
struct GroupPlacement {
  int ranks = 1;
  int ranks_per_node = 1;
  int node_stride = 1;
  int halls = 1;
  [[nodiscard]] int nodes() const { return (ranks + ranks_per_node - 1) / ranks_per_node; }
  friend auto operator<=>(const GroupPlacement&, const GroupPlacement&) = default;
};

/// Which library runs it: NCCL, or the fused all-reduce kernels of serving engines where they are faster.
enum class CollectiveLibrary : std::uint8_t { nccl, fused };
enum class Algorithm : std::uint8_t { none, ring, tree, nvls, hierarchical, fused, pairwise };
std::string_view name(Algorithm algorithm);

struct CollectiveTime {
  Seconds time;
  Seconds nic, scale_up;  ///< of it, that the GPU's NIC and its port into the domain are busy
  Algorithm algorithm = Algorithm::none;
  double log_sigma = 0;  ///< standard deviation of ln(true / time)
  hw::Provenance provenance = hw::Provenance::measured;
};

/// `bytes` as NCCL counts a buffer: all_reduce, broadcast, send_recv: the buffer; all_gather, reduce_scatter, all_to_all: the
/// whole concatenated buffer of one rank. One rank or no bytes: zero. Preconditions: ranks_per_node <= fabric.up.domain; a group
/// over several nodes needs a fabric with NICs.
CollectiveTime collective(const FabricModel& fabric, CollectiveOp op, double bytes, const GroupPlacement& placement,
                          CollectiveLibrary library);
/// The time alone, by NCCL.
Seconds collective_time(const FabricModel& fabric, CollectiveOp op, double bytes, const GroupPlacement& placement);

/// One-way latency of a small message between two GPUs whose domains are `node_distance` apart (0 = the same domain).
Seconds message_latency(const FabricModel& fabric, int node_distance);

/// Switches between domains `node_distance` apart: 1 below one leaf, 3 below one pod, 5 beyond.
int switch_hops(const hw::TopologyModel& topology, int node_distance);

/// Factor by which the switch layers slow each NIC when every GPU of every node runs the same pattern and `crossing` of its
/// traffic leaves its leaf, pod and hall: the exact link-load bound of a symmetric pattern.
double layer_slowdown(const hw::TopologyModel& topology, const GroupPlacement& placement, CollectiveOp op);

}  // namespace gpufleet::sim
