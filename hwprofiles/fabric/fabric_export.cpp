// Writers over Boost.Graph and nlohmann/json.
#include "hwprofiles/fabric/fabric_export.h"

#include <fmt/format.h>

#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/graphviz.hpp>
#include <nlohmann/json.hpp>
#include <sstream>

#include "core/units.h"

namespace gpufleet::hw {

std::string to_graphviz(const FabricGraph& graph, const Failures& failures) {
  using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::undirectedS, boost::no_property,
                                      boost::property<boost::edge_index_t, std::uint32_t>>;
  Graph boosted(graph.vertices.size());
  for (std::uint32_t c = 0; c < graph.cables.size(); ++c) boost::add_edge(graph.cables[c].a, graph.cables[c].b, c, boosted);
  const auto numbers = boost::get(boost::edge_index, boosted);
  std::ostringstream out;
  boost::write_graphviz(
      out, boosted,
      [&](std::ostream& text, std::size_t v) {
        const Vertex& vertex = graph.vertices[v];
        text << fmt::format("[label=\"{} {}.{}\"]", name(vertex.kind), vertex.hall, vertex.index);
      },
      [&](std::ostream& text, const auto& edge) {
        const std::uint32_t c = numbers[edge];
        text << fmt::format("[label=\"{}\"{}]", format_quantity(graph.cables[c].rate.value(), Dimension::bytes_per_second),
                            failures.down(c) ? ", style=dashed" : "");
      });
  return out.str();
}

std::string to_json(const FabricGraph& graph, const Failures& failures) {
  nlohmann::ordered_json out;
  out["halls"] = nlohmann::ordered_json::array();
  for (const HallLayout& hall : graph.halls)
    out["halls"].push_back({{"name", hall.spec.name},
                            {"nodes", hall.spec.nodes},
                            {"gpus_per_node", hall.spec.gpus_per_node},
                            {"leaves", hall.leaves},
                            {"spines", hall.spines},
                            {"cores", hall.cores},
                            {"planes", hall.planes}});
  auto& vertices = out["vertices"] = nlohmann::ordered_json::array();
  for (std::size_t v = 0; v < graph.vertices.size(); ++v)
    vertices.push_back({{"id", v},
                        {"kind", name(graph.vertices[v].kind)},
                        {"hall", graph.vertices[v].hall},
                        {"index", graph.vertices[v].index}});
  auto& cables = out["cables"] = nlohmann::ordered_json::array();
  for (std::uint32_t c = 0; c < graph.cables.size(); ++c)
    cables.push_back({{"a", graph.cables[c].a},
                      {"b", graph.cables[c].b},
                      {"kind", name(graph.cables[c].kind)},
                      {"count", graph.cables[c].count},
                      {"rate_gbps", graph.cables[c].rate.value() * 8e-9},
                      {"down", failures.down(c)}});
  return out.dump();
}

}  // namespace gpufleet::hw
