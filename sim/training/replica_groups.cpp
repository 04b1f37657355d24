#include "sim/training/replica_groups.h"

#include <algorithm>

#include "sim/training/placement.h"
#include "sim/training/step.h"

namespace gpufleet::sim {
namespace {

TrainingJob group_job(const TrainingJob& job, const ReplicaGroup& group, std::int64_t micro_batches) {
  TrainingJob out = job;
  out.layout.groups.clear();
  out.layout.stages = group.stages;
  out.global_batch = micro_batches * job.layout.micro_batch * job.layout.dp;
  return out;
}

/// The fewest micro-batches of at least `wanted` that the schedule can run.
std::int64_t runnable(const TrainingJob& job, std::int64_t wanted) {
  for (std::int64_t count = wanted; count < wanted + 4 * job.layout.pp + 4; ++count)
    if (!refusal(job.layout.schedule, job.layout.pp, job.layout.virtual_stages, count)) return count;
  return wanted;
}

/// The schedule runs multiples of this many micro-batches only.
int schedule_unit(const TrainingJob& job) {
  if (job.layout.schedule == Schedule::interleaved) return job.layout.pp;
  return job.layout.schedule == Schedule::dualpipe ? 2 : 1;
}

/// Counts between 1 and `most` of each group whose replicas carry exactly `wanted`; nothing if there are none. A knapsack with
/// bounded counts: for every sum, the fewest micro-batches of the last group that reach it.
std::optional<std::vector<std::int64_t>> exact_counts(const std::vector<int>& replicas, const std::vector<std::int64_t>& most,
                                                      std::int64_t wanted) {
  constexpr std::int64_t kNone = 0;
  const auto sums = static_cast<std::size_t>(wanted) + 1;
  std::vector<bool> before(sums, false);
  before[0] = true;
  std::vector<std::vector<std::int64_t>> used(replicas.size(), std::vector<std::int64_t>(sums, kNone));
  for (std::size_t g = 0; g < replicas.size(); ++g) {
    const auto step = static_cast<std::size_t>(replicas[g]);
    std::vector<bool> after(sums, false);
    for (std::size_t sum = step; sum < sums; ++sum) {
      const std::size_t less = sum - step;
      if (before[less])
        used[g][sum] = 1;
      else if (after[less] && used[g][less] < most[g])
        used[g][sum] = used[g][less] + 1;
      after[sum] = used[g][sum] != kNone;
    }
    before = std::move(after);
  }
  if (!before.back()) return std::nullopt;
  std::vector<std::int64_t> counts(replicas.size());
  std::size_t sum = sums - 1;
  for (std::size_t g = replicas.size(); g-- > 0;) {
    counts[g] = used[g][sum];
    sum -= static_cast<std::size_t>(counts[g] * replicas[g]);
  }
  return counts;
}

}  // namespace

std::vector<TrainingJob> group_jobs(const TrainingJob& job) {
  if (job.layout.groups.empty()) return {job};
  std::vector<TrainingJob> out;
  for (const ReplicaGroup& group : job.layout.groups) out.push_back(group_job(job, group, group.micro_batches));
  return out;
}

std::vector<StageUse> stage_uses(const TrainingJob& job) {
  std::vector<StageUse> out;
  const auto add = [&](const std::vector<Stage>& stages, int replicas) {
    for (const Stage& stage : stages) out.push_back({stage.pool, stage.tp * job.layout.cp * replicas});
  };
  if (job.layout.groups.empty()) add(job.layout.stages, job.layout.dp);
  for (const ReplicaGroup& group : job.layout.groups) add(group.stages, group.replicas);
  return out;
}

std::optional<std::vector<std::int64_t>> balance(const std::vector<int>& replicas, const std::vector<double>& fixed,
                                                 const std::vector<double>& each, std::int64_t micro_batches) {
  // What can be carried in some time can be carried in more, so the least time is found by halving.
  const auto within = [&](double time) {
    std::vector<std::int64_t> most;
    for (std::size_t i = 0; i < replicas.size(); ++i)
      most.push_back(std::clamp<std::int64_t>(static_cast<std::int64_t>((time - fixed[i]) / each[i]), 1, micro_batches));
    return exact_counts(replicas, most, micro_batches);
  };
  double low = 0, high = 0;
  for (std::size_t i = 0; i < replicas.size(); ++i)
    high = std::max(high, fixed[i] + each[i] * static_cast<double>(micro_batches + 1));
  std::optional<std::vector<std::int64_t>> best = within(high);
  constexpr int kHalvings = 40;
  for (int i = 0; best && i < kHalvings; ++i) {
    const double middle = (low + high) / 2;
    if (auto counts = within(middle)) {
      best = std::move(counts);
      high = middle;
    } else {
      low = middle;
    }
  }
  return best;
}

std::optional<std::vector<std::int64_t>> balanced_micro_batches(const TrainingJob& job, const RunControl& control) {
  const int unit = schedule_unit(job);
  std::vector<int> replicas;
  std::vector<double> fixed, each;
  for (const ReplicaGroup& group : job.layout.groups) {
    const std::int64_t few = runnable(job, 2 * job.layout.pp), many = runnable(job, 4 * job.layout.pp);
    const auto seconds = [&](std::int64_t count) {
      return to_seconds(simulate_step(group_job(job, group, count), {}, control).step_time).value();
    };
    const double short_step = seconds(few), long_step = seconds(many);
    const double slope = std::max(1e-12, (long_step - short_step) / static_cast<double>(many - few));
    replicas.push_back(group.replicas * unit);
    each.push_back(slope * unit);
    fixed.push_back(std::max(0.0, short_step - slope * static_cast<double>(few)));
  }
  std::optional<std::vector<std::int64_t>> counts = balance(replicas, fixed, each, job.global_batch / job.layout.micro_batch);
  if (counts)
    for (std::int64_t& count : *counts) count *= unit;
  return counts;
}

}  // namespace gpufleet::sim
