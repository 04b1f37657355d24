// A fabric as text: Graphviz for a drawing, JSON for the desktop program.
#pragma once

#include <string>

#include "hwprofiles/fabric/fabric_route.h"

namespace gpufleet::hw {

/// An undirected Graphviz graph; vertices are named kind, hall and number, cables carry their rate, failed ones are dashed.
std::string to_graphviz(const FabricGraph& graph, const Failures& failures);
/// {"halls": [...], "vertices": [{"id", "kind", "hall", "index"}], "cables": [{"a", "b", "kind", "count", "rate_gbps", "down"}]}.
std::string to_json(const FabricGraph& graph, const Failures& failures);

}  // namespace gpufleet::hw
