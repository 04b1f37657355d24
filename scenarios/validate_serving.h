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

/// Adds a warning for each pool whose chip has no units for the format of its weights. `spec` is what read_serving made of
/// `serving`.
void check_formats(const TypedTable& serving, const ServingSpec& spec, const std::vector<PoolSpec>& fleet,
                   std::span<const hw::Accelerator> chips, Diagnostics& sink);

}  // namespace gpufleet::scenarios
