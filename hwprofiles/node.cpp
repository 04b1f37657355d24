#include "hwprofiles/node.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>
#include <array>
#include <cmath>

#include "hwprofiles/accelerator_catalog.h"
#include "hwprofiles/catalog_name.h"
#include "hwprofiles/toml_document.h"

namespace gpufleet::hw {
namespace {

constexpr std::array<std::string_view, 4> kScaleUps{"switched", "direct", "pcie", "none"};
constexpr Presence kRequired = Presence::required;
constexpr Presence kOptional = Presence::optional;
// Eight of a chip: around a switch where it has links of its own.
constexpr std::string_view kLinked = "HGX-8", kUnlinked = "PCIe-8";

NodeType read_node(const TomlTable& table, std::span<const Accelerator> catalog, Diagnostics& sink) {
  TableReader node(table, "", sink);
  NodeType out;
  out.name = node.text("name", kRequired);
  out.aliases = node.texts("aliases", kOptional);
  out.accelerators = node.integer("accelerators", {.low = 1, .high = 1024}, kRequired);
  const std::size_t scaleup = node.choice("scaleup", kScaleUps, kRequired);
  out.scaleup = scaleup < kScaleUps.size() ? static_cast<ScaleUp>(scaleup) : ScaleUp::none;
  out.scaleup_domain = node.integer("scaleup_domain", {.low = 1, .high = 65536}, kRequired);
  if (out.scaleup != ScaleUp::switched && out.scaleup_domain > out.accelerators)
    node.report("scaleup_domain",
                fmt::format("is {}, but without switches at most the box's {} accelerators are joined", out.scaleup_domain,
                            out.accelerators),
                "");
  out.nics = node.integer("nics", {.low = 0, .high = 1024}, kRequired);
  const Presence rate = out.nics > 0 ? kRequired : kOptional;
  out.nic_bandwidth = BytesPerSecond(node.quantity("nic_rate", Dimension::bytes_per_second, {.low = 1e6}, rate));
  out.storage_bandwidth = BytesPerSecond(node.quantity("storage_rate", Dimension::bytes_per_second, {.low = 1e6}, kOptional));
  out.pcie_generation = node.integer("pcie_generation", {.low = 1, .high = 9}, kOptional);
  out.host_power = Watts(node.quantity("host_power", Dimension::power, {.low = 0, .high = 1e6}, kRequired));
  out.host_memory = Bytes(std::llround(node.quantity("host_memory", Dimension::bytes, {.low = 0, .high = 1e15}, kOptional)));
  for (const std::string& chip : node.texts("chips", kOptional)) {
    const Result<Accelerator> found = find_accelerator(catalog, chip);
    if (found)
      out.chips.push_back(found->name);
    else
      node.report("chips", found.diagnostics().front().message, found.diagnostics().front().hint);
  }
  out.source = fmt::format("{}", fmt::join(node.texts("sources", kRequired), "; "));
  out.notes = node.text("notes", kOptional);
  out.soft = node.texts("soft", kOptional);
  node.finish();
  return out;
}

}  // namespace

std::string_view name(ScaleUp scaleup) { return kScaleUps[static_cast<std::size_t>(scaleup)]; }

Result<std::vector<NodeType>> load_nodes(const std::filesystem::path& folder, std::span<const Accelerator> catalog) {
  const Result<std::vector<std::filesystem::path>> paths = toml_files(folder);
  if (!paths) return paths.diagnostics();
  Diagnostics sink;
  std::vector<NodeType> out;
  for (const std::filesystem::path& path : *paths) {
    const Result<TomlTable> table = read_toml(path);
    if (table)
      out.push_back(read_node(*table, catalog, sink));
    else
      sink.insert(sink.end(), table.diagnostics().begin(), table.diagnostics().end());
  }
  if (has_errors(sink)) return sink;
  return out;
}

Result<NodeType> find_node(std::span<const NodeType> nodes, std::string_view name) {
  const std::string key = catalog_key(name);
  const auto same = [&](const std::string& candidate) { return catalog_key(candidate) == key; };
  std::vector<std::string> names;
  for (const NodeType& node : nodes) {
    if (same(node.name) || std::any_of(node.aliases.begin(), node.aliases.end(), same)) return node;
    names.push_back(node.name);
    names.insert(names.end(), node.aliases.begin(), node.aliases.end());
  }
  Diagnostic out;
  out.message = fmt::format("no node type is called \"{}\"", name.substr(0, 80));
  out.hint = did_you_mean(name, names);
  return out;
}

Result<NodeType> usual_node(std::span<const NodeType> nodes, const Accelerator& chip) {
  for (const NodeType& node : nodes)
    if (std::find(node.chips.begin(), node.chips.end(), chip.name) != node.chips.end()) return node;
  return find_node(nodes, chip.scaleup_bandwidth > chip.pcie_bandwidth ? kLinked : kUnlinked);
}

}  // namespace gpufleet::hw
