// What a result number means: one table of every metric with its unit, its formula's source and its meaning. Tables, CSV, JSON,
// the reference page docs/metrics.md and the desktop program's tooltips read it from here.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gpufleet::scenarios {

/// error: how `validate` scores a row; `relative` is (predicted - measured) / measured.
struct MetricSpec {
  std::string_view name;
  std::string_view unit;
  std::string_view formula;  ///< equation and where it is published
  std::string_view doc;
};

/// All metrics, in the order in which results show them.
std::span<const MetricSpec> metrics();
/// Null if there is no such metric.
const MetricSpec* find_metric(std::string_view name);
std::vector<std::string> metric_names();
/// Factor from `unit`, as a measured figure may write it ("ms", "TFLOPS"), to the metric's unit; 0 if it does not fit.
double unit_factor(const MetricSpec& metric, std::string_view unit);
/// "step_time_s": the column of a CSV file.
std::string column_name(const MetricSpec& metric);

}  // namespace gpufleet::scenarios
