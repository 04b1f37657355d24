// Counting switches and links, and multiplying by prices.
#include "hwprofiles/fabric/network_bill.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace gpufleet::hw {

NetworkCounts two_layer_fat_tree(int radix, int planes) {
  const std::int64_t k = radix, n = planes;
  return {n * k * k / 2, n * 3 * k / 2, n * k * k / 2, 0};
}

NetworkCounts three_layer_fat_tree(int radix) {
  const std::int64_t k = radix;
  return {k * k * k / 4, 5 * k * k / 4, k * k * k / 2, 0};
}

NetworkCounts slim_fly(int q) {
  const std::int64_t switches = 2LL * q * q;
  const int remainder = q % 4 == 3 ? -1 : q % 4;
  const std::int64_t degree = (3LL * q - remainder) / 2;
  return {switches * (degree / 2), switches, switches * degree / 2, 0};
}

NetworkCounts dragonfly(int p, int a, int h, int groups) {
  const std::int64_t switches = static_cast<std::int64_t>(a) * groups;
  return {switches * p, switches, switches * (a - 1) / 2 + switches * h / 2, 0};
}

NetworkCounts count_network(const FabricGraph& graph) {
  NetworkCounts out;
  for (const Vertex& vertex : graph.vertices)
    if (vertex.kind == VertexKind::leaf || vertex.kind == VertexKind::spine || vertex.kind == VertexKind::core) ++out.switches;
  for (const Cable& cable : graph.cables) {
    if (cable.kind == CableKind::endpoint) out.endpoints += cable.count;
    if (cable.kind == CableKind::leaf_to_spine || cable.kind == CableKind::spine_to_core)
      out.links_between_switches += cable.count;
    if (cable.kind == CableKind::between_halls) out.links_between_halls += cable.count;
  }
  return out;
}

Result<NetworkBill> bill(const NetworkCounts& counts, const NetworkCatalog& catalog) {
  constexpr std::array<std::string_view, 3> kParts{"switch_64x400g", "link_between_switches", "link_to_endpoint"};
  const std::array<std::int64_t, 3> amounts{counts.switches, counts.links_between_switches, counts.endpoints};
  NetworkBill out;
  for (std::size_t i = 0; i < kParts.size(); ++i) {
    const auto part =
        std::find_if(catalog.parts.begin(), catalog.parts.end(), [&](const auto& p) { return p.name == kParts[i]; });
    if (part == catalog.parts.end()) {
      Diagnostic missing;
      missing.message = fmt::format("the network catalog has no part \"{}\"", kParts[i]);
      return missing;
    }
    out.price += part->price * static_cast<double>(amounts[i]);
    out.power += part->power * static_cast<double>(amounts[i]);
  }
  out.transceivers = 2 * (counts.links_between_switches + counts.endpoints);
  return out;
}

}  // namespace gpufleet::hw
