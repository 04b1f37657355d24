// The schema and the metric table as text: the reference pages under docs/, and what `check --explain` prints.
#pragma once

#include <string>

#include "scenarios/raw_scenario.h"

namespace gpufleet::scenarios {

/// docs/scenario_format.md.
std::string scenario_format_page();
/// docs/metrics.md.
std::string metrics_page();
/// Every key of the tables that the scenario has: its value and the line it stands on, or its default and where that comes from.
std::string explain(const RawScenario& raw);

}  // namespace gpufleet::scenarios
