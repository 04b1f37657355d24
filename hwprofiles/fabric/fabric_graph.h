// A fabric as a graph: GPUs, the switch inside each node, NICs, leaves, spines, cores, and gateways between halls. Vertices and
// cables are flat arrays laid out by arithmetic, so 50,000 GPUs build in milliseconds. Each cable is two links, one a direction:
// link 2c runs from cable c's first end to its second, 2c + 1 back. A cable may stand for several parallel ones (`count`).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/quantity.h"
#include "core/result.h"
#include "hwprofiles/fabric/fabric_model.h"

namespace gpufleet::hw {

enum class VertexKind : std::uint8_t { gpu, node_switch, nic, leaf, spine, core, gateway };
std::string_view name(VertexKind kind);
enum class CableKind : std::uint8_t { scale_up, pcie, endpoint, leaf_to_spine, spine_to_core, to_gateway, between_halls };
std::string_view name(CableKind kind);

struct Vertex {
  VertexKind kind = VertexKind::gpu;
  std::uint32_t hall = 0;
  std::uint32_t index = 0;  ///< among its kind in its hall
  friend bool operator==(const Vertex&, const Vertex&) = default;
};

struct Cable {
  std::uint32_t a = 0, b = 0;  ///< vertices, the lower layer first
  CableKind kind = CableKind::scale_up;
  std::uint32_t count = 1;
  BytesPerSecond rate;  ///< of all `count` together, one direction
  friend bool operator==(const Cable&, const Cable&) = default;
};

/// One hall of equal nodes.
struct HallSpec {
  std::string name;
  int nodes = 0;
  int gpus_per_node = 8;
  ScaleUpKind scale_up = ScaleUpKind::nvswitch;
  BytesPerSecond scale_up_rate;  ///< per GPU, one direction
  BytesPerSecond nic_rate;       ///< per GPU, one direction; also the switches' port rate
  BytesPerSecond pcie_rate;      ///< GPU to NIC
  Wiring wiring = Wiring::rail_optimised;
  int layers = 2;
  int radix = 64;       ///< ports of a switch
  int ports_down = 32;  ///< of a leaf; the rest go up (32 of 64 = no oversubscription)
};

struct FabricGraphSpec {
  std::vector<HallSpec> halls;
  BytesPerSecond between_halls;  ///< rate between each pair of halls, one direction; 0 = separate
};

/// Where a hall's vertices and cables begin, and its shape.
struct HallLayout {
  HallSpec spec;
  std::uint32_t gpus = 0, leaves = 0, spines = 0, cores = 0;
  std::uint32_t nodes_per_leaf = 0;    ///< nodes below one leaf (or one leaf a rail)
  std::uint32_t planes = 1;            ///< separate networks of leaves and spines
  std::uint32_t spines_per_block = 0;  ///< spines that a leaf reaches: of its plane, or of its pod
  std::uint32_t leaves_per_block = 0;
  std::uint32_t cores_per_spine = 0;  ///< distinct cores above a spine
  std::uint32_t first_gpu = 0, first_switch = 0, first_nic = 0, first_leaf = 0, first_spine = 0, first_core = 0, gateway = 0;
  std::uint32_t first_scale_up = 0, first_pcie = 0, first_endpoint = 0, first_uplink = 0, first_core_link = 0,
                first_to_gateway = 0;
  std::uint32_t first_global_gpu = 0;
};

struct FabricGraph {
  std::vector<Vertex> vertices;
  std::vector<Cable> cables;
  std::vector<HallLayout> halls;
  std::vector<std::uint32_t> hall_cables;  ///< between halls i < j, in order
  std::uint32_t gpus = 0;

  [[nodiscard]] std::size_t links() const { return 2 * cables.size(); }
  [[nodiscard]] std::vector<BytesPerSecond> link_rates() const;
};

/// Errors: a shape that does not close (ports, more leaves than a spine has ports in two layers, no nodes).
Result<FabricGraph> build_fabric(const FabricGraphSpec& spec);

}  // namespace gpufleet::hw
