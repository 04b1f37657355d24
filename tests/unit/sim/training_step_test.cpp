// Laws of a training step: folding is exact, parts add up, better hardware never slows it down, more draws only fill the
// interval.
#include "sim/training/step.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "sim/training/memory.h"
#include "sim/training/run.h"
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
