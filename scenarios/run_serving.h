// A serving scenario simulated: from a ServingSpec to the metrics and breakdown that every sink shows.
#pragma once

#include "core/result.h"
#include "core/run_control.h"
#include "scenarios/plan_serving.h"
#include "scenarios/run_result.h"

namespace gpufleet::scenarios {

/// Fills metrics (names of INTERFACE: output_tokens_per_second, ttft_p50 …), breakdown and warnings of `result`. Intervals: the
/// same workload on kernels and links that are faster and slower by their spread.
Diagnostics run_serving(const ServingSpec& spec, const std::vector<PoolSpec>& fleet, const models::Architecture& architecture,
                        const Catalogs& catalogs, const HardwareData& hardware, std::span<const sim::ServingEngine> engines,
                        const RunControl& control, RunResult& result);

}  // namespace gpufleet::scenarios
