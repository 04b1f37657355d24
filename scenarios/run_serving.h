// A serving scenario simulated: from a ServingSpec to the metrics and breakdown that every sink shows.
#pragma once

#include "core/result.h"
#include "core/run_control.h"
#include "scenarios/plan_serving.h"
#include "scenarios/run_result.h"

namespace gpufleet::scenarios {

/// `scenario` must have a serving part. Adds metrics (names of INTERFACE: output_tokens_per_second, ttft_p50 …), breakdown and
/// warnings to `result`. Intervals: the same workload on kernels and links that are faster and slower by their spread.
Diagnostics run_serving(const Scenario& scenario, const Catalogs& catalogs, const HardwareData& hardware,
                        const RunControl& control, RunResult& result);

}  // namespace gpufleet::scenarios
