#include "scenarios/report/read_result.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <optional>

#include "hwprofiles/toml_depth.h"
#include "scenarios/metrics.h"

namespace gpufleet::scenarios {
namespace {

using Json = nlohmann::json;

Estimate estimate_of(const Json& item) {
  const auto number = [&](const char* key, double otherwise) {
    const auto found = item.find(key);
    return found != item.end() && found->is_number() ? found->get<double>() : otherwise;
  };
  const double value = number("value", 0);
  return {value, number("low", value), number("high", value)};
}

hw::Provenance provenance_of(const std::string& word) {
  for (const hw::Provenance p : {hw::Provenance::measured, hw::Provenance::borrowed})
    if (hw::name(p) == word) return p;
  return hw::Provenance::datasheet;
}

void read_tables(const Json& json, RunResult& out) {
  for (const Json& item : json.value("tables", Json::array())) {
    ResultTable table;
    table.name = item.value("name", "");
    for (const Json& column : item.at("columns")) {
      TableColumn read;
      read.name = column.value("name", "");
      read.unit = column.value("unit", "");
      table.columns.push_back(std::move(read));
    }
    for (const Json& row : item.at("rows")) {
      std::vector<TableCell> cells;
      for (const Json& cell : row) {
        if (cell.is_number())
          cells.emplace_back(cell.get<double>());
        else
          cells.emplace_back(cell.is_string() ? cell.get<std::string>() : std::string());
      }
      cells.resize(table.columns.size());
      table.rows.push_back(std::move(cells));
    }
    out.tables.push_back(std::move(table));
  }
}

// The figures that the scenario holds itself against.
void read_published(const Json& scenario, RunResult& out) {
  if (!scenario.is_object()) return;
  for (const Json& item : scenario.value("measured", Json::array())) {
    if (!item.is_object()) continue;
    const auto text = [&](const char* key) {
      const auto found = item.find(key);
      return found != item.end() && found->is_string() ? found->get<std::string>() : std::string();
    };
    const auto number = [&](const char* key) {
      const auto found = item.find(key);
      return found != item.end() && found->is_number() ? std::optional(found->get<double>()) : std::nullopt;
    };
    const MetricSpec* metric = find_metric(text("metric"));
    if (metric == nullptr || unit_factor(*metric, text("unit")) == 0) continue;
    out.measured.push_back({.id = text("id"),
                            .metric = text("metric"),
                            .unit = text("unit"),
                            .source = text("source"),
                            .locator = text("locator"),
                            .note = text("note"),
                            .value = number("value").value_or(0),
                            .tolerance = number("tolerance")});
  }
}

RunResult read_one(const Json& json, const std::string& name) {
  RunResult out;
  out.scenario_name = name;
  const Json& scenario = json.at("scenario");
  out.scenario_json = scenario.dump();
  if (scenario.contains("title") && scenario["title"].is_string()) out.title = scenario["title"].get<std::string>();
  out.scenario_hash = json.at("scenario_hash").get<std::string>();
  out.seed = json.at("seed").get<std::uint64_t>();
  out.version = json.at("version").get<std::string>();
  for (const Json& item : json.at("metrics")) {
    const auto metric = item.at("name").get<std::string>();
    if (find_metric(metric) == nullptr) {
      out.warnings.push_back(fmt::format("the metric \"{}\" is unknown to this version and left out", metric));
      continue;
    }
    out.metrics.push_back({metric, estimate_of(item), provenance_of(item.value("provenance", ""))});
  }
  for (const Json& item : json.at("breakdown"))
    out.breakdown.push_back({item.value("name", ""), item.value("unit", ""), estimate_of(item).value});
  read_tables(json, out);
  read_published(scenario, out);
  for (const Json& warning : json.value("warnings", Json::array()))
    if (warning.is_string()) out.warnings.push_back(warning.get<std::string>());
  return out;
}

}  // namespace

Result<std::vector<RunResult>> read_results(const std::string& text, const std::string& name) {
  try {
    if (hw::deeper_than(text, hw::kDeepestToml)) throw std::invalid_argument("it nests too deeply");
    const Json json = Json::parse(text);
    std::vector<RunResult> out;
    if (json.is_array()) {
      for (const Json& item : json) out.push_back(read_one(item, name));
    } else {
      out.push_back(read_one(json, name));
    }
    if (out.empty()) throw std::invalid_argument("the list of results is empty");
    return out;
  } catch (const std::exception& error) {
    return Diagnostic{.where = {name, 0, 0},
                      .key = {},
                      .message = fmt::format("is not a result as `gpufleet run --format json` writes it: {}", error.what()),
                      .hint = {}};
  }
}

}  // namespace gpufleet::scenarios
