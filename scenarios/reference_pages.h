// The schema and the metric table as text: the reference pages under docs/, and what `check --explain` prints.
#pragma once

#include <string>
#include <vector>

#include "scenarios/raw_scenario.h"

namespace gpufleet::scenarios {

/// docs/scenario_format.md.
std::string scenario_format_page();
/// docs/metrics.md.
std::string metrics_page();
/// A key with its value as a person reads it, and the line it stands on or, of a default, where that comes from.
struct ExplainedKey {
  std::string key, value, from;
};
/// Every key of the tables that the scenario has.
std::vector<ExplainedKey> explained(const RawScenario& raw);
/// The same as a table.
std::string explain(const RawScenario& raw);

}  // namespace gpufleet::scenarios
