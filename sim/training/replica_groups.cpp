#include "sim/training/replica_groups.h"

#include <algorithm>
#include <cmath>
#include <limits>

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

/// Takes `excess` micro-batches back, whole rounds of a group at a time, from where that saves most time; false if it cannot.
bool take_back(const std::vector<int>& replicas, const std::vector<double>& fixed, const std::vector<double>& each,
               std::int64_t excess, std::vector<std::int64_t>& counts) {
  // Fewest rounds that make up each amount, as for coins.
  constexpr int kNever = std::numeric_limits<int>::max();
  std::vector<int> rounds(static_cast<std::size_t>(excess) + 1, kNever);
  std::vector<std::size_t> last(rounds.size(), 0);
  rounds[0] = 0;
  std::vector<std::size_t> order(replicas.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    return fixed[a] + each[a] * static_cast<double>(counts[a]) > fixed[b] + each[b] * static_cast<double>(counts[b]);
  });
  for (std::size_t amount = 1; amount < rounds.size(); ++amount)
    for (const std::size_t i : order) {
      const auto coin = static_cast<std::size_t>(replicas[i]);
      if (coin > amount || rounds[amount - coin] == kNever || rounds[amount - coin] + 1 >= rounds[amount]) continue;
      rounds[amount] = rounds[amount - coin] + 1;
      last[amount] = i;
    }
  if (rounds.back() == kNever) return false;
  for (auto amount = static_cast<std::size_t>(excess); amount > 0; amount -= static_cast<std::size_t>(replicas[last[amount]]))
    --counts[last[amount]];
  return std::all_of(counts.begin(), counts.end(), [](std::int64_t count) { return count >= 1; });
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
  const auto within = [&](double time) {
    std::vector<std::int64_t> counts;
    for (std::size_t i = 0; i < replicas.size(); ++i)
      counts.push_back(std::max<std::int64_t>(1, static_cast<std::int64_t>(std::floor((time - fixed[i]) / each[i] + 1e-9))));
    return counts;
  };
  const auto carried = [&](const std::vector<std::int64_t>& counts) {
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < counts.size(); ++i) sum += counts[i] * replicas[i];
    return sum;
  };
  double low = 0, high = 1e-12;
  for (std::size_t i = 0; i < replicas.size(); ++i)
    high = std::max(high, fixed[i] + each[i] * static_cast<double>(micro_batches));
  if (carried(within(high)) < micro_batches) return std::nullopt;
  constexpr int kHalvings = 60;
  for (int i = 0; i < kHalvings; ++i) {
    const double middle = (low + high) / 2;
    (carried(within(middle)) >= micro_batches ? high : low) = middle;
  }
  // At the least time that carries the batch there may be a few too many; where those cannot be taken back in whole rounds, the
  // next count of some group is tried.
  const std::int64_t tries = 4 * *std::max_element(replicas.begin(), replicas.end());
  double time = high;
  for (std::int64_t i = 0; i <= tries; ++i) {
    std::vector<std::int64_t> counts = within(time);
    const std::int64_t excess = carried(counts) - micro_batches;
    if (excess >= 0 && take_back(replicas, fixed, each, excess, counts)) return counts;
    double next = std::numeric_limits<double>::infinity();
    counts = within(time);
    for (std::size_t g = 0; g < counts.size(); ++g)
      next = std::min(next, fixed[g] + each[g] * static_cast<double>(counts[g] + 1));
    time = next;
  }
  return std::nullopt;
}

std::optional<std::vector<std::int64_t>> balanced_micro_batches(const TrainingJob& job, const RunControl& control) {
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
    each.push_back(slope);
    fixed.push_back(std::max(0.0, short_step - slope * static_cast<double>(few)));
  }
  return balance(replicas, fixed, each, job.global_batch / job.layout.micro_batch);
}

}  // namespace gpufleet::sim
