#include <fmt/format.h>
#include <algorithm>
#include <cmath>

#include "hwprofiles/csv.h"
#include "scenarios/metrics.h"
#include "scenarios/output/run_text.h"

namespace gpufleet::scenarios {

std::string to_csv(std::span<const RunResult> results) {
  std::vector<const MetricSpec*> columns;
  for (const MetricSpec& metric : metrics())
    if (std::any_of(results.begin(), results.end(), [&](const RunResult& r) { return find_metric(r, metric.name) != nullptr; }))
      columns.push_back(&metric);
  std::string out = "scenario,title,scenario_hash,seed,version";
  for (const MetricSpec* metric : columns) {
    const std::string name = column_name(*metric);
    out += fmt::format(",{0},{0}_low,{0}_high", name);
  }
  const bool notice = std::any_of(results.begin(), results.end(), [](const RunResult& r) { return !notice_of(r).empty(); });
  if (notice) out += ",notice";
  out += '\n';
  for (const RunResult& result : results) {
    hw::append_csv_text(out, result.scenario_name);
    out += ',';
    hw::append_csv_text(out, result.title);
    out += fmt::format(",{},{},{}", result.scenario_hash, result.seed, result.version);
    for (const MetricSpec* metric : columns) {
      const MetricValue* value = find_metric(result, metric->name);
      const auto field = [&](double number) {
        out += value == nullptr || !std::isfinite(number) ? "," : fmt::format(",{}", number);
      };
      const Estimate estimate = value == nullptr ? Estimate{} : value->estimate;
      field(estimate.value);
      field(estimate.low);
      field(estimate.high);
    }
    if (notice) out += ',', hw::append_csv_text(out, notice_of(result));
    out += '\n';
  }
  return out;
}

}  // namespace gpufleet::scenarios
