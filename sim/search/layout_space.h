// Every layout that a training job could have on its pools: degrees of parallelism, placement of stages on unlike chips,
// schedule, micro-batch, recomputation, ZeRO stage. Layouts that share all kernel times form a group, so that these are worked
// out once.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "sim/training/job.h"

namespace gpufleet::sim {

/// Which values are tried; degrees are all that divide.
struct SearchSpace {
  std::vector<std::int64_t> micro_batches;
  std::vector<int> virtual_stages;  ///< of the interleaved schedule
  std::vector<models::Recompute> recomputes;
  std::vector<int> zeros;
  std::vector<Schedule> schedules;
  int most_cp = 1;
};

/// The usual choices: micro-batches 1 to 8, recomputation none, selective, full and what the job itself does, ZeRO 0 to 3, all
/// schedules, context parallelism as far as each rank keeps 1,024 tokens or as the job itself goes.
SearchSpace usual_space(const TrainingJob& job);

inline constexpr std::size_t kMostRuns = 4;

/// Stages in a row on like chips.
struct StageRun {
  int pool = 0, tp = 1;
  friend bool operator==(const StageRun&, const StageRun&) = default;
};

/// How many stages each run has, for a data-parallel degree.
struct StageSplit {
  int dp = 1, pp = 1;
  std::array<int, kMostRuns> stages{};
};

/// Layouts with the same kernels: one recomputation, many splits.
struct LayoutGroup {
  std::vector<StageRun> runs;
  int cp = 1, ep = 1, expert_tp = 1;
  std::int64_t micro_batch = 1;
  models::Recompute recompute;
  std::vector<StageSplit> splits;
};

/// One layout: a member of a group.
struct Candidate {
  std::uint32_t group = 0;
  std::uint16_t split = 0;
  std::uint8_t virtual_stages = 1;
  std::uint8_t zero = 1;
  Schedule schedule = Schedule::one_f_one_b;
  friend auto operator<=>(const Candidate&, const Candidate&) = default;
};

/// Groups with at least one valid split (models/layout.h); every run fills its pool. Pools are used alone, or all of them in one
/// pipeline in order and in reverse.
std::vector<LayoutGroup> layout_groups(const TrainingJob& job, const SearchSpace& space);

/// The valid members of group `index`: schedules that run with the split's stages and micro-batches.
std::vector<Candidate> members(const TrainingJob& job, const SearchSpace& space, const std::vector<LayoutGroup>& groups,
                               std::uint32_t index);

/// The job with the candidate's layout.
TrainingJob job_of(const TrainingJob& base, const std::vector<LayoutGroup>& groups, const Candidate& candidate);
/// The job with the group's shapes on one of its splits; schedule 1F1B.
TrainingJob job_of(const TrainingJob& base, const LayoutGroup& group, const StageSplit& split);

/// Accelerators that the split uses of each pool of `runs`.
int gpus_used(const LayoutGroup& group, const StageSplit& split);

/// "TP 1, PP 16, DP 128, EP 64, ZeRO-1, DualPipe, micro-batch 1"; stages on unlike chips by name.
std::string describe(const TrainingJob& job);

}  // namespace gpufleet::sim
