// The [horizon] part of a scenario, checked.
#pragma once

#include "scenarios/catalogs.h"
#include "scenarios/horizon_spec.h"
#include "scenarios/typed_table.h"

namespace gpufleet::scenarios {

/// Adds its problems to `sink` and returns what could be read; scenario files are named, not read.
HorizonSpec read_horizon(const TypedTable& horizon, const FleetSpec& fleet, const Catalogs& catalogs,
                         const std::filesystem::path& folder, Diagnostics& sink);

}  // namespace gpufleet::scenarios
