#include "scenarios/catalogs.h"

#include "models/catalog.h"
#include "scenarios/chip_data.h"
#include "scenarios/serving_engines.h"

namespace gpufleet::scenarios {

Result<Catalogs> load_catalogs(const DataPaths& data) {
  Diagnostics problems;
  const auto take = [&](auto result, auto& into) {
    problems.insert(problems.end(), result.diagnostics().begin(), result.diagnostics().end());
    if (result) into = std::move(result).value();
  };
  Catalogs out;
  take(load_chips(data), out.accelerators);
  if (!has_errors(problems)) take(hw::load_nodes(data.hardware / "nodes", out.accelerators), out.nodes);
  take(models::load_architectures(data.models), out.architectures);
  take(load_engines(data.scenarios / "engines.toml"), out.engines);
  take(hw::load_prices(data.hardware / "prices.toml"), out.prices);
  take(hw::load_export_rules(data.hardware / "export_rules.toml"), out.rules);
  out.data = data;
  if (has_errors(problems)) return problems;
  return out;
}

std::vector<std::string> accelerator_names(const Catalogs& catalogs) {
  std::vector<std::string> names;
  for (const hw::Accelerator& accelerator : catalogs.accelerators) {
    names.push_back(accelerator.name);
    names.insert(names.end(), accelerator.aliases.begin(), accelerator.aliases.end());
  }
  return names;
}

std::vector<std::string> node_names(const Catalogs& catalogs) {
  std::vector<std::string> names;
  for (const hw::NodeType& node : catalogs.nodes) names.push_back(node.name);
  return names;
}

}  // namespace gpufleet::scenarios
