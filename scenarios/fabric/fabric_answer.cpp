#include "scenarios/fabric/fabric_answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <string_view>

#include "scenarios/pool_hardware.h"
#include "sim/net/collective_pattern.h"

namespace gpufleet::scenarios {
namespace {

constexpr int kRadix = 64;  // ports of the switches that network.toml prices

Diagnostic fabric_problem(std::string message, std::string hint) {
  return {.key = "fabric", .message = std::move(message), .hint = std::move(hint)};
}

hw::HallSpec hall_of(const PoolSpec& pool, const PoolHardware& hardware) {
  const sim::FabricModel& fabric = hardware.fabric;
  hw::HallSpec out;
  out.name = pool.name;
  out.gpus_per_node = std::max(1, pool.gpus_per_node);
  out.nodes = (pool.count + out.gpus_per_node - 1) / out.gpus_per_node;
  out.scale_up = fabric.up.kind;
  out.scale_up_rate = fabric.up.rate;
  out.nic_rate = fabric.out.rate;
  out.pcie_rate = std::max(hardware.accelerator.pcie_bandwidth / 2, fabric.out.rate);
  out.wiring = fabric.topology.wiring;
  out.layers = fabric.topology.layers;
  out.radix = kRadix;
  // Ports down over ports up is the oversubscription of a leaf.
  const double over = fabric.topology.leaf_oversubscription;
  out.ports_down = std::clamp(static_cast<int>(std::lround(kRadix * over / (1 + over))), 1, kRadix - 1);
  return out;
}

using Kinds = std::array<hw::VertexKind, 5>;
constexpr Kinds kFailing{hw::VertexKind::node_switch, hw::VertexKind::nic, hw::VertexKind::leaf, hw::VertexKind::spine,
                         hw::VertexKind::core};

std::uint32_t count_of(const hw::HallLayout& hall, hw::VertexKind kind) {
  switch (kind) {
    case hw::VertexKind::node_switch: return static_cast<std::uint32_t>(hall.spec.nodes);
    case hw::VertexKind::nic: return hall.gpus;
    case hw::VertexKind::leaf: return hall.leaves;
    case hw::VertexKind::spine: return hall.spines;
    default: return hall.cores;
  }
}

std::uint32_t first_of(const hw::HallLayout& hall, hw::VertexKind kind) {
  switch (kind) {
    case hw::VertexKind::node_switch: return hall.first_switch;
    case hw::VertexKind::nic: return hall.first_nic;
    case hw::VertexKind::leaf: return hall.first_leaf;
    case hw::VertexKind::spine: return hall.first_spine;
    default: return hall.first_core;
  }
}

/// The vertex called "hall/kind/number".
Result<std::uint32_t> vertex_named(const hw::FabricGraph& graph, std::string_view text) {
  const std::size_t second = text.rfind('/');
  const std::size_t first = second == std::string_view::npos || second == 0 ? second : text.rfind('/', second - 1);
  if (first == std::string_view::npos)
    return fabric_problem(fmt::format("\"{}\" names no part; expected hall/kind/number", text), R"(e.g. "h800/spine/3")");
  const std::string hall_name(text.substr(0, first)), kind_name(text.substr(first + 1, second - first - 1)),
      number(text.substr(second + 1));
  std::vector<std::string> halls, kinds;
  for (const hw::HallLayout& hall : graph.halls) halls.push_back(hall.spec.name);
  for (const hw::VertexKind kind : kFailing) kinds.emplace_back(hw::name(kind));
  const auto hall = std::find(halls.begin(), halls.end(), hall_name);
  if (hall == halls.end())
    return fabric_problem(fmt::format("no hall \"{}\"; there are {}", hall_name, fmt::join(halls, ", ")),
                          did_you_mean(hall_name, halls));
  const auto kind = std::find(kinds.begin(), kinds.end(), kind_name);
  if (kind == kinds.end())
    return fabric_problem(fmt::format("\"{}\" is not one of {}", kind_name, fmt::join(kinds, ", ")),
                          did_you_mean(kind_name, kinds));
  const hw::HallLayout& layout = graph.halls[static_cast<std::size_t>(hall - halls.begin())];
  const hw::VertexKind wanted = kFailing[static_cast<std::size_t>(kind - kinds.begin())];
  const std::uint32_t count = count_of(layout, wanted);
  const bool digits = !number.empty() && number.size() <= 9 && number.find_first_not_of("0123456789") == std::string::npos;
  const std::uint32_t index = digits ? static_cast<std::uint32_t>(std::stoul(number)) : count;
  if (index >= count)
    return fabric_problem(count == 0 ? fmt::format("hall \"{}\" has no {}", hall_name, kind_name)
                                     : fmt::format("hall \"{}\" has {} of kind {}: 0 to {}, not \"{}\"", hall_name, count,
                                                   kind_name, count - 1, number),
                          {});
  return first_of(layout, wanted) + index;
}

Diagnostics fail(const hw::FabricGraph& graph, const std::string& part, hw::Failures& failures) {
  const std::size_t colon = part.find(':');
  const Result<std::uint32_t> a = vertex_named(graph, std::string_view(part).substr(0, colon));
  if (!a) return a.diagnostics();
  if (colon == std::string::npos) {
    failures.set_vertex(graph, *a, true);
    return {};
  }
  const Result<std::uint32_t> b = vertex_named(graph, std::string_view(part).substr(colon + 1));
  if (!b) return b.diagnostics();
  bool found = false;
  for (std::uint32_t c = 0; c < graph.cables.size(); ++c) {
    const hw::Cable& cable = graph.cables[c];
    if ((cable.a != *a || cable.b != *b) && (cable.a != *b || cable.b != *a)) continue;
    failures.set_cable(c, true);
    found = true;
  }
  if (found) return {};
  return {fabric_problem(fmt::format("\"{}\": no cable joins these two", part), {})};
}

std::optional<Seconds> time_of(const sim::RoutedFabric& fabric, sim::CollectiveOp op, double bytes,
                               std::span<const std::uint32_t> gpus, std::uint32_t per_node) {
  if (gpus.size() < 2) return Seconds(0);
  sim::FlowPattern pattern;
  if (sim::add_collective(fabric, op, bytes, {gpus, per_node}, 1, pattern) == sim::PatternResult::unreachable)
    return std::nullopt;
  return sim::pattern_time(fabric.graph.link_rates(), pattern);
}

/// The first GPU of each of the first `nodes` nodes: neighbours fill their leaves, so that a lost uplink is felt.
std::vector<std::uint32_t> one_rail(const hw::HallLayout& hall, std::uint32_t nodes) {
  std::vector<std::uint32_t> out;
  for (std::uint32_t n = 0; n < nodes; ++n)
    out.push_back(hall.first_global_gpu + n * static_cast<std::uint32_t>(hall.spec.gpus_per_node));
  return out;
}

FabricTimes times_of(const hw::FabricGraph& graph, const hw::Failures& failures, const hw::HallLayout& hall,
                     std::span<const std::uint32_t> exchanging, double bytes) {
  std::vector<std::uint32_t> gpus(hall.gpus);
  std::iota(gpus.begin(), gpus.end(), hall.first_global_gpu);
  const auto per_node = static_cast<std::uint32_t>(hall.spec.gpus_per_node);
  const sim::RoutedFabric fabric{graph, failures, hw::Routing::destination_modulo};
  return {time_of(fabric, sim::CollectiveOp::all_reduce, bytes, gpus, per_node),
          time_of(fabric, sim::CollectiveOp::all_to_all, bytes, exchanging, 1)};
}

}  // namespace

Result<FabricAnswer> fabric_answer(const Scenario& scenario, const Catalogs& catalogs, const HardwareData& hardware,
                                   const FabricQuestion& question, const RunControl& control) {
  if (scenario.pools.empty())
    return fabric_problem("the scenario has no fleet pools, so no fabric",
                          "lots of a fleet have no wiring; name [[fleet.pool]] entries");
  hw::FabricGraphSpec spec;
  spec.between_halls = question.between_halls;
  for (const PoolSpec& pool : scenario.pools) {
    const Result<PoolHardware> built = pool_hardware(pool, catalogs, hardware);
    if (!built) return built.diagnostics();
    spec.halls.push_back(hall_of(pool, *built));
  }
  Result<hw::FabricGraph> graph = hw::build_fabric(spec);
  if (!graph) return graph.diagnostics();
  const hw::NetworkCounts counts = hw::count_network(*graph);
  const Result<hw::NetworkBill> bill = hw::bill(counts, hardware.network);
  if (!bill) return bill.diagnostics();

  hw::Failures failures(*graph);
  Diagnostics sink;
  for (const std::string& part : question.failed) {
    const Diagnostics problems = fail(*graph, part, failures);
    sink.insert(sink.end(), problems.begin(), problems.end());
  }
  if (!sink.empty()) return sink;

  FabricAnswer out{*std::move(graph), std::move(failures), counts, *bill, 0, question.message, {}};
  for (std::uint32_t c = 0; c < out.graph.cables.size(); ++c) out.cables_down += out.failures.down(c) ? 1 : 0;
  const hw::Failures none(out.graph);
  constexpr std::uint32_t kExchangeNodes = 512;  // n² flows
  for (const hw::HallLayout& layout : out.graph.halls) {
    if (control.stopped()) break;
    HallAnswer hall{layout.spec.name,
                    layout.gpus,
                    static_cast<std::uint32_t>(layout.spec.nodes),
                    layout.planes,
                    layout.leaves,
                    layout.spines,
                    layout.cores,
                    0,
                    {},
                    {}};
    const std::vector<std::uint32_t> exchanging = one_rail(layout, std::min(hall.nodes, kExchangeNodes));
    hall.exchange_ranks = static_cast<std::uint32_t>(exchanging.size());
    hall.whole = times_of(out.graph, none, layout, exchanging, question.message);
    hall.failed = out.cables_down == 0 ? hall.whole : times_of(out.graph, out.failures, layout, exchanging, question.message);
    out.halls.push_back(std::move(hall));
  }
  return out;
}

}  // namespace gpufleet::scenarios
