#include "hwprofiles/reliability.h"

#include <algorithm>
#include <array>

#include "core/check.h"
#include "hwprofiles/toml_document.h"

namespace gpufleet::hw {
namespace {

constexpr std::array kFamilies{Family::volta,  Family::turing,     Family::ampere,       Family::ada,
                               Family::hopper, Family::blackwell,  Family::amd_cdna,     Family::ascend,
                               Family::other,  Family::ampere_rtx, Family::blackwell_rtx};

ReliabilityProfile read_profile(const TomlTable& table, Diagnostics& sink) {
  TableReader reader(table, "profile", sink);
  ReliabilityProfile out;
  out.name = reader.text("name", Presence::required);
  for (const std::string& family : reader.texts("families", Presence::optional)) {
    const auto found = std::find_if(kFamilies.begin(), kFamilies.end(), [&](Family f) { return name(f) == family; });
    if (found == kFamilies.end())
      reader.report("families", "no family is called \"" + family + "\"", {});
    else
      out.families.push_back(*found);
  }
  const auto mean = [&](std::string_view key) { return reader.quantity(key, Dimension::time, {.low = 1}, Presence::optional); };
  out.gpu = mean("gpu");
  out.node = mean("node");
  out.network_switch = mean("switch");
  out.software = mean("software");
  out.planned = mean("planned");
  out.nodes_per_switch =
      reader.has("nodes_per_switch") ? reader.integer("nodes_per_switch", {.low = 1, .high = 4096}, Presence::optional) : 1;
  (void)reader.text("source", Presence::required);
  reader.finish();
  return out;
}

}  // namespace

Result<ReliabilityTable> load_reliability(const std::filesystem::path& file) {
  const Result<TomlTable> document = read_toml(file);
  if (!document) return document.diagnostics();
  Diagnostics sink;
  TableReader reader(*document, "", sink);
  ReliabilityTable out;
  const auto seconds = [&](std::string_view key) { return reader.quantity(key, Dimension::time, {}, Presence::required); };
  out.detection = seconds("detection");
  out.launch = seconds("launch");
  out.group_setup_per_gpu = seconds("group_setup_per_gpu");
  out.repair = seconds("repair");
  out.switch_repair = seconds("switch_repair");
  out.storage_per_gpu =
      BytesPerSecond(reader.quantity("storage_per_gpu", Dimension::bytes_per_second, {.low = 1}, Presence::required));
  out.host_update_rate = reader.quantity("host_update_rate", Dimension::none, {.low = 1}, Presence::required);
  (void)reader.text("source", Presence::required);
  for (const TomlTable* row : reader.tables("profile", Presence::required)) out.profiles.push_back(read_profile(*row, sink));
  reader.finish();
  if (has_errors(sink)) return sink;
  return out;
}

const ReliabilityProfile* find_reliability(const ReliabilityTable& table, std::string_view name) {
  const auto found = std::find_if(table.profiles.begin(), table.profiles.end(), [&](const auto& p) { return p.name == name; });
  return found == table.profiles.end() ? nullptr : &*found;
}

const ReliabilityProfile& usual_reliability(const ReliabilityTable& table, const Accelerator& accelerator) {
  check(!table.profiles.empty(), "a reliability table holds a profile");
  for (const ReliabilityProfile& profile : table.profiles)
    if (std::find(profile.families.begin(), profile.families.end(), accelerator.family) != profile.families.end()) return profile;
  return table.profiles.front();
}

}  // namespace gpufleet::hw
