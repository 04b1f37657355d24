#include <fmt/format.h>

#include "scenarios/metrics.h"
#include "scenarios/output/json_writer.h"
#include "scenarios/output/run_text.h"

namespace gpufleet::scenarios {
namespace {

void write(JsonWriter& json, const RunResult& result) {
  json.begin_object();
  json.key("scenario").raw(result.scenario_json);
  json.key("scenario_hash").text(result.scenario_hash);
  json.key("seed").raw(fmt::format("{}", result.seed));
  json.key("version").text(result.version);
  json.key("metrics").begin_array();
  for (const MetricValue& metric : result.metrics) {
    const MetricSpec* spec = find_metric(metric.name);
    json.begin_object();
    json.key("name")
        .text(metric.name)
        .key("value")
        .number(metric.estimate.value)
        .key("unit")
        .text(spec == nullptr ? "" : spec->unit);
    json.key("low").number(metric.estimate.low).key("high").number(metric.estimate.high);
    json.key("provenance").text(hw::name(metric.provenance)).key("formula").text(spec == nullptr ? "" : spec->formula);
    json.end_object();
  }
  json.end_array();
  json.key("breakdown").begin_array();
  for (const BreakdownItem& item : result.breakdown)
    json.begin_object().key("name").text(item.name).key("value").number(item.value).key("unit").text(item.unit).end_object();
  json.end_array();
  if (!result.tables.empty()) {
    json.key("tables").begin_array();
    for (const ResultTable& table : result.tables) {
      json.begin_object().key("name").text(table.name).key("columns").begin_array();
      for (const TableColumn& column : table.columns)
        json.begin_object().key("name").text(column.name).key("unit").text(column.unit).end_object();
      json.end_array().key("rows").begin_array();
      for (const auto& row : table.rows) {
        json.begin_array();
        for (const TableCell& cell : row) {
          if (const auto* text = std::get_if<std::string>(&cell))
            json.text(*text);
          else
            json.number(std::get<double>(cell));
        }
        json.end_array();
      }
      json.end_array().end_object();
    }
    json.end_array();
  }
  json.key("warnings").begin_array();
  for (const std::string& warning : result.warnings) json.text(warning);
  json.end_array();
  json.end_object();
}

}  // namespace

std::string to_json(std::span<const RunResult> results) {
  JsonWriter json(JsonWriter::Layout::indented);
  if (results.size() == 1) {
    write(json, results.front());
  } else {
    json.begin_array();
    for (const RunResult& result : results) write(json, result);
    json.end_array();
  }
  return json.str() + "\n";
}

}  // namespace gpufleet::scenarios
