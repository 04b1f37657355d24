// The [serving] part of a scenario, checked.
#pragma once

#include <filesystem>
#include <span>
#include <vector>

#include "core/diagnostics.h"
#include "scenarios/scenario.h"
#include "scenarios/serving_spec.h"
#include "scenarios/typed_table.h"

namespace gpufleet::scenarios {

/// Adds its problems to `sink` and returns what could be read. Traces are read from `folder`.
ServingSpec read_serving(const TypedTable& serving, const std::vector<PoolSpec>& fleet, const models::Architecture& architecture,
                         std::span<const sim::ServingEngine> engines, const std::filesystem::path& folder, Diagnostics& sink);

}  // namespace gpufleet::scenarios
