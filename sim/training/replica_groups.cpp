#include "sim/training/replica_groups.h"

#include <algorithm>
#include <numeric>

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

std::optional<std::vector<GroupShare>> balance(const std::vector<int>& replicas, const std::vector<double>& fixed,
                                               const std::vector<double>& each, std::int64_t micro_batches) {
  const std::size_t n = replicas.size();
  if (std::accumulate(replicas.begin(), replicas.end(), std::int64_t{0}) > micro_batches) return std::nullopt;
  // What can be carried in some time can be carried in more, so the least time is found by halving.
  const auto carried = [&](double time, std::vector<GroupShare>* shares) {
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < n; ++i) {
      const auto most = std::clamp<std::int64_t>(static_cast<std::int64_t>((time - fixed[i]) / each[i]), 1, micro_batches);
      if (shares != nullptr) shares->push_back({most, 0});
      sum += replicas[i] * most;
    }
    return sum;
  };
  double low = 0, high = 0;
  for (std::size_t i = 0; i < n; ++i) high = std::max(high, fixed[i] + each[i] * static_cast<double>(micro_batches + 1));
  constexpr int kHalvings = 60;
  for (int i = 0; i < kHalvings; ++i) {
    const double middle = (low + high) / 2;
    (carried(middle, nullptr) >= micro_batches ? high : low) = middle;
  }
  std::vector<GroupShare> out;
  std::int64_t surplus = carried(high, &out) - micro_batches;
  // The slowest group gives up what is too much, in whole rounds where it can: then it is not the slowest any more.
  const auto time_of = [&](std::size_t i) { return fixed[i] + each[i] * static_cast<double>(out[i].micro_batches); };
  while (surplus > 0) {
    std::size_t slowest = n;
    for (std::size_t i = 0; i < n; ++i)
      if (out[i].micro_batches > 1 && out[i].fewer == 0 && (slowest == n || time_of(i) > time_of(slowest))) slowest = i;
    const std::int64_t given = std::min<std::int64_t>(surplus, replicas[slowest]);
    if (given == replicas[slowest])
      --out[slowest].micro_batches;
    else
      out[slowest].fewer = given;
    surplus -= given;
  }
  return out;
}

std::optional<std::vector<GroupShare>> balanced_shares(const TrainingJob& job, const RunControl& control) {
  const int unit = schedule_unit(job);
  const std::int64_t micro_batches = job.global_batch / job.layout.micro_batch;
  if (micro_batches * job.layout.micro_batch != job.global_batch || micro_batches % unit != 0) return std::nullopt;
  std::vector<int> replicas;
  std::vector<double> fixed, each;
  for (const ReplicaGroup& group : job.layout.groups) {
    const std::int64_t few = runnable(job, 2 * job.layout.pp), many = runnable(job, 4 * job.layout.pp);
    const auto seconds = [&](std::int64_t count) {
      return to_seconds(simulate_step(group_job(job, group, count), {}, control).step_time).value();
    };
    const double short_step = seconds(few), long_step = seconds(many);
    const double slope = std::max(1e-12, (long_step - short_step) / static_cast<double>(many - few));
    replicas.push_back(group.replicas);
    each.push_back(slope * unit);
    fixed.push_back(std::max(0.0, short_step - slope * static_cast<double>(few)));
  }
  std::optional<std::vector<GroupShare>> shares = balance(replicas, fixed, each, micro_batches / unit);
  if (shares) {
    for (GroupShare& share : *shares) {
      share.micro_batches *= unit;
      share.fewer *= unit;
    }
  }
  return shares;
}

}  // namespace gpufleet::sim
