#include "scenarios/report/background.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "hwprofiles/accelerator_catalog.h"
#include "scenarios/report/scenario_toml.h"
#include "scenarios/schema_check.h"
#include "scenarios/text_file.h"
#include "scenarios/toml_reader.h"

namespace gpufleet::scenarios {
namespace {

void add_files_of(const RawValue& value, std::vector<std::string>& files) {
  const std::string& file = value.where.file;
  if (!file.empty() && value.where.line > 0 && std::ranges::find(files, file) == files.end()) files.push_back(file);
  if (const RawTable* table = value.table())
    for (const RawMember& member : table->members) add_files_of(member.value, files);
  if (const RawArray* items = value.array())
    for (const RawValue& item : *items) add_files_of(item, files);
}

// "/usr/share/gpufleet/scenarios/defaults/a.toml" is "scenarios/defaults/a.toml".
std::string without_root(const std::string& file, const DataPaths& data) {
  const std::string root = data.scenarios.parent_path().generic_string() + "/";
  return root.size() > 1 && file.starts_with(root) ? file.substr(root.size()) : file;
}

std::string sources_text(const std::string& source, const std::vector<std::string>& soft) {
  return soft.empty() ? source : fmt::format("{} (recalled, not read: {})", source, fmt::join(soft, ", "));
}

// Published figures are held against results; they are no inputs.
std::vector<ExplainedKey> assumptions_of(const RawScenario& raw) {
  std::vector<ExplainedKey> out = explained(raw);
  std::erase_if(out, [](const ExplainedKey& key) { return key.key.starts_with("measured["); });
  return out;
}

void add_catalog(const Scenario& scenario, const Catalogs& catalogs, std::vector<ExplainedKey>& out) {
  std::set<std::string> chips, nodes;
  for (const PoolSpec& pool : scenario.pools) chips.insert(pool.accelerator), nodes.insert(pool.node);
  if (scenario.fleet)
    for (const LotSpec& lot : scenario.fleet->lots) chips.insert(lot.accelerator);
  const models::Architecture& model = scenario.architecture;
  if (!model.source.empty()) out.push_back({"model", model.name, sources_text(model.source, model.soft)});
  for (const std::string& name : chips)
    if (const Result<hw::Accelerator> chip = hw::find_accelerator(catalogs.accelerators, name))
      out.push_back({"accelerator", chip->name, sources_text(chip->source, chip->soft)});
  for (const std::string& name : nodes)
    if (const Result<hw::NodeType> node = hw::find_node(catalogs.nodes, name); node && !node->source.empty())
      out.push_back({"node", node->name, node->source});
}

}  // namespace

Background background_of(const RawScenario& raw, const Scenario& scenario, const Catalogs& catalogs,
                         std::span<const std::string> overrides) {
  Background out;
  out.overrides.assign(overrides.begin(), overrides.end());
  std::vector<std::string> files{raw.name};
  for (const RawMember& member : raw.root.members) add_files_of(member.value, files);
  for (const std::string& file : files)
    if (Result<std::string> text = read_text_file(file, file))
      out.files.push_back({without_root(file, catalogs.data), std::move(text).value()});
  out.keys = assumptions_of(raw);
  for (ExplainedKey& key : out.keys) key.from = without_root(key.from, catalogs.data);
  add_catalog(scenario, catalogs, out.catalog);
  return out;
}

Background background_of(const RunResult& stored) {
  Background out;
  out.text = Background::Text::resolved;
  out.files.push_back({stored.scenario_name, scenario_toml(stored.scenario_json)});
  if (Result<RawTable> root = parse_toml(out.files.front().text, ""); root && check_against_schema(*root, "").empty()) {
    out.keys = assumptions_of({stored.scenario_name, {}, std::move(root).value()});
    // A resolved scenario does not tell what was written and what was a default.
    for (ExplainedKey& key : out.keys)
      if (key.from.starts_with(':')) key.from.clear();
  }
  return out;
}

}  // namespace gpufleet::scenarios
