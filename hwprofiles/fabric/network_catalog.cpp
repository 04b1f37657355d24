// Reader of data/network: one table row a link class, one inline table a transfer.
#include "hwprofiles/fabric/network_catalog.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "hwprofiles/toml_document.h"

namespace gpufleet::hw {
namespace {

constexpr Presence kRequired = Presence::required;
constexpr Presence kOptional = Presence::optional;
constexpr Range kPositive{.low = 1e-12};
constexpr Range kShare{.low = 0.01, .high = 2};  // multicast in the switch may beat the link's nominal rate
constexpr Range kShort{.low = 0, .high = 0.1};
constexpr std::array<std::string_view, 2> kKinds{"nvswitch", "pcie"};
constexpr std::array<std::string_view, 3> kProvenances{"measured", "borrowed", "datasheet"};
/// A fit carried over to another link class is no better than this.
constexpr double kBorrowedSigma = 0.2;

Seconds seconds(TableReader& table, std::string_view key) {
  return Seconds(table.quantity(key, Dimension::time, kShort, kRequired));
}
BytesPerSecond rate(TableReader& table, std::string_view key) {
  return BytesPerSecond(table.quantity(key, Dimension::bytes_per_second, kPositive, kRequired));
}

TransferFit read_fit(TableReader& parent, std::string_view key, Presence presence, Diagnostics& sink) {
  TransferFit out;
  const TomlTable* table = parent.table(key, presence);
  if (table == nullptr) return out;
  TableReader fit(*table, parent.path_of(key), sink);
  out.launch = seconds(fit, "launch");
  out.step = seconds(fit, "step");
  out.efficiency = fit.quantity("efficiency", Dimension::none, kShare, kRequired);
  out.chunk = seconds(fit, "chunk");
  out.two_rank_rate = fit.quantity("two_rank_rate", Dimension::none, {.low = 0.1, .high = 10}, kRequired);
  out.log_sigma = fit.quantity("log_sigma", Dimension::none, {.low = 0.001, .high = 2}, kRequired);
  out.provenance = static_cast<Provenance>(std::min<std::size_t>(fit.choice("provenance", kProvenances, kRequired), 2));
  fit.integer("rows", {.low = 0, .high = 1e6}, kRequired);
  fit.finish();
  return out;
}

ScaleUpModel read_scale_up(const TomlTable& row, Diagnostics& sink) {
  TableReader table(row, "scale_up", sink);
  ScaleUpModel out;
  out.name = table.text("name", kRequired);
  out.link = table.text("link", kRequired);
  out.kind = table.choice("kind", kKinds, kRequired) == 1 ? ScaleUpKind::pcie : ScaleUpKind::nvswitch;
  out.rate = rate(table, "rate");
  out.latency = seconds(table, "latency");
  out.exchange_efficiency = table.quantity("exchange_efficiency", Dimension::none, kShare, kRequired);
  out.low_latency_efficiency = table.quantity("low_latency_efficiency", Dimension::none, kShare, kRequired);
  for (std::size_t i = 0; i < kTransfers; ++i) {
    const auto transfer = static_cast<Transfer>(i);
    const Presence presence = transfer == Transfer::nvls_all_reduce ? kOptional : kRequired;
    out.fits[i] = read_fit(table, name(transfer), presence, sink);
  }
  table.finish();
  return out;
}

ScaleOutModel read_scale_out(const TomlTable& row, Diagnostics& sink) {
  TableReader table(row, "scale_out", sink);
  ScaleOutModel out;
  out.name = table.text("name", kRequired);
  out.rate = rate(table, "rate");
  out.endpoint_latency = seconds(table, "endpoint_latency");
  out.hop_latency = seconds(table, "hop_latency");
  out.exchange_efficiency = table.quantity("exchange_efficiency", Dimension::none, kShare, kRequired);
  out.low_latency_efficiency = table.quantity("low_latency_efficiency", Dimension::none, kShare, kRequired);
  out.ring = read_fit(table, "ring", kRequired, sink);
  out.pairwise = read_fit(table, "pairwise", kRequired, sink);
  table.finish();
  return out;
}

ExchangeFit read_exchange(const TomlTable& file, Diagnostics& sink) {
  ExchangeFit out;
  TableReader top(file, "", sink);
  if (const TomlTable* table = top.table("throughput", kRequired)) {
    TableReader fit(*table, "throughput", sink);
    out.local_dispatch = seconds(fit, "local_dispatch");
    out.local_combine = seconds(fit, "local_combine");
    out.remote_dispatch = seconds(fit, "remote_dispatch");
    out.remote_combine = seconds(fit, "remote_combine");
    out.remote_doubling = seconds(fit, "remote_doubling");
    out.notify = seconds(fit, "notify");
    out.notify_doubling = seconds(fit, "notify_doubling");
    out.local_per_sm_dispatch = rate(fit, "local_per_sm_dispatch");
    out.local_per_sm_combine = rate(fit, "local_per_sm_combine");
    out.remote_per_sm_dispatch = rate(fit, "remote_per_sm_dispatch");
    out.remote_per_sm_combine = rate(fit, "remote_per_sm_combine");
    out.overlap = fit.quantity("overlap", Dimension::none, {.low = 1, .high = 100}, kRequired);
    out.overlap_stretch = fit.quantity("overlap_stretch", Dimension::none, {.low = 1, .high = 10}, kRequired);
    out.log_sigma = fit.quantity("log_sigma", Dimension::none, {.low = 0.001, .high = 2}, kRequired);
    fit.finish();
  }
  if (const TomlTable* table = top.table("low_latency", kRequired)) {
    TableReader fit(*table, "low_latency", sink);
    out.low_latency_local = seconds(fit, "local");
    out.low_latency_remote = seconds(fit, "remote");
    out.low_latency_doubling = seconds(fit, "doubling");
    out.low_latency_onset = fit.quantity("onset", Dimension::none, {.low = 1, .high = 10}, kRequired);
    out.message_header = fit.quantity("message_header", Dimension::bytes, {.low = 0, .high = 4096}, kRequired);
    out.low_latency_log_sigma = fit.quantity("log_sigma", Dimension::none, {.low = 0.001, .high = 2}, kRequired);
    fit.finish();
  }
  top.finish();
  return out;
}

NetworkPart read_part(const TomlTable& row, Diagnostics& sink) {
  TableReader table(row, "part", sink);
  NetworkPart out;
  out.name = table.text("name", kRequired);
  out.ports = table.integer("ports", {.low = 1, .high = 4096}, kRequired);
  out.port_rate = rate(table, "port_rate");
  out.power = Watts(table.quantity("power", Dimension::power, {}, kRequired));
  out.price = Dollars(table.quantity("price", Dimension::money, {}, kRequired));
  table.finish();
  return out;
}

/// Reads `folder`/`file` and hands its top table to `use`.
template <class Use>
void with_file(const std::filesystem::path& folder, std::string_view file, Diagnostics& sink, Use use) {
  const Result<TomlTable> document = read_toml(folder / file);
  sink.insert(sink.end(), document.diagnostics().begin(), document.diagnostics().end());
  if (document.ok()) use(*document);
}

template <class T, class Read>
void read_rows(const std::filesystem::path& folder, std::string_view file, std::string_view key, std::vector<T>& out,
               Diagnostics& sink, Read read) {
  with_file(folder, file, sink, [&](const TomlTable& document) {
    TableReader top(document, "", sink);
    for (const TomlTable* row : top.tables(key, kRequired)) out.push_back(read(*row, sink));
    top.finish();
  });
}

Diagnostic unknown(std::string_view what, const std::string& name, std::span<const std::string> known) {
  Diagnostic out;
  out.message = fmt::format("no {} is called \"{}\"", what, name);
  out.hint = did_you_mean(name, known);
  return out;
}

Diagnostic too_many_planes(const FabricSpec& spec) {
  Diagnostic out;
  out.key = "fabric.planes";
  out.message = fmt::format("a node of {} network links cannot reach {} planes", spec.links_per_node, spec.planes);
  out.hint = "give at most as many planes as links_per_node";
  return out;
}

template <class T>
std::vector<std::string> names_of(const std::vector<T>& rows) {
  std::vector<std::string> out;
  for (const T& row : rows) out.push_back(row.name);
  return out;
}

void borrow(TransferFit& fit) {
  if (fit.efficiency == 0) return;
  fit.provenance = std::max(fit.provenance, Provenance::borrowed);
  fit.log_sigma = std::max(fit.log_sigma, kBorrowedSigma);
}

double distance(const ScaleUpModel& model, BytesPerSecond wanted) { return std::abs(std::log(model.rate / wanted)); }

/// The class called so, or the nearest in rate among those of that link, or among all.
const ScaleUpModel* choose_scale_up(const NetworkCatalog& catalog, const FabricSpec& spec) {
  const ScaleUpModel* best = nullptr;
  bool best_same_link = false;
  for (const ScaleUpModel& model : catalog.scale_up) {
    if (model.name == spec.scale_up) return &model;
    const bool same_link = model.link == spec.scale_up;
    if (!same_link && !spec.scale_up.empty() && spec.scale_up_rate.value() == 0) continue;
    const bool nearer = best == nullptr || same_link > best_same_link ||
                        (same_link == best_same_link && spec.scale_up_rate.value() > 0 &&
                         distance(model, spec.scale_up_rate) < distance(*best, spec.scale_up_rate));
    if (!nearer) continue;
    best = &model;
    best_same_link = same_link;
  }
  return best;
}

}  // namespace

Result<NetworkCatalog> load_network_catalog(const std::filesystem::path& folder) {
  NetworkCatalog out;
  Diagnostics sink;
  read_rows(folder, "scale_up.toml", "scale_up", out.scale_up, sink, read_scale_up);
  read_rows(folder, "scale_out.toml", "scale_out", out.scale_out, sink, read_scale_out);
  read_rows(folder, "parts.toml", "part", out.parts, sink, read_part);
  with_file(folder, "expert_exchange.toml", sink, [&](const TomlTable& file) { out.exchange = read_exchange(file, sink); });
  if (has_errors(sink)) return sink;
  return {std::move(out), std::move(sink)};
}

Result<FabricModel> make_fabric_model(const NetworkCatalog& catalog, const FabricSpec& spec) {
  check(!catalog.scale_up.empty() && !catalog.scale_out.empty(), "an empty network catalog");
  const ScaleUpModel* up = choose_scale_up(catalog, spec);
  if (up == nullptr) return unknown("link class", spec.scale_up, names_of(catalog.scale_up));
  const auto out = std::find_if(catalog.scale_out.begin(), catalog.scale_out.end(),
                                [&](const ScaleOutModel& m) { return spec.scale_out.empty() || m.name == spec.scale_out; });
  if (out == catalog.scale_out.end()) return unknown("network", spec.scale_out, names_of(catalog.scale_out));
  FabricModel model{*up, *out, spec.topology, catalog.exchange};
  model.up.domain = spec.domain;
  const double ratio = spec.scale_up_rate.value() == 0 ? 1 : spec.scale_up_rate / up->rate;
  const bool other_link = !spec.scale_up.empty() && spec.scale_up != up->name && spec.scale_up != up->link;
  if (ratio != 1) model.up.rate = spec.scale_up_rate;
  if (std::abs(ratio - 1) > 0.05 || other_link) std::for_each(model.up.fits.begin(), model.up.fits.end(), borrow);
  model.out.rate = spec.nic_rate;
  if (spec.planes > 0) {
    if (spec.planes > spec.links_per_node) return too_many_planes(spec);
    const double ports = spec.links_per_node / spec.planes;  // of a leaf, that one node takes
    const auto below = [&](int nodes) { return std::max(1, static_cast<int>(nodes / ports)); };
    model.topology.nodes_per_leaf = below(spec.topology.nodes_per_leaf);
    model.topology.nodes_per_pod = below(spec.topology.nodes_per_pod);
  }
  return model;
}

}  // namespace gpufleet::hw
