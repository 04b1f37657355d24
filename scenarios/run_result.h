// What a run gives, as a value: metrics with interval and provenance, the parts they are made of, warnings. Sinks (table, CSV,
// JSON, store, desktop program) take it whole.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/statistics.h"
#include "hwprofiles/kernel_time.h"
#include "scenarios/scenario.h"

namespace gpufleet::scenarios {

struct MetricValue {
  std::string name;   ///< of the table in metrics.h
  Estimate estimate;  ///< in the metric's unit; low and high are the 10 % and 90 % quantiles
  hw::Provenance provenance = hw::Provenance::datasheet;
  friend bool operator==(const MetricValue&, const MetricValue&) = default;
};

struct BreakdownItem {
  std::string name, unit;
  double value = 0;
  friend bool operator==(const BreakdownItem&, const BreakdownItem&) = default;
};

/// Figures over months, purchases, verdicts: shown as a table, written as a CSV file of its own.
using TableCell = std::variant<std::string, double>;
struct TableColumn {
  std::string name, unit;  ///< unit empty for words and plain counts
  /// Whether a comparison of scenarios shows this column of all of them side by side.
  enum class Compared : std::uint8_t { no, yes } compared = Compared::no;
  friend bool operator==(const TableColumn&, const TableColumn&) = default;
};
struct ResultTable {
  std::string name;
  std::vector<TableColumn> columns;
  std::vector<std::vector<TableCell>> rows;  ///< one cell a column
  friend bool operator==(const ResultTable&, const ResultTable&) = default;
};

struct RunResult {
  std::string title;
  std::string scenario_name;  ///< file
  std::string scenario_json;  ///< canonical text
  std::string scenario_hash;
  std::uint64_t seed = 1;
  std::string version;
  std::vector<MetricValue> metrics;  ///< in the order of the metric table
  std::vector<BreakdownItem> breakdown;
  std::vector<ResultTable> tables;
  std::vector<std::string> warnings;
  std::vector<MeasuredFigure> measured;  ///< published figures to show beside
  friend bool operator==(const RunResult&, const RunResult&) = default;
};

/// Null if the run did not give it.
const MetricValue* find_metric(const RunResult& result, std::string_view name);

/// Version of the program, "0.1.0".
std::string_view program_version();

}  // namespace gpufleet::scenarios
