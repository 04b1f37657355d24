// The training part of a scenario simulated.
#pragma once

#include <string>
#include <vector>

#include "core/result.h"
#include "core/run_control.h"
#include "scenarios/plan_training.h"
#include "scenarios/run_result.h"
#include "sim/training/memory_timeline.h"
#include "sim/training/step.h"

namespace gpufleet::scenarios {

struct TrainingOutput {
  std::string memory_refusal;    ///< why the plan does not fit, with the arithmetic; empty if it fits
  std::vector<sim::Span> spans;  ///< one step's blocks, if recorded
  std::vector<sim::TransferSpan> transfers;
  std::vector<sim::MemoryPoint> memory;
  std::string nearby;  ///< changes after which the plan fits; empty if it does, or none was found
};

/// Adds metrics, breakdown and warnings to `result`, with its seed. Errors: what plan_training refuses.
Result<TrainingOutput> run_training(const Scenario& scenario, const Catalogs& catalogs, const HardwareData& hardware,
                                    const sim::RunOptions& options, const RunControl& control, RunResult& result);

}  // namespace gpufleet::scenarios
