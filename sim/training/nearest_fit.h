// Layouts near one that does not fit its memory, and that do: one change, or two, to what the user wrote.
#pragma once

#include <string>
#include <vector>

#include "core/run_control.h"
#include "sim/training/job.h"

namespace gpufleet::sim {

struct NearbyLayout {
  std::string change;       ///< "tp = 8, dp = 16", as the scenario would say it
  double step_seconds = 0;  ///< of the changed job
};

/// Those that fit on the same accelerators, divide, and can run their schedule: fewest changes first, then the fastest; at most
/// `count`. Jobs with groups of unlike replicas or unlike stages give none.
std::vector<NearbyLayout> nearest_fits(const TrainingJob& job, std::size_t count, const RunControl& control);

}  // namespace gpufleet::sim
