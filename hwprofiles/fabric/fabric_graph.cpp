// Builders. Two layers: each plane (all leaves, or the leaves of one rail) has spines enough for its uplinks. Three layers:
// blocks of radix / 2 leaves and as many spines, cores above (Al-Fares et al. 2008).
#include "hwprofiles/fabric/fabric_graph.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace gpufleet::hw {
namespace {

constexpr std::uint32_t ceil_div(std::uint32_t a, std::uint32_t b) { return (a + b - 1) / b; }

Diagnostic refusal(const HallSpec& hall, std::string message) {
  Diagnostic out;
  out.key = hall.name;
  out.message = std::move(message);
  return out;
}

/// Counts of switches and blocks; a message when the shape does not close.
std::string shape(HallLayout& hall) {
  const HallSpec& spec = hall.spec;
  if (spec.nodes < 1 || spec.gpus_per_node < 1) return "a hall needs nodes with GPUs";
  if (spec.radix < 2 || spec.ports_down < 1 || spec.ports_down >= spec.radix)
    return "a leaf needs ports down and up within its radix";
  if (spec.layers != 2 && spec.layers != 3) return "a hall has two or three switch layers";
  const auto nodes = static_cast<std::uint32_t>(spec.nodes), rails = static_cast<std::uint32_t>(spec.gpus_per_node);
  const auto radix = static_cast<std::uint32_t>(spec.radix), down = static_cast<std::uint32_t>(spec.ports_down);
  const std::uint32_t up = radix - down;
  hall.gpus = nodes * rails;
  const bool by_rail = spec.wiring != Wiring::node_per_leaf;
  hall.nodes_per_leaf = by_rail ? down : std::max(1U, down / rails);
  if (!by_rail && down < rails) return fmt::format("a leaf with {} ports down cannot take a node of {} GPUs", down, rails);
  const std::uint32_t rows = ceil_div(nodes, hall.nodes_per_leaf);
  hall.leaves = by_rail ? rows * rails : rows;
  hall.planes = spec.wiring == Wiring::multi_plane ? rails : 1;
  const std::uint32_t plane_leaves = hall.leaves / hall.planes;
  if (spec.layers == 2) {
    hall.leaves_per_block = plane_leaves;
    hall.spines_per_block = std::max(1U, std::min(up, ceil_div(plane_leaves * up, radix)));
    if (plane_leaves > radix) return fmt::format("{} leaves in one plane are more than a spine's {} ports", plane_leaves, radix);
    hall.spines = hall.spines_per_block * hall.planes;
    return "";
  }
  if (hall.planes > 1) return "a three-layer network has one plane";
  hall.leaves_per_block = std::min(plane_leaves, radix / 2);
  hall.spines_per_block = up;
  const std::uint32_t blocks = ceil_div(plane_leaves, hall.leaves_per_block);
  hall.spines = blocks * hall.spines_per_block;
  hall.cores_per_spine = radix / 2;
  hall.cores = std::max(ceil_div(hall.spines * (radix / 2), radix), 1U);
  hall.cores_per_spine = std::min(hall.cores_per_spine, hall.cores);
  if (blocks > radix) return fmt::format("{} blocks are more than a core's {} ports", blocks, radix);
  return "";
}

class Builder {
 public:
  explicit Builder(FabricGraph& out) : out_(out) {}

  void add(HallLayout hall) {
    const auto number = static_cast<std::uint32_t>(out_.halls.size());
    const HallSpec& s = hall.spec;
    const auto rails = static_cast<std::uint32_t>(s.gpus_per_node), nodes = static_cast<std::uint32_t>(s.nodes);
    hall.first_global_gpu = out_.gpus;
    hall.first_gpu = vertices(VertexKind::gpu, number, hall.gpus);
    hall.first_switch = vertices(VertexKind::node_switch, number, nodes);
    hall.first_nic = vertices(VertexKind::nic, number, hall.gpus);
    hall.first_leaf = vertices(VertexKind::leaf, number, hall.leaves);
    hall.first_spine = vertices(VertexKind::spine, number, hall.spines);
    hall.first_core = vertices(VertexKind::core, number, hall.cores);
    hall.gateway = vertices(VertexKind::gateway, number, 1);
    hall.first_scale_up = here();
    for (std::uint32_t g = 0; g < hall.gpus; ++g)
      cable(hall.first_gpu + g, hall.first_switch + g / rails, CableKind::scale_up, 1, s.scale_up_rate);
    hall.first_pcie = here();
    for (std::uint32_t g = 0; g < hall.gpus; ++g) cable(hall.first_gpu + g, hall.first_nic + g, CableKind::pcie, 1, s.pcie_rate);
    hall.first_endpoint = here();
    for (std::uint32_t g = 0; g < hall.gpus; ++g) {
      const std::uint32_t row = g / rails / hall.nodes_per_leaf;
      const std::uint32_t leaf = s.wiring == Wiring::node_per_leaf ? row : rail_leaf(hall, row, g % rails);
      cable(hall.first_nic + g, hall.first_leaf + leaf, CableKind::endpoint, 1, s.nic_rate);
    }
    uplinks(hall);
    out_.gpus += hall.gpus;
    out_.halls.push_back(std::move(hall));
  }

