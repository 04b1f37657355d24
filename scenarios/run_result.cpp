#include "scenarios/run_result.h"

#include <algorithm>

namespace gpufleet::scenarios {

const MetricValue* find_metric(const RunResult& result, std::string_view name) {
  const auto it =
      std::find_if(result.metrics.begin(), result.metrics.end(), [&](const MetricValue& metric) { return metric.name == name; });
  return it == result.metrics.end() ? nullptr : &*it;
}

std::string_view program_version() { return GPUFLEET_VERSION; }

}  // namespace gpufleet::scenarios
