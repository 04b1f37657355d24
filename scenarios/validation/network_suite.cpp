// `validate network`: published collective, exchange and latency figures against the fabric models. A file describes one fabric
// and any number of [[measured]] figures on it.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "core/units.h"
#include "hwprofiles/fabric/network_catalog.h"
#include "hwprofiles/toml_document.h"
#include "scenarios/validation/suites.h"
#include "sim/net/network_validation.h"

namespace gpufleet::scenarios {
namespace {

namespace fs = std::filesystem;
using hw::Presence;
using sim::NetworkMetric;

constexpr std::array<std::string_view, 6> kOps{"all_reduce", "all_gather", "reduce_scatter",
                                               "all_to_all", "send_recv",  "broadcast"};
constexpr std::array<std::string_view, 2> kLibraries{"nccl", "fused"};
constexpr std::array<std::string_view, 2> kModes{"throughput", "low_latency"};
constexpr hw::Range kPositive{.low = 1e-12};

int whole(hw::TableReader& table, std::string_view key, int otherwise) {
  return table.has(key) ? table.integer(key, {.low = 0, .high = 1e7}, Presence::optional) : otherwise;
}

std::optional<hw::FabricModel> read_fabric(hw::TableReader& top, const hw::NetworkCatalog& catalog, Diagnostics& sink) {
  const hw::TomlTable* table = top.table("fabric", Presence::required);
  if (table == nullptr) return std::nullopt;
  hw::TableReader reader(*table, "fabric", sink);
  hw::FabricSpec spec;
  spec.scale_up = reader.text("scale_up", Presence::required);
  spec.scale_up_rate = BytesPerSecond(reader.quantity("scale_up_rate", Dimension::bytes_per_second, {}, Presence::optional));
  spec.domain = whole(reader, "domain", 8);
  spec.scale_out = reader.text("scale_out", Presence::optional);
  spec.nic_rate = BytesPerSecond(reader.quantity("nic", Dimension::bytes_per_second, {}, Presence::optional));
  spec.topology.nodes_per_leaf = whole(reader, "nodes_per_leaf", spec.topology.nodes_per_leaf);
  reader.finish();
  const auto model = hw::make_fabric_model(catalog, spec);
  sink.insert(sink.end(), model.diagnostics().begin(), model.diagnostics().end());
  if (!model.ok()) return std::nullopt;
  return *model;
}

void read_collective(hw::TableReader& row, sim::NetworkMeasurement& out) {
  out.op = static_cast<sim::CollectiveOp>(std::min<std::size_t>(row.choice("op", kOps, Presence::required), kOps.size() - 1));
  out.bytes = row.quantity("bytes", Dimension::bytes, kPositive, Presence::required);
  out.placement.ranks = std::max(1, row.integer("ranks", {.low = 2, .high = 1e6}, Presence::required));
  out.placement.ranks_per_node = std::clamp(whole(row, "ranks_per_node", out.placement.ranks), 1, out.fabric.up.domain);
  out.library =
      row.choice("library", kLibraries, Presence::optional) == 1 ? sim::CollectiveLibrary::fused : sim::CollectiveLibrary::nccl;
}

void read_exchange(hw::TableReader& row, sim::NetworkMeasurement& out) {
  sim::ExpertExchange& x = out.exchange;
  x.tokens = row.quantity("tokens", Dimension::none, kPositive, Presence::required);
  x.hidden = row.integer("hidden", {.low = 1, .high = 1e6}, Presence::required);
  x.top_k = row.integer("top_k", {.low = 1, .high = 1000}, Presence::required);
  x.experts = whole(row, "experts", 256);
  x.ranks = std::max(1, row.integer("ranks", {.low = 2, .high = 1e5}, Presence::required));
  x.ranks_per_node = std::clamp(out.fabric.up.domain, 1, x.ranks);
  x.groups = std::max(1, whole(row, "groups", std::max(1, x.ranks / x.ranks_per_node)));
  x.group_limit = std::clamp(whole(row, "group_limit", std::min(x.groups, 4)), 1, x.groups);
  if (row.has("dispatch_bytes"))
    x.dispatch_bytes = row.quantity("dispatch_bytes", Dimension::none, kPositive, Presence::optional);
  if (row.has("combine_bytes")) x.combine_bytes = row.quantity("combine_bytes", Dimension::none, kPositive, Presence::optional);
  x.sms = whole(row, "sms", 20);
  x.mode = row.choice("mode", kModes, Presence::optional) == 1 ? sim::ExchangeMode::low_latency : sim::ExchangeMode::throughput;
  out.repeats = std::max(1, whole(row, "repeats", 1));
}

/// A figure and the factor from its unit to base units.
struct Figure {
  sim::NetworkMeasurement measurement;
  double unit = 1;
};

std::optional<Figure> read_figure(const hw::TomlTable& table, const hw::FabricModel& fabric, Diagnostics& sink) {
  const std::size_t before = sink.size();
  hw::TableReader row(table, "measured", sink);
  Figure out;
  out.measurement.fabric = fabric;
  out.measurement.id = row.text("id", Presence::required);
  const std::string metric = row.text("metric", Presence::required);
  const double value = row.quantity("value", Dimension::none, kPositive, Presence::required);
  out.measurement.unit = row.text("unit", Presence::required);
  out.measurement.source = row.text("source", Presence::required);
  row.text("locator", Presence::optional);
  const auto known = sim::network_metric_from_name(metric);
  if (!known) row.report("metric", fmt::format("\"{}\" is not a network metric", metric), "");
  out.measurement.metric = known.value_or(NetworkMetric::message_latency);
  const bool bandwidth = metric.ends_with("_bandwidth");
  std::string why;
  const auto unit = parse_quantity("1 " + out.measurement.unit, bandwidth ? Dimension::bytes_per_second : Dimension::time, why);
  if (!unit) row.report("unit", why, "");
  out.unit = unit.value_or(1);
  out.measurement.measured = value * out.unit;
  if (out.measurement.metric == NetworkMetric::collective_time)
    read_collective(row, out.measurement);
  else if (out.measurement.metric == NetworkMetric::message_latency)
    out.measurement.node_distance = whole(row, "node_distance", 0);
  else
    read_exchange(row, out.measurement);
  row.finish();
  const auto& m = out.measurement;
  const int ranks = std::max(m.placement.ranks, m.exchange.ranks);
  if (ranks > std::min(m.fabric.up.domain, m.placement.ranks > 1 ? m.placement.ranks_per_node : m.fabric.up.domain) &&
      m.fabric.out.rate.value() == 0)
    row.report("ranks", "ranks on several nodes need fabric.nic", "");
  if (sink.size() > before && has_errors(std::span(sink).subspan(before))) return std::nullopt;
  return out;
}

ValidationRow to_row(const sim::NetworkRow& row, double unit, const fs::path& file) {
  ValidationRow out;
  out.id = row.id;
  out.metric = row.metric;
  out.unit = row.unit;
  out.source = row.source;
  out.case_file = file.filename().generic_string();
  out.measured = row.measured / unit;
  out.predicted = row.predicted / unit;
  out.low = row.low / unit;
  out.high = row.high / unit;
  out.error = (row.predicted - row.measured) / row.measured;
  out.features = {{"metric", row.metric}, {"fabric", file.stem().generic_string()}};
  return out;
}

void run_file(const fs::path& file, const hw::NetworkCatalog& catalog, ValidationReport& report, Diagnostics& sink) {
  const auto document = hw::read_toml(file);
  sink.insert(sink.end(), document.diagnostics().begin(), document.diagnostics().end());
  if (!document.ok()) return;
  hw::TableReader top(*document, "", sink);
  const auto fabric = read_fabric(top, catalog, sink);
  std::vector<sim::NetworkMeasurement> cases;
  std::vector<double> units;
  for (const hw::TomlTable* table : top.tables("measured", Presence::required)) {
    if (!fabric) break;
    if (auto figure = read_figure(*table, *fabric, sink)) {
      cases.push_back(std::move(figure->measurement));
      units.push_back(figure->unit);
    }
  }
  top.finish();
  ++report.cases;
  const auto rows = sim::validate_network(cases);
  for (std::size_t i = 0; i < rows.size(); ++i) report.rows.push_back(to_row(rows[i], units[i], file));
}

}  // namespace

Result<ValidationReport> validate_network(const SuiteInput& input, const RunControl& control) {
  const auto catalog = hw::load_network_catalog(input.data.hardware / "network");
  if (!catalog.ok()) return catalog.diagnostics();
  const fs::path at = input.cases.empty() ? input.data.scenarios / "validation" / "network" : input.cases;
  std::vector<fs::path> files{at};
  if (!fs::is_regular_file(at)) {
    auto found = hw::toml_files(at);
    if (!found.ok()) return found.diagnostics();
    files = *std::move(found);
  }
  ValidationReport report;
  report.suite = "network";
  Diagnostics sink;
  for (std::size_t i = 0; i < files.size() && !control.stopped(); ++i) {
    control.report(static_cast<double>(i) / static_cast<double>(files.size()), files[i].filename().generic_string());
    run_file(files[i], *catalog, report, sink);
  }
  if (has_errors(sink)) return sink;
  return {std::move(report), std::move(sink)};
}

}  // namespace gpufleet::scenarios