  void join(BytesPerSecond rate) {
    const auto halls = static_cast<std::uint32_t>(out_.halls.size());
    for (std::uint32_t i = 0; i < halls; ++i)
      for (std::uint32_t j = i + 1; j < halls; ++j) {
        out_.hall_cables.push_back(here());
        cable(out_.halls[i].gateway, out_.halls[j].gateway, CableKind::between_halls, 1, rate);
      }
  }

 private:
  /// Leaves are numbered rail by rail in a multi-plane hall, so that a plane is a block; otherwise row by row.
  static std::uint32_t rail_leaf(const HallLayout& hall, std::uint32_t row, std::uint32_t rail) {
    const auto rails = static_cast<std::uint32_t>(hall.spec.gpus_per_node);
    return hall.planes > 1 ? rail * hall.leaves_per_block + row : row * rails + rail;
  }

  void uplinks(HallLayout& hall) {
    const HallSpec& s = hall.spec;
    const auto up = static_cast<std::uint32_t>(s.radix - s.ports_down);
    hall.first_uplink = here();
    for (std::uint32_t leaf = 0; leaf < hall.leaves; ++leaf) {
      const std::uint32_t block = leaf / hall.leaves_per_block;
      for (std::uint32_t k = 0; k < hall.spines_per_block; ++k) {
        const std::uint32_t count = up / hall.spines_per_block + (k < up % hall.spines_per_block ? 1 : 0);
        cable(hall.first_leaf + leaf, hall.first_spine + block * hall.spines_per_block + k, CableKind::leaf_to_spine, count,
              s.nic_rate * count);
      }
    }
    hall.first_core_link = here();
    if (hall.cores > 0) {
      const auto ports = static_cast<std::uint32_t>(s.radix / 2);
      for (std::uint32_t spine = 0; spine < hall.spines; ++spine) {
        const std::uint32_t in_block = spine % hall.spines_per_block;
        for (std::uint32_t k = 0; k < hall.cores_per_spine; ++k) {
          const std::uint32_t count = ports / hall.cores_per_spine + (k < ports % hall.cores_per_spine ? 1 : 0);
          const std::uint32_t core = (in_block * hall.cores_per_spine + k) % hall.cores;
          cable(hall.first_spine + spine, hall.first_core + core, CableKind::spine_to_core, count, s.nic_rate * count);
        }
      }
    }
    // The gateway is a router that hangs on the top layer; its own ports are not what limits traffic between halls.
    hall.first_to_gateway = here();
    const std::uint32_t top = hall.cores > 0 ? hall.cores : hall.spines;
    const std::uint32_t first = hall.cores > 0 ? hall.first_core : hall.first_spine;
    for (std::uint32_t k = 0; k < top; ++k) cable(first + k, hall.gateway, CableKind::to_gateway, 1, s.nic_rate * s.radix);
  }

  std::uint32_t vertices(VertexKind kind, std::uint32_t hall, std::uint32_t count) {
    const auto first = static_cast<std::uint32_t>(out_.vertices.size());
    for (std::uint32_t i = 0; i < count; ++i) out_.vertices.push_back({kind, hall, i});
    return first;
  }
  void cable(std::uint32_t a, std::uint32_t b, CableKind kind, std::uint32_t count, BytesPerSecond rate) {
    out_.cables.push_back({a, b, kind, count, rate});
  }
  [[nodiscard]] std::uint32_t here() const { return static_cast<std::uint32_t>(out_.cables.size()); }

  FabricGraph& out_;
};

}  // namespace

std::string_view name(VertexKind kind) {
  constexpr std::array<std::string_view, 7> kNames{"gpu", "node_switch", "nic", "leaf", "spine", "core", "gateway"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::string_view name(CableKind kind) {
  constexpr std::array<std::string_view, 7> kNames{"scale_up",      "pcie",       "endpoint",     "leaf_to_spine",
                                                   "spine_to_core", "to_gateway", "between_halls"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::vector<BytesPerSecond> FabricGraph::link_rates() const {
  std::vector<BytesPerSecond> out;
  out.reserve(links());
  for (const Cable& cable : cables) {
    out.push_back(cable.rate);
    out.push_back(cable.rate);
  }
  return out;
}

Result<FabricGraph> build_fabric(const FabricGraphSpec& spec) {
  Diagnostics sink;
  FabricGraph out;
  Builder builder(out);
  for (const HallSpec& hall : spec.halls) {
    HallLayout layout;
    layout.spec = hall;
    if (std::string problem = shape(layout); !problem.empty())
      sink.push_back(refusal(hall, std::move(problem)));
    else
      builder.add(std::move(layout));
  }
  if (!sink.empty()) return sink;
  if (spec.between_halls.value() > 0) builder.join(spec.between_halls);
  return out;
}

}  // namespace gpufleet::hw
