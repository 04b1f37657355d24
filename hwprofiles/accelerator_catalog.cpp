#include "hwprofiles/accelerator_catalog.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "hwprofiles/catalog_name.h"
#include "hwprofiles/toml_document.h"

namespace gpufleet::hw {
namespace {

constexpr std::array<std::string_view, 11> kFamilies{"volta",    "turing", "ampere", "ada",        "hopper",       "blackwell",
                                                     "amd_cdna", "ascend", "other",  "ampere_rtx", "blackwell_rtx"};
constexpr std::array<std::string_view, 2> kMarkets{"data-centre", "consumer"};
constexpr std::array kDtypes{Dtype::fp64, Dtype::fp32, Dtype::tf32, Dtype::bf16, Dtype::fp16,
                             Dtype::fp8,  Dtype::int8, Dtype::fp4,  Dtype::int4};
constexpr Presence kRequired = Presence::required;
constexpr Presence kOptional = Presence::optional;
constexpr Range kPositive{.low = 1e-9};
constexpr Range kAny{};

Bytes whole_bytes(double value) { return Bytes(std::llround(value)); }

void read_peak(TableReader& chip, Diagnostics& sink, Accelerator& out) {
  const TomlTable* table = chip.table("peak", kOptional);
  if (table == nullptr) return;
  TableReader peak(*table, chip.path_of("peak"), sink);
  for (const Dtype dtype : kDtypes)
    out.peak_flops[static_cast<std::size_t>(dtype)] =
        peak.quantity(name(dtype), Dimension::flops_per_second, kPositive, kOptional);
  peak.finish();
}

void read_links(TableReader& chip, Diagnostics& sink, Accelerator& out) {
  if (const TomlTable* table = chip.table("scaleup", kOptional)) {
    TableReader link(*table, chip.path_of("scaleup"), sink);
    out.scaleup_link = link.text("link", kRequired);
    out.scaleup_bandwidth = BytesPerSecond(link.quantity("bandwidth", Dimension::bytes_per_second, kPositive, kOptional));
    link.finish();
  }
  if (const TomlTable* table = chip.table("pcie", kOptional)) {
    TableReader pcie(*table, chip.path_of("pcie"), sink);
    out.pcie_generation = pcie.integer("generation", {.low = 1, .high = 9}, kRequired);
    out.pcie_bandwidth = BytesPerSecond(pcie.quantity("bandwidth", Dimension::bytes_per_second, kPositive, kRequired));
    pcie.finish();
  }
  out.nic_bandwidth = BytesPerSecond(chip.quantity("nic", Dimension::bytes_per_second, kPositive, kOptional));
}

void read_export(TableReader& chip, Diagnostics& sink, Accelerator& out) {
  const TomlTable* table = chip.table("export", kRequired);
  if (table == nullptr) return;
  TableReader facts(*table, chip.path_of("export"), sink);
  out.market = facts.choice("market", kMarkets, kRequired) == 1 ? Market::consumer : Market::data_centre;
  out.designer = facts.text("designer", kRequired);
  out.applicable_die_area_mm2 = facts.quantity("applicable_die_area", Dimension::area, kPositive, kOptional);
  out.tpp = facts.quantity("tpp", Dimension::none, kPositive, kOptional);
  out.performance_density = facts.quantity("performance_density", Dimension::none, kPositive, kOptional);
  out.tpp_bound = facts.quantity("tpp_bound", Dimension::none, kPositive, kOptional);
  facts.finish();
}

// Every `soft` entry must name a key of the file, dotted for those inside a table.
void check_soft(TableReader& chip, const Accelerator& out) {
  for (const std::string& entry : out.soft) {
    const TomlTable* table = &chip.source();
    std::string_view key = entry;
    if (const std::size_t dot = entry.find('.'); dot != std::string::npos) {
      const TomlValue* outer = table->find(key.substr(0, dot));
      table = outer == nullptr ? nullptr : outer->table();
      key.remove_prefix(dot + 1);
    }
    const bool found = table != nullptr && (table->find(key) != nullptr || key == "applicable_die_area");
    if (!found) chip.report("soft", fmt::format("names \"{}\", which this file does not set", entry), "");
  }
}

Accelerator read_accelerator(const TomlTable& table, Diagnostics& sink) {
  TableReader chip(table, "", sink);
  Accelerator out;
  out.name = chip.text("name", kRequired);
  out.aliases = chip.texts("aliases", kOptional);
  out.vendor = chip.text("vendor", kRequired);
  out.architecture = chip.text("architecture", kRequired);
  const std::size_t family = chip.choice("family", kFamilies, kRequired);
  out.family = family < kFamilies.size() ? static_cast<Family>(family) : Family::other;
  out.process = chip.text("process", kOptional);
  out.release_date = chip.date("released", kOptional);
  out.die_area_mm2 = chip.quantity("die_area", Dimension::area, kPositive, kOptional);
  out.sm_count = chip.integer("sm_count", {.low = 1, .high = 100000}, kOptional);
  out.boost_hz = chip.quantity("boost", Dimension::frequency, kPositive, kOptional);
  read_peak(chip, sink, out);
  out.memory = whole_bytes(chip.quantity("memory", Dimension::bytes, {.low = 1e6, .high = 1e15}, kRequired));
  out.usable_memory = whole_bytes(chip.quantity("usable_memory", Dimension::bytes, {.low = 1e6, .high = 1e15}, kOptional));
  // Printed gigabytes are binary in the module, so taking them as decimal where the driver's figure is unknown errs low.
  if (out.usable_memory.value() == 0) out.usable_memory = out.memory;
  out.memory_type = chip.text("memory_type", kOptional);
  out.memory_bandwidth = BytesPerSecond(chip.quantity("bandwidth", Dimension::bytes_per_second, kPositive, kOptional));
  out.l2 = whole_bytes(chip.quantity("l2", Dimension::bytes, {.low = 0, .high = 1e12}, kOptional));
  read_links(chip, sink, out);
  out.tdp = Watts(chip.quantity("tdp", Dimension::power, kAny, kOptional));
  out.idle_power = Watts(chip.quantity("idle_power", Dimension::power, kAny, kOptional));
  read_export(chip, sink, out);
  out.source = fmt::format("{}", fmt::join(chip.texts("sources", kRequired), "; "));
  out.notes = chip.text("notes", kOptional);
  out.soft = chip.texts("soft", kOptional);
  check_soft(chip, out);
  chip.finish();
  return out;
}

void check_names(const std::vector<Accelerator>& catalog, const std::vector<std::string>& files, Diagnostics& sink) {
  std::map<std::string, std::size_t> owner;
  for (std::size_t i = 0; i < catalog.size(); ++i) {
    std::vector<std::string> names = catalog[i].aliases;
    names.push_back(catalog[i].name);
    for (const std::string& name : names) {
      const auto [entry, fresh] = owner.emplace(catalog_key(name), i);
      if (fresh || entry->second == i) continue;
      Diagnostic out;
      out.where.file = files[i];
      out.key = "aliases";
      out.message = fmt::format("\"{}\" already names {}", name, catalog[entry->second].name);
      sink.push_back(std::move(out));
    }
  }
}

const Accelerator* look_up(std::span<const Accelerator> catalog, const std::string& key) {
  const auto same = [&](const std::string& name) { return catalog_key(name) == key; };
  for (const Accelerator& chip : catalog)
    if (same(chip.name) || std::any_of(chip.aliases.begin(), chip.aliases.end(), same)) return &chip;
  return nullptr;
}

}  // namespace

std::string_view name(Family family) { return kFamilies[static_cast<std::size_t>(family)]; }

Result<std::vector<Accelerator>> load_accelerators(const std::filesystem::path& folder) {
  const Result<std::vector<std::filesystem::path>> paths = toml_files(folder);
  if (!paths) return paths.diagnostics();
  Diagnostics sink;
  std::vector<Accelerator> out;
  std::vector<std::string> files;
  for (const std::filesystem::path& path : *paths) {
    const Result<TomlTable> table = read_toml(path);
    if (!table) {
      sink.insert(sink.end(), table.diagnostics().begin(), table.diagnostics().end());
      continue;
    }
    out.push_back(read_accelerator(*table, sink));
    files.push_back(path.generic_string());
  }
  check_names(out, files, sink);
  if (has_errors(sink)) return sink;
  return Result<std::vector<Accelerator>>(std::move(out), std::move(sink));
}

Result<Accelerator> load_accelerator(const std::filesystem::path& file) {
  const Result<TomlTable> table = read_toml(file);
  if (!table) return table.diagnostics();
  Diagnostics sink;
  Accelerator out = read_accelerator(*table, sink);
  if (has_errors(sink)) return sink;
  return Result<Accelerator>(std::move(out), std::move(sink));
}

Result<Accelerator> find_accelerator(std::span<const Accelerator> catalog, std::string_view name) {
  if (const Accelerator* chip = look_up(catalog, catalog_key(name))) return *chip;
  if (const Accelerator* chip = look_up(catalog, catalog_key(without_remark(name)))) return *chip;
  std::vector<std::string> names;
  for (const Accelerator& chip : catalog) {
    names.push_back(chip.name);
    names.insert(names.end(), chip.aliases.begin(), chip.aliases.end());
  }
  Diagnostic out;
  out.message = fmt::format("no accelerator is called \"{}\"", name.substr(0, 80));
  out.hint = did_you_mean(name, names);
  return out;
}

}  // namespace gpufleet::hw
