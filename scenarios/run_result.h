// What a run gives, as a value: metrics with interval and provenance, the parts they are made of, warnings. Sinks (table, CSV,
// JSON, store, desktop program) take it whole.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
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

struct RunResult {
  std::string title;
  std::string scenario_name;  ///< file
  std::string scenario_json;  ///< canonical text
  std::string scenario_hash;
  std::uint64_t seed = 1;
  std::string version;
  std::vector<MetricValue> metrics;  ///< in the order of the metric table
  std::vector<BreakdownItem> breakdown;
  std::vector<std::string> warnings;
  std::vector<MeasuredFigure> measured;  ///< published figures to show beside
  friend bool operator==(const RunResult&, const RunResult&) = default;
};

/// Null if the run did not give it.
const MetricValue* find_metric(const RunResult& result, std::string_view name);

/// Version of the program, "0.1.0".
std::string_view program_version();

}  // namespace gpufleet::scenarios
