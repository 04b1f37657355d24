// The [training.failures] part of a scenario, checked.
#pragma once

#include <vector>

#include "core/diagnostics.h"
#include "scenarios/failures_spec.h"
#include "scenarios/scenario.h"
#include "scenarios/typed_table.h"

namespace gpufleet::scenarios {

/// Adds its problems to `sink` and returns what could be read. A trace's path is relative to the file that names it.
FailureSpec read_failures(const TypedTable& failures, const std::vector<PoolSpec>& pools, Diagnostics& sink);

}  // namespace gpufleet::scenarios
