// A fleet's totals as the metrics that every sink shows.
#pragma once

#include "core/result.h"
#include "scenarios/plan_fleet.h"
#include "scenarios/run_result.h"

namespace gpufleet::scenarios {

/// Fills metrics (gpus, tpp_total, capex, power …), breakdown, the table of purchases with their legal status, and warnings.
Diagnostics run_fleet(const FleetSpec& spec, const Catalogs& catalogs, RunResult& result);

}  // namespace gpufleet::scenarios
