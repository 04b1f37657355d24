// Routes through a fabric graph, by arithmetic on its layout: up to the first layer that both ends share and down again. On
// rail-optimised halls, traffic to another rail changes rails inside the sender's node, as NCCL's PXN does.
#pragma once

#include <cstdint>
#include <vector>

#include "hwprofiles/fabric/fabric_graph.h"

namespace gpufleet::hw {

/// Static: the spine is the target's number, counted leaf by leaf, modulo the spines, and the core the next digit (D-mod-k).
/// ECMP: a hash of both ends and the flow's key.
enum class Routing : std::uint8_t { destination_modulo, ecmp };

/// Cables that are down; a switch that fails takes all its cables with it.
class Failures {
 public:
  explicit Failures(const FabricGraph& graph) : down_(graph.cables.size(), false) {}
  void set_cable(std::uint32_t cable, bool down) { down_[cable] = down; }
  void set_vertex(const FabricGraph& graph, std::uint32_t vertex, bool down);
  [[nodiscard]] bool down(std::uint32_t cable) const { return down_[cable]; }

 private:
  std::vector<bool> down_;
};

/// Appends the links from GPU `from` to GPU `to` (numbers over all halls) to `links`; false and nothing added when failures leave
/// no way, or when the halls are not joined. Routing steps to the next spine when the chosen one cannot be reached.
bool append_route(const FabricGraph& graph, const Failures& failures, Routing routing, std::uint32_t from, std::uint32_t to,
                  std::uint32_t key, std::vector<std::uint32_t>& links);

/// Hops from `vertex` to every other, by breadth-first search over the cables that are up; unreachable = UINT32_MAX.
std::vector<std::uint32_t> hop_distances(const FabricGraph& graph, const Failures& failures, std::uint32_t vertex);

}  // namespace gpufleet::hw
