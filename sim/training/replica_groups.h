// Jobs whose data-parallel replicas run on unlike chips: each group of like replicas is a pipeline of its own with its own share
// of the batch; all meet in the reduction of gradients, and the slowest sets the pace.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/run_control.h"
#include "sim/training/job.h"

namespace gpufleet::sim {

/// What one group runs by itself: its stages, its micro-batches, and as global batch what all replicas would carry if they were
/// like its own. The data-parallel degree stays the whole job's. A job without groups gives a copy of itself.
std::vector<TrainingJob> group_jobs(const TrainingJob& job);

/// Accelerators of a pool that one group's replicas, or all, hold at one stage.
struct StageUse {
  int pool = 0;
  int gpus = 0;
};
std::vector<StageUse> stage_uses(const TrainingJob& job);

/// Micro-batches for each replica of each group so that the whole batch is carried and the slowest group takes as little time as
/// can be; times are those of each group's pipeline as simulated, so the ratio of speeds is the achieved one and not that of
/// peaks. Nothing if no such shares exist (replicas that cannot make up the batch in whole micro-batches).
std::optional<std::vector<std::int64_t>> balanced_micro_batches(const TrainingJob& job, const RunControl& control);

/// The shares for affine times fixed + each · micro-batches of a replica. Precondition: equal lengths, `each` positive.
std::optional<std::vector<std::int64_t>> balance(const std::vector<int>& replicas, const std::vector<double>& fixed,
                                                 const std::vector<double>& each, std::int64_t micro_batches);

}  // namespace gpufleet::sim
