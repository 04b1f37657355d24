// Built fabrics against the counts of the literature, routes against breadth-first search, failures, and the exports.
#include "hwprofiles/fabric/fabric_graph.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <nlohmann/json.hpp>

#include "hwprofiles/fabric/fabric_export.h"
#include "hwprofiles/fabric/network_bill.h"

namespace gpufleet::hw {
namespace {

HallSpec hall(int nodes, Wiring wiring, int layers) {
  HallSpec out;
  out.name = "hall";
  out.nodes = nodes;
  out.scale_up_rate = BytesPerSecond(200e9);
  out.nic_rate = BytesPerSecond(50e9);
  out.pcie_rate = BytesPerSecond(64e9);
  out.wiring = wiring;
  out.layers = layers;
  return out;
}
FabricGraph built(std::vector<HallSpec> halls, double between) {
  auto graph = build_fabric({std::move(halls), BytesPerSecond(between)});
  check(graph.ok(), to_text(graph.diagnostics()));
  return *std::move(graph);
}

/// arXiv 2505.09343, table 3: endpoints, switches, links between switches, cost in M$.
TEST(NetworkBill, ReproducesThePublishedCostTable) {
  const auto catalog = load_network_catalog(GPUFLEET_SOURCE_DIR "/hwprofiles/data/network");
  ASSERT_TRUE(catalog.ok()) << to_text(catalog.diagnostics());
  const struct {
    NetworkCounts counts;
    std::int64_t endpoints, switches, links;
    double millions;
  } table[] = {{two_layer_fat_tree(64, 1), 2048, 96, 2048, 9},
               {two_layer_fat_tree(64, 8), 16384, 768, 16384, 72},
               {three_layer_fat_tree(64), 65536, 5120, 131072, 491},
               {slim_fly(28), 32928, 1568, 32928, 146},
               {dragonfly(16, 32, 16, 511), 261632, 16352, 384272, 1522}};
  for (const auto& row : table) {
    EXPECT_EQ(row.counts.endpoints, row.endpoints);
    EXPECT_EQ(row.counts.switches, row.switches);
    EXPECT_EQ(row.counts.links_between_switches, row.links);
    const auto price = bill(row.counts, *catalog);
    ASSERT_TRUE(price.ok());
    EXPECT_NEAR(price->price.value() / 1e6, row.millions, 0.02 * row.millions) << row.endpoints;
  }
}

TEST(FabricGraph, BuildsTheNetworksItCounts) {
  EXPECT_EQ(count_network(built({hall(256, Wiring::rail_optimised, 2)}, 0)), two_layer_fat_tree(64, 1));
  EXPECT_EQ(count_network(built({hall(2048, Wiring::multi_plane, 2)}, 0)), two_layer_fat_tree(64, 8));
  EXPECT_EQ(count_network(built({hall(8192, Wiring::rail_optimised, 3)}, 0)), three_layer_fat_tree(64));
}

TEST(FabricGraph, RefusesShapesThatDoNotClose) {
  const auto refused = build_fabric({{hall(4096, Wiring::rail_optimised, 2)}, BytesPerSecond(0)});
  ASSERT_FALSE(refused.ok());
  EXPECT_NE(to_text(refused.diagnostics()).find("1024 leaves in one plane are more than a spine's 64 ports"), std::string::npos);
}

/// A route is a walk from one GPU to the other over cables that are up.
void expect_walk(const FabricGraph& graph, const Failures& failures, std::uint32_t from, std::uint32_t to,
                 const std::vector<std::uint32_t>& links) {
  std::uint32_t here = from;
  for (const std::uint32_t link : links) {
    const Cable& cable = graph.cables[link / 2];
    RC_ASSERT(!failures.down(link / 2));
    RC_ASSERT(here == (link % 2 == 0 ? cable.a : cable.b));
    here = link % 2 == 0 ? cable.b : cable.a;
  }
  RC_ASSERT(here == to);
}
std::uint32_t vertex_of(const FabricGraph& graph, std::uint32_t gpu) {
  for (const HallLayout& h : graph.halls)
    if (gpu < h.first_global_gpu + h.gpus) return h.first_gpu + gpu - h.first_global_gpu;
  return 0;
}

RC_GTEST_PROP(FabricRoute, WalksFromEndToEndWithinTheShortestPathAndOneRailChange, ()) {
  HallSpec first = hall(*rc::gen::inRange(1, 40), static_cast<Wiring>(*rc::gen::inRange(0, 3)), 2);
  first.radix = 32;
  first.ports_down = 16;
  HallSpec second = hall(*rc::gen::inRange(1, 70), Wiring::rail_optimised, 3);
  second.radix = 16;
  second.ports_down = 8;
  second.gpus_per_node = 4;
  const FabricGraph graph = built({first, second}, 400e9);
  const Failures none(graph);
  const std::uint32_t from = *rc::gen::inRange(0U, graph.gpus);
  const std::uint32_t to = *rc::gen::inRange(0U, graph.gpus);
  RC_PRE(from != to);
  const auto routing = *rc::gen::element(Routing::destination_modulo, Routing::ecmp);
  std::vector<std::uint32_t> links;
  RC_ASSERT(append_route(graph, none, routing, from, to, 3, links));
  expect_walk(graph, none, vertex_of(graph, from), vertex_of(graph, to), links);
  const std::uint32_t shortest = hop_distances(graph, none, vertex_of(graph, from))[vertex_of(graph, to)];
  RC_ASSERT(links.size() >= shortest);
  RC_ASSERT(links.size() <= shortest + 2);  // between halls the exit is not always on the nearer core
}

TEST(FabricRoute, GoesAroundFailuresAndSaysWhenItCannot) {
  const FabricGraph graph = built({hall(256, Wiring::multi_plane, 2)}, 0);
  Failures failures(graph);
  std::vector<std::uint32_t> before, after;
  ASSERT_TRUE(append_route(graph, failures, Routing::destination_modulo, 0, 8 * 40, 0, before));
  failures.set_cable(before[2] / 2, true);  // leaf to spine
  ASSERT_TRUE(append_route(graph, failures, Routing::destination_modulo, 0, 8 * 40, 0, after));
  EXPECT_NE(before, after);
  EXPECT_EQ(before.size(), after.size());
  failures.set_cable(before[1] / 2, true);  // the NIC's own cable
  after.clear();
  EXPECT_FALSE(append_route(graph, failures, Routing::destination_modulo, 0, 8 * 40, 0, after));
  EXPECT_TRUE(after.empty());
  failures.set_cable(before[1] / 2, false);
  failures.set_cable(before[2] / 2, false);
  ASSERT_TRUE(append_route(graph, failures, Routing::destination_modulo, 0, 8 * 40, 0, after));
  EXPECT_EQ(before, after);
}

TEST(FabricExport, WritesGraphvizAndJson) {
  const FabricGraph graph = built({hall(2, Wiring::rail_optimised, 2)}, 0);
  Failures failures(graph);
  failures.set_cable(0, true);
  const std::string dot = to_graphviz(graph, failures);
  EXPECT_NE(dot.find("node_switch 0.1"), std::string::npos);
  EXPECT_NE(dot.find("style=dashed"), std::string::npos);
  const auto json = nlohmann::json::parse(to_json(graph, failures));
  EXPECT_EQ(json["vertices"].size(), graph.vertices.size());
  EXPECT_EQ(json["cables"].size(), graph.cables.size());
  EXPECT_EQ(json["cables"][0]["down"], true);
  EXPECT_EQ(json["halls"][0]["leaves"], 8);
}

}  // namespace
}  // namespace gpufleet::hw
