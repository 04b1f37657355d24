// Laws of a step on many random layouts: unfolded is folded, a chip computes what its kernels take, better hardware never hurts.
#include <gtest/gtest.h>

#include <cmath>

#include "core/random.h"
#include "sim/training/placement.h"
#include "sim/training/step.h"
#include "training_jobs.h"

namespace gpufleet::sim {
namespace {

using testing::small_dense;

int pick(RandomStream& random, std::initializer_list<int> values) { return values.begin()[random.below(values.size())]; }

/// A layout that its schedule can run: dense or with experts, any schedule, small degrees.
TrainingJob random_job(RandomStream& random) {
  for (;;) {
    TrainingJob job = small_dense();
    if (random.uniform() < 0.5) {
      job.architecture = testing::architecture("DeepSeek-V2");
      job.architecture.layers = 8;
      job.architecture.dense_layers = 1;
      job.layout.ep = pick(random, {1, 2, 4});
    }
    job.layout.tp = pick(random, {1, 2});
    job.layout.pp = pick(random, {1, 2, 4});
    job.layout.dp = pick(random, {2, 4});
    job.layout.cp = pick(random, {1, 2});
    job.layout.zero = pick(random, {0, 1, 2, 3});
    job.layout.schedule = static_cast<Schedule>(random.below(kSchedules));
    job.layout.virtual_stages = job.layout.schedule == Schedule::interleaved ? 2 : 1;
    job.layout.stages.assign(static_cast<std::size_t>(job.layout.pp), Stage{.tp = job.layout.tp});
    job.global_batch = job.layout.dp * 2 * job.layout.pp * pick(random, {1, 2});
    job.sequence_length = 1024;
    job.overlap = {random.uniform() < 0.5, random.uniform() < 0.5, random.uniform() < 0.5, random.uniform() < 0.5,
                   random.uniform() < 0.5};
    const int stage = stage_ranks(job, 0), experts = job.layout.ep * job.layout.expert_tp;
    const int group = std::max(experts, job.layout.tp * job.layout.cp);
    if (stage % experts == 0 && stage % group == 0 && !step_refusal(job)) return job;
  }
}

TEST(TrainingLaws, UnfoldedIsFoldedOnTwoHundredRandomLayouts) {
  RandomStream random(20, "layouts");
  for (int i = 0; i < 200; ++i) {
    const TrainingJob job = random_job(random);
    const StepResult folded = simulate_step(job, {}, {}), unfolded = simulate_step(job, {.folding = Folding::unfolded}, {});
    ASSERT_EQ(unfolded.step_time, folded.step_time)
        << i << ' ' << name(job.layout.schedule) << " tp " << job.layout.tp << " pp " << job.layout.pp << " dp " << job.layout.dp
        << " ep " << job.layout.ep << " zero " << job.layout.zero;
  }
}

TEST(TrainingLaws, AChipComputesWhatItsKernelsTake) {
  TrainingJob job = small_dense();
  job.layout.tp = 1;
  job.layout.stages.assign(4, Stage{});
  const StepResult step = simulate_step(job, {}, {});
  const WorkTimer timer(job, 0, {});
  const auto sum = [](const TimedLayer& layer) {
    double total = 0;
    for (const auto* items : {&layer.forward, &layer.backward_input, &layer.backward_weight})
      for (const TimedItem& item : *items) total += item.network ? 0.0 : item.seconds;
    return total;
  };
  // Two layers of eight on each of four stages; the first has the embedding, the last the head.
  const double micro_batches = static_cast<double>(micro_batches_per_replica(job));
  for (std::size_t stage = 0; stage < 4; ++stage) {
    double kernels = 2 * sum(timer.layer(models::LayerKind::dense));
    if (stage == 0) kernels += sum(timer.embedding());
    if (stage == 3) kernels += sum(timer.head());
    const auto part = [&](StepPart p) { return step.stages[stage].parts[static_cast<std::size_t>(p)].value(); };
    EXPECT_NEAR(part(StepPart::forward) + part(StepPart::backward), micro_batches * kernels, 1e-9) << stage;
  }
}

TEST(TrainingLaws, LessLatencyAndMoreBandwidthNeverSlowAStep) {
  RandomStream random(21, "monotone");
  constexpr Schedule kOrdered[] = {Schedule::gpipe, Schedule::one_f_one_b, Schedule::interleaved, Schedule::zb_1p};
  for (int i = 0; i < 24; ++i) {
    TrainingJob job = random_job(random);
    job.layout.schedule = kOrdered[i % 4];
    job.layout.virtual_stages = job.layout.schedule == Schedule::interleaved ? 2 : 1;
    if (step_refusal(job)) continue;
    const Time before = simulate_step(job, {}, {}).step_time;
    TrainingJob better = job;
    FabricModel& fabric = better.pools[0].fabric;
    fabric.out.endpoint_latency = fabric.out.endpoint_latency * 0.5;
    fabric.up.latency = fabric.up.latency * 0.5;
    EXPECT_LE(simulate_step(better, {}, {}).step_time, before) << i;
    fabric.out.rate = fabric.out.rate * 2;
    fabric.up.rate = fabric.up.rate * 2;
    EXPECT_LE(simulate_step(better, {}, {}).step_time, before) << i;
  }
}

TEST(TrainingLaws, FasterKernelsNeverSlowAStep) {
  RandomStream random(22, "kernels");
  for (int i = 0; i < 24; ++i) {
    TrainingJob job = random_job(random);
    if (job.layout.schedule != Schedule::one_f_one_b && job.layout.schedule != Schedule::gpipe) continue;
    StepOptions fast;
    fast.perturbation.kernel[static_cast<std::size_t>(random.below(hw::kKernelClasses))] = 0.8;
    EXPECT_LE(simulate_step(job, fast, {}).step_time, simulate_step(job, {}, {}).step_time) << i;
  }
}

}  // namespace
}  // namespace gpufleet::sim
