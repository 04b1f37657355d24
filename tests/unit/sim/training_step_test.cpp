// Laws of a training step: folding is exact, parts add up, better hardware never slows it down, more draws only fill the
// interval.
#include "sim/training/step.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <string>

#include "models/flops.h"
#include "sim/search/lower_bound.h"
#include "sim/training/memory.h"
#include "sim/training/run.h"
#include "sim/training/run_failures.h"
#include "training_jobs.h"

namespace gpufleet::sim {
namespace {

using testing::deepseek_v3;
using testing::small_dense;

Time step_time(const TrainingJob& job) { return simulate_step(job, {}, {}).step_time; }

TEST(TrainingStep, UnfoldedDeepSeekGivesTheFoldedStepToTheLastBit) {
  const TrainingJob job = deepseek_v3();
  const StepResult folded = simulate_step(job, {}, {});
  const StepResult unfolded = simulate_step(job, {.folding = Folding::unfolded}, {});
  EXPECT_EQ(unfolded.step_time, folded.step_time);
  EXPECT_EQ(unfolded.events, folded.events * 128);
  for (std::size_t stage = 0; stage < folded.stages.size(); ++stage)
    for (int part = 0; part < kStepParts; ++part)
      EXPECT_EQ(unfolded.stages[stage].parts[static_cast<std::size_t>(part)],
                folded.stages[stage].parts[static_cast<std::size_t>(part)]);
}

TEST(TrainingStep, PartsOfEveryStageAddUpToTheStep) {
  for (const TrainingJob& job : {deepseek_v3(), small_dense()}) {
    const StepResult step = simulate_step(job, {}, {});
    for (const StageReport& stage : step.stages) {
      double sum = 0;
      for (const Seconds part : stage.parts) {
        EXPECT_GE(part.value(), 0.0);
        sum += part.value();
      }
      EXPECT_NEAR(sum, to_seconds(step.step_time).value(), 1e-9);
    }
  }
}

RC_GTEST_PROP(TrainingStepProperty, FoldingIsExactOnSmallLayouts, ()) {
  TrainingJob job = small_dense();
  job.layout.pp = *rc::gen::element(1, 2, 4);
  job.layout.dp = *rc::gen::element(1, 2, 4);
  job.layout.tp = *rc::gen::element(1, 2, 4);
  job.layout.zero = *rc::gen::element(0, 1, 3);
  job.layout.schedule =
      *rc::gen::element(Schedule::gpipe, Schedule::one_f_one_b, Schedule::zb_1p, Schedule::zb_2p, Schedule::dualpipe);
  job.layout.stages.assign(static_cast<std::size_t>(job.layout.pp), Stage{.tp = job.layout.tp});
  job.global_batch = job.layout.dp * *rc::gen::inRange(1, 5) * 2 * job.layout.pp;
  RC_PRE(!step_refusal(job));
  const StepResult folded = simulate_step(job, {}, {});
  const StepResult unfolded = simulate_step(job, {.folding = Folding::unfolded}, {});
  RC_ASSERT(unfolded.step_time == folded.step_time);
}

TEST(TrainingStep, FasterNetworkNeverSlowsAStep) {
  for (TrainingJob job : {deepseek_v3(), small_dense()}) {
    Time previous = Time::max_value();
    for (const double rate : {12.5e9, 25e9, 50e9, 100e9}) {
      job.pools[0].fabric.out.rate = BytesPerSecond(rate);
      const Time now = step_time(job);
      EXPECT_LE(now, previous) << rate;
      previous = now;
    }
  }
}

TEST(TrainingStep, SlowerKernelsNeverSpeedAStepUp) {
  const TrainingJob job = small_dense();
  StepOptions slow;
  for (double& factor : slow.perturbation.kernel) factor = 1.1;
  EXPECT_GT(simulate_step(job, slow, {}).step_time, step_time(job));
}

TEST(TrainingStep, ReportedReasonsForRefusal) {
  TrainingJob job = deepseek_v3();
  job.global_batch = 128 * 30;
  ASSERT_TRUE(step_refusal(job).has_value());
  EXPECT_EQ(*step_refusal(job), "DualPipe needs at least 2 x pp = 32 micro-batches a replica, got 30");
}

TEST(TrainingRun, IntervalHoldsTheMedianAndSameSeedGivesSameNumbers) {
  TrainingRun run;
  run.phases.push_back({.name = "main", .job = small_dense(), .tokens = 1e9});
  run.usd_per_gpu_hour = 2.0;
  const TrainingReport first = simulate_run(run, {.seed = 3}, {});
  const TrainingReport again = simulate_run(run, {.seed = 3}, {});
  const TrainingReport other = simulate_run(run, {.seed = 4}, {});
  ASSERT_EQ(first.metrics.size(), again.metrics.size());
  bool differs = false;
  for (std::size_t i = 0; i < first.metrics.size(); ++i) {
    EXPECT_EQ(first.metrics[i].estimate, again.metrics[i].estimate);
    EXPECT_LE(first.metrics[i].estimate.low, first.metrics[i].estimate.value) << first.metrics[i].name;
    EXPECT_GE(first.metrics[i].estimate.high, first.metrics[i].estimate.value) << first.metrics[i].name;
    differs = differs || first.metrics[i].estimate.low != other.metrics[i].estimate.low;
  }
  EXPECT_TRUE(differs);
}

TEST(TrainingRun, TokensAndHoursFollowFromTheStep) {
  TrainingRun run;
  run.phases.push_back({.name = "main", .job = small_dense(), .tokens = 128.0 * 2048 * 1000});
  run.usd_per_gpu_hour = 2.0;
  const TrainingReport report = simulate_run(run, {.draws = 0}, {});
  const auto metric = [&](std::string_view name) {
    for (const TrainingMetric& m : report.metrics)
      if (m.name == name) return m.estimate.value;
    ADD_FAILURE() << name;
    return 0.0;
  };
  const double step = metric("step_time");
  EXPECT_NEAR(metric("run_gpu_hours"), 1000 * step * 64 / 3600, 1e-9 * metric("run_gpu_hours"));
  EXPECT_NEAR(metric("run_cost"), 2 * metric("run_gpu_hours"), 1e-9 * metric("run_cost"));
  EXPECT_NEAR(metric("run_days") * 86400, 1000 * step, 1e-9 * 1000 * step);
}

// A longer run with a ramp of small batches takes more GPU-hours than one at the final batch throughout, never fewer.
TEST(TrainingRun, RampNeverShortensARun) {
  TrainingRun flat;
  flat.phases.push_back({.name = "main", .job = small_dense(), .tokens = 1e10});
  TrainingRun ramped = flat;
  ramped.phases[0].ramp = {{0, 32}, {5e9, 128}};
  const auto days = [](const TrainingRun& run) {
    for (const TrainingMetric& m : simulate_run(run, {.draws = 0}, {}).metrics)
      if (m.name == "run_days") return m.estimate.value;
    return 0.0;
  };
  EXPECT_GT(days(ramped), days(flat));
}

// Every figure of a run from its definition: 128 sequences of 2,048 tokens a step on 64 H100.
TEST(TrainingRun, FiguresFollowFromTheirDefinitions) {
  TrainingRun run;
  run.phases.push_back({.name = "main", .job = small_dense(), .tokens = 128.0 * 2048 * 1000});
  run.usd_per_gpu_hour = 2.0;
  run.post_gpu_hours = 10;
  const TrainingJob& job = run.phases.front().job;
  constexpr double kTokens = 128.0 * 2048, kGpus = 64;
  const auto figures_of = [](const TrainingRun& one) {
    std::map<std::string, double> out;
    for (const TrainingMetric& m : simulate_run(one, {.draws = 0}, {}).metrics) out[std::string(m.name)] = m.estimate.value;
    return out;
  };
  std::map<std::string, double> is = figures_of(run);
  const double step = is["step_time"];
  const auto near = [&](const std::string& name, double expected) { EXPECT_NEAR(is[name] / expected, 1, 1e-9) << name; };
  near("tokens_per_second", kTokens / step);
  near("tokens_per_day", kTokens / step * 86400);
  near("tokens_per_second_per_gpu", kTokens / step / kGpus);
  near("samples_per_second_per_gpu", 128 / step / kGpus);
  near("gpu_hours_per_trillion_tokens", kGpus * step / 3600 / kTokens * 1e12);
  const double work = models::training_flops_per_token(job.architecture, 2048, models::AttentionCount::causal) * kTokens;
  const double peak = job.pools[0].accelerator.peak(hw::Dtype::bf16).value();
  near("tflops_per_gpu_causal", work / step / kGpus / 1e12);
  near("mfu_causal", work / step / kGpus / peak);
  near("mfu_full", is["tflops_per_gpu_full"] * 1e12 / peak);
  near("tflops_per_gpu_hardware", is["tflops_per_gpu_full"]);
  near("run_gpu_hours", 1000 * step * kGpus / 3600 + 10);
  near("run_cost", 2 * is["run_gpu_hours"]);
  near("run_energy", is["run_gpu_hours"] * is["power_per_gpu"] / 1000);
  run.phases.front().job.recompute = models::Recompute::full();
  is = figures_of(run);
  near("tflops_per_gpu_hardware", is["tflops_per_gpu_full"] * 4 / 3);
}

// Twice the layers gather and scatter twice the weights; without full sharding nothing is gathered.
TEST(TrainingStep, ShardedWeightsTravelInProportionToLayers) {
  TrainingJob job = small_dense();
  job.layout.zero = 3;
  const double eight = sharding_seconds(job);
  EXPECT_GT(eight, 0);
  job.architecture.layers = job.architecture.dense_layers = 16;
  EXPECT_NEAR(sharding_seconds(job) / eight, 2, 1e-12);
  job.layout.zero = 2;
  EXPECT_EQ(sharding_seconds(job), 0);
}

// A save copies each rank's share over its host link and writes all of it; a restart launches, makes groups, reads the state and
// passes the weights on.
TEST(TrainingFailures, SavesAndRestartsMoveTheirBytes) {
  const TrainingJob job = small_dense();
  constexpr double kGpus = 64, kReplicas = 8;
  const double bytes = checkpoint_bytes(job);
  const models::Precision& p = job.precision;
  const double each = hw::bytes_per_value(p.parameters) + hw::bytes_per_value(p.master) + 2 * hw::bytes_per_value(p.moments);
  const double weights = bytes / each * hw::bytes_per_value(p.parameters);
  FailurePlan plan;
  plan.pools.resize(1);
  plan.storage_rate = 1e10;
  plan.launch = 30, plan.group_setup_per_gpu = 0.5, plan.detection = 60;
  const double copy = bytes / kGpus / (job.pools[0].accelerator.pcie_bandwidth.value() / 2), write = bytes / 1e10;
  plan.save = SaveMode::synchronous;
  EXPECT_NEAR(checkpoint_cost(job, plan).stall / (copy + write), 1, 1e-12);
  EXPECT_NEAR(checkpoint_cost(job, plan).durable / (copy + write), 1, 1e-12);
  plan.save = SaveMode::asynchronous;
  EXPECT_NEAR(checkpoint_cost(job, plan).stall / copy, 1, 1e-12);
  EXPECT_NEAR(checkpoint_cost(job, plan).durable / (copy + write), 1, 1e-12);
  plan.load = LoadPath::storage;
  EXPECT_NEAR(restart_seconds(job, plan), 30 + 0.5 * kGpus + (bytes + weights * (kReplicas - 1)) / 1e10, 1e-9);
  plan.load = LoadPath::fabric;
  const double passed = weights * kReplicas / kGpus / job.pools[0].fabric.out.rate.value();
  EXPECT_NEAR(restart_seconds(job, plan), 30 + 0.5 * kGpus + bytes / 1e10 + passed, 1e-9);
  plan.storage_rate = 0, plan.storage_per_gpu = 1e9;
  EXPECT_NEAR(restart_seconds(job, plan), 30 + 0.5 * kGpus + bytes / (kGpus * 1e9) + passed, 1e-9);
  const LongRun run = long_run(job, plan, {});
  EXPECT_EQ(run.pools[0].gpus, 64);
  EXPECT_EQ(run.pools[0].nodes, 8);
  EXPECT_EQ(run.recovery.detection, 60);
}

TEST(TrainingMemory, ShardingAndParallelismShrinkIt) {
  TrainingJob job = small_dense();
  const auto peak = [](const TrainingJob& j) {
    const MemoryReport report = training_memory(j);
    return report.stages[report.fullest].total();
  };
  double previous = 1e30;
  for (const int zero : {0, 1, 2, 3}) {
    job.layout.zero = zero;
    EXPECT_LT(peak(job), previous) << zero;
    previous = peak(job);
  }
}

TEST(TrainingMemory, RefusalShowsTheArithmetic) {
  TrainingJob job = small_dense();
  EXPECT_EQ(memory_refusal(training_memory(job)), "");
  job.architecture = testing::architecture("Llama-3.1-405B");
  job.architecture.layers = job.architecture.dense_layers = 124;
  const std::string why = memory_refusal(training_memory(job));
  EXPECT_NE(why.find("pipeline stage"), std::string::npos) << why;
  EXPECT_NE(why.find("GiB"), std::string::npos) << why;
}

}  // namespace
}  // namespace gpufleet::sim
