// The [plan] part of a scenario, checked.
#pragma once

#include "scenarios/catalogs.h"
#include "scenarios/horizon_spec.h"
#include "scenarios/plan_spec.h"
#include "scenarios/typed_table.h"

namespace gpufleet::scenarios {

/// Adds its problems to `sink` and returns what could be read. `horizon` gives the loads, campaigns and months.
PlanSpec read_plan(const TypedTable& plan, const FleetSpec& fleet, const HorizonSpec& horizon, const Catalogs& catalogs,
                   Diagnostics& sink);

}  // namespace gpufleet::scenarios
