// The bound of a layout search: never above the simulated step, whatever the layout; and the space it is taken over.
#include "sim/search/lower_bound.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

#include "sim/search/memory_floor.h"
#include "sim/training/memory.h"
#include "sim/training/step.h"
#include "tests/support/layout_bound.h"
#include "training_jobs.h"

namespace gpufleet::sim {
namespace {

using testing::deepseek_v3;
using testing::small_dense;

double bound_of(const TrainingJob& job) { return gpufleet::testing::layout_bound(job, make_layer_kit(job, 0)); }

TrainingJob random_member(const TrainingJob& base) {
  const SearchSpace space = usual_space(base);
  const std::vector<LayoutGroup> groups = layout_groups(base, space);
  const auto group = *rc::gen::inRange<std::uint32_t>(0, static_cast<std::uint32_t>(groups.size()));
  const std::vector<Candidate> all = members(base, space, groups, group);
  RC_PRE(!all.empty());
  TrainingJob job = job_of(base, groups, *rc::gen::elementOf(all));
  RC_PRE(micro_batches_per_replica(job) <= 64);  // long steps teach nothing more
  return job;
}

RC_GTEST_PROP(SearchBound, IsNeverAboveTheSimulatedStepOfADenseModel, ()) {
  TrainingJob base = small_dense();
  base.pools[0].gpus = 64;
  base.global_batch = 64;
  const TrainingJob job = random_member(base);
  RC_ASSERT(!step_refusal(job));
  RC_LOG() << describe(job) << "\n";
  RC_ASSERT(bound_of(job) <= to_seconds(simulate_step(job, {}, {}).step_time).value());
}

RC_GTEST_PROP(SearchBound, IsNeverAboveTheSimulatedStepOfExperts, ()) {
  TrainingJob base = deepseek_v3();
  base.pools[0].gpus = 128;
  base.global_batch = 128;
  const TrainingJob job = random_member(base);
  RC_ASSERT(!step_refusal(job));
  RC_LOG() << describe(job) << "\n";
  RC_ASSERT(bound_of(job) <= to_seconds(simulate_step(job, {}, {}).step_time).value());
}

// Equal positions, nothing exchanged: forward 1, input and weight gradients 1 each.
double even_bound(Schedule schedule, int ranks, int chunks, std::int64_t batches, double scatter) {
  WorkSeconds one;
  one.forward = one.compute_forward = one.input = one.weight = 1;
  one.backward = one.compute_backward = 2;
  const std::vector<WorkSeconds> positions(static_cast<std::size_t>(ranks * chunks), one);
  return pipeline_bound({positions, ranks, chunks, schedule, batches, scatter});
}

// m micro-batches on p ranks. Whole backward passes: the schedules' closed forms, (m v + p - 1)(F + B), are the bound. Split
// ones: the last rank starts after p - 1 forwards. DualPipe: a rank's pairs take m (F + B), the middle ranks start p/2 - 1
// forwards later.
TEST(SearchBound, EvenPipelinesMeetTheirClosedForms) {
  constexpr double kRounding = 1e-8;
  for (const int p : {1, 2, 4, 8})
    for (const int m : {8, 16}) {
      EXPECT_NEAR(even_bound(Schedule::one_f_one_b, p, 1, m, 0) / ((m + p - 1) * 3.0), 1, kRounding);
      EXPECT_NEAR(even_bound(Schedule::gpipe, p, 1, m, 0) / ((m + p - 1) * 3.0), 1, kRounding);
      EXPECT_NEAR(even_bound(Schedule::interleaved, p, 2, m, 0) / ((m * 2 + p - 1) * 3.0), 1, kRounding);
      EXPECT_NEAR(even_bound(Schedule::zb_1p, p, 1, m, 0) / (m * 3.0 + p - 1), 1, kRounding);
      EXPECT_NEAR(even_bound(Schedule::zbv, p, 2, m, 0) / (m * 6.0 + p - 1), 1, kRounding);
      EXPECT_NEAR(even_bound(Schedule::dualpipe_v, p, 2, m, 0) / (m * 6.0 + p - 1), 1, kRounding);
      if (p > 1) {
        EXPECT_NEAR(even_bound(Schedule::dualpipe, p, 1, m, 0) / (m * 3.0 + p / 2 - 1), 1, kRounding);
      }
    }
  // Weight gradients may hide in the wait, so with few micro-batches the way back counts instead: (m + p - 1)(F + input).
  EXPECT_NEAR(even_bound(Schedule::zb_1p, 8, 1, 2, 0), (2 + 8 - 1) * 2.0, 1e-6);
  // 16 blocks that scatter by a tenth: four standard errors of their mean, a twentieth wider, are 0.105.
  EXPECT_NEAR(even_bound(Schedule::one_f_one_b, 4, 1, 8, 0.1), 33 * 0.895, 1e-6);
  EXPECT_EQ(even_bound(Schedule::one_f_one_b, 4, 1, 8, 100), 0);
}

TEST(SearchBound, AnyCutHasARankWithTheMean) {
  WorkSeconds one;
  one.forward = 1, one.input = 2, one.weight = 3, one.backward = 4;
  one.compute_forward = 1, one.compute_backward = 3;
  one.network_forward = 0.5, one.network_backward = 2.5;
  const std::vector<WorkSeconds> positions(8, one);
  const auto bound = [&](Schedule schedule, double gathered) {
    return any_cut_bound({positions, 4, 2, schedule, 6, 0}, gathered);
  };
  EXPECT_NEAR(bound(Schedule::one_f_one_b, 0), 8 * 5.0 * 6 / 4, 1e-6);
  EXPECT_NEAR(bound(Schedule::one_f_one_b, 50), 50.0 * 6 / 4, 1e-6);  // gathers take longer than all kernels
  EXPECT_NEAR(bound(Schedule::zb_1p, 50), 8 * 6.0 * 6 / 4, 1e-6);
  EXPECT_NEAR(bound(Schedule::dualpipe, 0), 8 * 4.0 * 6 / 4, 1e-6);  // the compute stream of its pairs
}

// Chunks of 8 layers of 10 bytes that a rank holds at once: those of 1F1B are p - r, of its interleaved form (p - r - 1) 2 +
// (v - 1) p + 1, GPipe keeps all.
TEST(SearchBound, MemoryHeldFollowsFromTheSchedule) {
  TrainingJob job = small_dense();  // 4 ranks, 16 micro-batches a replica
  MemoryKit kit;
  kit.dense = 10, kit.head = 7, kit.again = 5, kit.embedding = 1000;
  const Segment chunk{.dense_layers = 2};
  const auto floor_of = [&](Schedule schedule, int virtual_stages, int rank, const std::vector<Segment>& chunks) {
    job.layout.schedule = schedule;
    job.layout.virtual_stages = virtual_stages;
    return memory_floor(job, rank, kit, chunks);
  };
  for (int rank = 0; rank < 4; ++rank) {
    EXPECT_EQ(floor_of(Schedule::one_f_one_b, 1, rank, {chunk}), (4 - rank) * 20 + 5);
    EXPECT_EQ(floor_of(Schedule::interleaved, 2, rank, {chunk, chunk}), ((4 - rank - 1) * 2 + 4 + 1) * 20 + 5);
    EXPECT_EQ(floor_of(Schedule::gpipe, 1, rank, {chunk}), 16 * 20 + 5);
    EXPECT_EQ(floor_of(Schedule::dualpipe, 1, rank, {chunk, chunk}), 4 * 20 + 5);
    EXPECT_EQ(floor_of(Schedule::dualpipe_v, 1, rank, {chunk, chunk}), 8 * 20 + 5);
  }
  EXPECT_EQ(floor_of(Schedule::one_f_one_b, 1, 3, {{.dense_layers = 1, .head = true}}), 10 + 5 + 7);
  EXPECT_EQ(floor_of(Schedule::one_f_one_b, 1, 3, {{.dense_layers = 1, .embedding = true}}), 1010 + 5);
  EXPECT_EQ(mean_memory_floor(job, kit), 8 * 10 / 4 + 5);
}

// The floor is what the search drops layouts by: below what the simulator finds, and near it where nothing is uneven.
TEST(SearchBound, MemoryFloorLiesJustBelowWhatIsNeeded) {
  for (const int zero : {0, 1, 2}) {
    TrainingJob job = small_dense();
    job.layout.zero = zero;
    const MemoryReport report = training_memory(job);
    const MemoryKit kit = make_memory_kit(job, 0);
    for (std::size_t rank = 1; rank < 3; ++rank) {
      const double floor = memory_floor(job, static_cast<int>(rank), kit, std::vector<Segment>{{.dense_layers = 2}});
      EXPECT_LE(floor, report.stages[rank].total());
      EXPECT_GE(floor, 0.8 * report.stages[rank].total()) << "ZeRO-" << zero << " rank " << rank;
    }
  }
}

TEST(LayoutSpace, MembersAreDistinctAndUseAllAccelerators) {
  TrainingJob base = small_dense();
  base.pools[0].gpus = 32;
  base.global_batch = 32;
  const SearchSpace space = usual_space(base);
  const std::vector<LayoutGroup> groups = layout_groups(base, space);
  std::set<Candidate> seen;
  for (std::uint32_t group = 0; group < groups.size(); ++group)
    for (const Candidate& one : members(base, space, groups, group)) {
      EXPECT_TRUE(seen.insert(one).second);
      EXPECT_EQ(gpus_used(groups[group], groups[group].splits[one.split]), 32);
    }
  EXPECT_GT(seen.size(), 100U);
}

}  // namespace
}  // namespace gpufleet::sim
