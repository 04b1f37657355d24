// The [training.rl] part of a scenario, checked.
#pragma once

#include <vector>

#include "core/diagnostics.h"
#include "scenarios/rl_spec.h"
#include "scenarios/scenario.h"
#include "scenarios/typed_table.h"

namespace gpufleet::scenarios {

/// Adds its problems to `sink` and returns what could be read.
RlSpec read_rl(const TypedTable& rl, const std::vector<PoolSpec>& pools, const models::Architecture& architecture,
               Diagnostics& sink);

}  // namespace gpufleet::scenarios
