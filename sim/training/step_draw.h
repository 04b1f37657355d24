// One draw of what a step's length depends on and nobody knows exactly: the kernel fits, the network, what the step model leaves
// out. The same seed and index give the same draw for every layout of a job, so differences between layouts keep what they share.
#pragma once

#include <cstdint>

#include "sim/training/run.h"

namespace gpufleet::sim {

struct StepDraw {
  Perturbation perturbation;
  double factor = 1;  ///< on the whole step
};
StepDraw step_draw(const TrainingRun& run, std::uint64_t seed, int index);

}  // namespace gpufleet::sim
