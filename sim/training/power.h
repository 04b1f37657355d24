// What a training job draws: an accelerator between its idle and its design power by the share of the step in which kernels run
// on it, and its part of the host and network. Without cooling and conversion losses of the building.
#pragma once

#include <optional>

#include "sim/training/job.h"
#include "sim/training/step_result.h"

namespace gpufleet::sim {

/// Watts, mean over the job's accelerators.
struct JobPower {
  double busy = 0;  ///< while it steps
  double idle = 0;  ///< while it stands still
};

/// Nothing where the design power of a chip is not known. `step` is one of the job's, its stages in the order of stage_uses
/// (replica_groups.h).
std::optional<JobPower> job_power(const TrainingJob& job, const StepResult& step);

}  // namespace gpufleet::sim
