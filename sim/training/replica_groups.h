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

/// What the replicas of one group carry: `micro_batches` each, but together `fewer` less, because some sit out the last round.
struct GroupShare {
  std::int64_t micro_batches = 1;
  std::int64_t fewer = 0;
};

/// Shares of the batch so that the slowest group takes as little time as can be; times are those of each group's pipeline as
/// simulated, so the ratio of speeds is the achieved one and not that of peaks. Nothing if the batch is less than a micro-batch
/// for each replica, or not a multiple of what the schedule runs at a time.
std::optional<std::vector<GroupShare>> balanced_shares(const TrainingJob& job, const RunControl& control);

/// The shares for affine times fixed + each · micro-batches of a replica. Precondition: equal lengths, `each` positive.
std::optional<std::vector<GroupShare>> balance(const std::vector<int>& replicas, const std::vector<double>& fixed,
                                               const std::vector<double>& each, std::int64_t micro_batches);

}  // namespace gpufleet::sim
