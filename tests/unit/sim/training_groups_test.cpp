// Unlike replicas, the critical path, the host's update, what a job draws, and reinforcement learning: each against a law.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <numeric>

#include "sim/training/memory.h"
#include "sim/training/memory_timeline.h"
#include "sim/training/nearest_fit.h"
#include "sim/training/power.h"
#include "sim/training/replica_groups.h"
#include "sim/training/rl.h"
#include "sim/training/run.h"
#include "sim/training/step.h"
#include "training_jobs.h"

namespace gpufleet::sim {
namespace {

using testing::deepseek_v3;
using testing::small_dense;

double seconds(const TrainingJob& job) { return to_seconds(simulate_step(job, {}, {}).step_time).value(); }

/// Two groups of four replicas: on H100, and on `chip`.
TrainingJob two_groups(std::string_view chip, std::int64_t first, std::int64_t second) {
  TrainingJob job = small_dense();
  job.pools.push_back(testing::pool(chip, 64, testing::hopper_fabric("nvlink4")));
  std::vector<Stage> other = job.layout.stages;
  for (Stage& stage : other) stage.pool = 1;
  job.layout.groups = {{4, job.layout.stages, first}, {4, other, second}};
  job.global_batch = 4 * (first + second);
  return job;
}

TEST(ReplicaGroups, AlikeGroupsGiveTheStepOfOneGroup) {
  TrainingJob one = small_dense();
  one.global_batch = 8 * 16;
  EXPECT_EQ(simulate_step(two_groups("H100 SXM5", 16, 16), {}, {}).step_time, simulate_step(one, {}, {}).step_time);
}

TEST(ReplicaGroups, TheSlowestGroupSetsThePace) {
  TrainingJob slow = small_dense();
  slow.pools[0] = testing::pool("H20 SXM 96GB", 64, testing::hopper_fabric("nvlink4"));
  slow.global_batch = 8 * 16;
  EXPECT_NEAR(seconds(two_groups("H20 SXM 96GB", 16, 16)) / seconds(slow), 1, 0.02);
}

TEST(ReplicaGroups, SharesFollowTheAchievedSpeedAndShortenTheStep) {
  TrainingJob job = two_groups("H20 SXM 96GB", 16, 16);
  const double even = seconds(job);
  const auto shares = balanced_shares(job, {});
  ASSERT_TRUE(shares.has_value());
  const std::int64_t fast = (*shares)[0].micro_batches, slow = (*shares)[1].micro_batches;
  EXPECT_EQ(fast + slow, 32);
  // The peaks' ratio is 6.7; kernels achieve less of it.
  EXPECT_GT(fast, 2 * slow);
  EXPECT_LT(fast, 7 * slow);
  job.layout.groups[0].micro_batches = fast;
  job.layout.groups[1].micro_batches = slow;
  EXPECT_LT(seconds(job), 0.8 * even);
  // Two sequences a micro-batch: half as many carry the batch.
  job.layout.micro_batch = 2;
  const auto halves = balanced_shares(job, {});
  ASSERT_TRUE(halves.has_value());
  EXPECT_EQ((*halves)[0].micro_batches + (*halves)[1].micro_batches, 16);
}

TEST(ReplicaGroups, SharesAreWhatTheScheduleCanRun) {
  for (const Schedule schedule : {Schedule::interleaved, Schedule::dualpipe}) {
    TrainingJob job = two_groups("H20 SXM 96GB", 16, 16);
    job.layout.schedule = schedule;
    job.layout.virtual_stages = schedule == Schedule::interleaved ? 2 : 1;
    const auto shares = balanced_shares(job, {});
    ASSERT_TRUE(shares.has_value());
    EXPECT_EQ((*shares)[0].micro_batches + (*shares)[1].micro_batches, 32);
    for (const GroupShare& share : *shares)
      EXPECT_EQ(share.micro_batches % (schedule == Schedule::interleaved ? job.layout.pp : 2), 0);
  }
}

/// In a ramp the groups keep their shares: half the batch takes about half as long, so the hours hardly move.
TEST(ReplicaGroups, SharesHoldInABatchRamp) {
  TrainingRun run;
  run.phases.push_back({"main", two_groups("A100 SXM4 80GB", 32, 16), {}, {}});
  TrainingPhase& phase = run.phases.front();
  phase.tokens = 1e10;
  const auto hours = [&] {
    for (const TrainingMetric& metric : simulate_run(run, {.seed = 1, .draws = 0}, {}).metrics)
      if (metric.name == "run_gpu_hours") return metric.estimate.value;
    return 0.0;
  };
  const double steady = hours();
  phase.ramp = {{0, phase.job.global_batch / 2}, {1e10, phase.job.global_batch}};
  EXPECT_GT(hours(), steady);  // the pipeline fills more often
  EXPECT_LT(hours(), 1.15 * steady);
}

RC_GTEST_PROP(ReplicaGroupsProperty, BalanceCarriesTheBatchAndNoSwapIsFaster, ()) {
  const auto n = *rc::gen::inRange<std::size_t>(1, 4);
  const auto replicas = *rc::gen::container<std::vector<int>>(n, rc::gen::inRange(1, 9));
  std::vector<double> fixed, each;
  for (std::size_t i = 0; i < n; ++i) {
    fixed.push_back(*rc::gen::inRange(0, 100) / 10.0);
    each.push_back(*rc::gen::inRange(1, 100) / 10.0);
  }
  const int sum = std::accumulate(replicas.begin(), replicas.end(), 0);
  const std::int64_t batches = *rc::gen::inRange<std::int64_t>(sum, 40 * sum);
  const auto shares = balance(replicas, fixed, each, batches);
  RC_ASSERT(shares.has_value());
  std::int64_t carried = 0;
  double slowest = 0, even = 0;
  for (std::size_t i = 0; i < n; ++i) {
    const GroupShare& share = (*shares)[i];
    RC_ASSERT(share.micro_batches >= 1 && share.fewer >= 0 && share.fewer < replicas[i]);
    RC_ASSERT(share.fewer == 0 || share.micro_batches > 1);
    carried += replicas[i] * share.micro_batches - share.fewer;
    slowest = std::max(slowest, fixed[i] + each[i] * static_cast<double>(share.micro_batches));
    even = std::max(even, fixed[i] + each[i] * static_cast<double>((batches + sum - 1) / sum));
  }
  RC_ASSERT(carried == batches);
  RC_ASSERT(slowest <= even * (1 + 1e-9));
}

TEST(ReplicaGroups, ABatchThatDoesNotDivideCostsARoundAtMost) {
  // 3 replicas of 1 s and 5 of 2 s a micro-batch carry 9 · 3 + 4 · 5 = 47 in less than 10 s: the 48th costs the slow a fifth
  // round, which four of them sit out.
  const auto shares = balance({3, 5}, {0, 0}, {1, 2}, 48);
  ASSERT_TRUE(shares.has_value());
  EXPECT_EQ((*shares)[0].micro_batches, 9);
  EXPECT_EQ((*shares)[0].fewer, 0);
  EXPECT_EQ((*shares)[1].micro_batches, 5);
  EXPECT_EQ((*shares)[1].fewer, 4);
  EXPECT_FALSE(balance({3, 5}, {0, 0}, {1, 2}, 7).has_value());  // less than one for each
}

TEST(StagesOnUnlikeChips, LayersAreSplitByAchievedSpeed) {
  TrainingJob job = small_dense();
  job.pools.push_back(testing::pool("H20 SXM 96GB", 64, testing::hopper_fabric("nvlink4")));
  job.architecture.layers = job.architecture.dense_layers = 32;
  for (std::size_t i = 2; i < 4; ++i) job.layout.stages[i].pool = 1;
  const double balanced = seconds(job);
  const StepPlan plan = plan_step(job);
  EXPECT_GT(plan.segments[0][0].layers(), 2 * plan.segments[2][0].layers());
  for (Stage& stage : job.layout.stages) stage.layers = 8;
  EXPECT_LT(balanced, 0.8 * seconds(job));
}

void expect_path_sums(const TrainingJob& job) {
  const StepResult step = simulate_step(job, {.recording = Recording::spans}, {});
  const double length = to_seconds(step.step_time).value();
  EXPECT_NEAR(step.critical.total(), length, 1e-6 * length) << name(job.layout.schedule);
  EXPECT_GE(step.critical.contention, -1e-6 * length);
  // Critical blocks do not overlap, and what lies between them are transfers.
  Time critical;
  std::size_t marked = 0;
  for (const Span& span : step.spans)
    if (span.critical && span.part != StepPart::optimizer) {
      critical += span.end - span.begin;
      ++marked;
    }
  EXPECT_GT(marked, 0U);
  EXPECT_LE(critical, step.step_time);
}

TEST(CriticalPath, ItsCausesAddUpToTheStep) {
  expect_path_sums(deepseek_v3());
  for (const Schedule schedule : {Schedule::gpipe, Schedule::one_f_one_b, Schedule::zb_1p, Schedule::zb_2p, Schedule::zbv,
                                  Schedule::v_half, Schedule::v_min, Schedule::dualpipe, Schedule::dualpipe_v}) {
    TrainingJob job = small_dense();
    job.architecture.layers = job.architecture.dense_layers = 16;
    job.layout.schedule = schedule;
    job.global_batch = 8 * 16;
    expect_path_sums(job);
    job.overlap.pipeline = false;
    expect_path_sums(job);
  }
  expect_path_sums(two_groups("H20 SXM 96GB", 24, 8));
}

TEST(CriticalPath, TransfersAndBlocksLieWithinTheStep) {
  const StepResult step = simulate_step(deepseek_v3(), {.recording = Recording::spans}, {});
  for (const TransferSpan& transfer : step.transfers) {
    EXPECT_LT(transfer.begin, transfer.end);
    EXPECT_GE(transfer.begin, Time(0));
  }
  EXPECT_GT(step.transfers.size(), step.spans.size());
}

TEST(HostOptimizer, TakesNoMemoryAndTheHostsTime) {
  TrainingJob job = small_dense();
  const MemoryReport before = training_memory(job);
  const double here = seconds(job);
  job.optimizer_home = OptimizerHome::host;
  job.host_update_rate = 4.5e9;
  const MemoryReport after = training_memory(job);
  EXPECT_EQ(after.stages[0].optimizer, 0);
  EXPECT_EQ(after.stages[0].weights, before.stages[0].weights);
  EXPECT_GT(seconds(job), here);
}

TEST(MemoryTimeline, ItsHighestPointIsTheStagesTotal) {
  for (const TrainingJob& job : {deepseek_v3(), small_dense(), two_groups("H20 SXM 96GB", 24, 8)}) {
    const StepResult step = simulate_step(job, {.recording = Recording::spans}, {});
    const MemoryReport memory = training_memory(job);
    std::vector<double> highest(memory.stages.size(), 0);
    std::vector<double> last(memory.stages.size(), 0);
    for (const MemoryPoint& point : memory_timeline(job, memory, step.spans)) {
      const auto stage = static_cast<std::size_t>(point.stage);
      highest[stage] = std::max(highest[stage], point.bytes);
      last[stage] = point.bytes;
    }
    for (std::size_t stage = 0; stage < highest.size(); ++stage) {
      EXPECT_NEAR(highest[stage], memory.stages[stage].total(), 1);
      EXPECT_NEAR(last[stage], memory.stages[stage].lasting() + memory.stages[stage].buffers, 1);  // all is given back
    }
  }
}

TEST(NearestFit, WhatIsOfferedFits) {
  TrainingJob job = small_dense();
  job.architecture = testing::architecture("Llama-3.3-70B");
  job.layout.micro_batch = 2;
  ASSERT_NE(memory_refusal(training_memory(job)), "");
  const std::vector<NearbyLayout> nearby = nearest_fits(job, 3, {});
  ASSERT_FALSE(nearby.empty());
  for (const NearbyLayout& layout : nearby) EXPECT_GT(layout.step_seconds, 0) << layout.change;
  EXPECT_TRUE(
      std::is_sorted(nearby.begin(), nearby.end(), [](const auto& a, const auto& b) { return a.step_seconds < b.step_seconds; }));
}

TEST(Power, LiesBetweenIdleAndDesign) {
  TrainingJob job = small_dense();
  job.pools[0].host_power = 100;
  const StepResult step = simulate_step(job, {}, {});
  const std::optional<JobPower> power = job_power(job, step);
  ASSERT_TRUE(power);
  EXPECT_DOUBLE_EQ(power->idle, 170);  // an H100 idles at 70 W
  EXPECT_GT(power->busy, power->idle);
  EXPECT_LT(power->busy, 800);
  job.pools[0].accelerator.tdp = Watts(0);
  EXPECT_FALSE(job_power(job, step)) << "of a chip whose power nobody knows";
}

// Answers of one length on a machine of constant iterations: length / tokens a step iterations, whatever the batch.
TEST(Reinforcement, EqualAnswersTakeTheirLengthInIterations) {
  const IterationModel model = IterationModel::constant(0, 0.02);
  RolloutJob job{.answers = 64, .prompt = 0, .lengths = {.mean = 999.9999, .log_sigma = 1e-9, .longest = 1000}, .instances = 4};
  EXPECT_NEAR(rollout(model, job).seconds, 1000 * 0.02, 1e-6);
  EXPECT_NEAR(rollout(model, job).tokens, 64000, 64);
  job.max_sequences = 8;  // 16 of each instance in two waves
  EXPECT_NEAR(rollout(model, job).seconds, 2 * 1000 * 0.02, 1e-6);
}

TEST(Reinforcement, TheLongestAnswerSetsTheLengthOfARollout) {
  const IterationModel model = IterationModel::constant(0, 0.02);
  const RolloutJob job{
      .answers = 4096, .prompt = 100, .lengths = {.mean = 2000, .log_sigma = 1.5, .longest = 32768}, .instances = 16};
  EXPECT_NEAR(rollout(model, job).seconds, 32768 * 0.02, 1e-6);
  double sum = 0;
  for (const double length : answer_lengths(job.lengths, 4096)) sum += length;
  EXPECT_NEAR(sum / 4096, 2000, 20);
}

TEST(Reinforcement, PoolsOfTheirOwnRunBesideEachOther) {
  RlPlan plan{.iterations = 10,
              .rollout = {.answers = 64, .lengths = {.mean = 500, .log_sigma = 0.5, .longest = 1000}, .instances = 4},
              .model = IterationModel::constant(0, 0.02),
              .scoring_passes = 0,
              .rollout_gpus = 32};
  const RlResult shared = reinforcement(plan, 1000, 1.0 / 3, 64);
  EXPECT_DOUBLE_EQ(shared.iteration, shared.rollout + shared.update);
  plan.pools = RlPools::split;
  const RlResult split = reinforcement(plan, 1000, 1.0 / 3, 64);
  EXPECT_DOUBLE_EQ(split.iteration, std::max(split.rollout, split.update));
  EXPECT_DOUBLE_EQ(split.gpu_hours, split.seconds * 96 / 3600);
}

}  // namespace
}  // namespace gpufleet::sim
