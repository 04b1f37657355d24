// The bound of a layout search: never above the simulated step, whatever the layout; and the space it is taken over.
#include "sim/search/lower_bound.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

#include "sim/training/step.h"
#include "training_jobs.h"

namespace gpufleet::sim {
namespace {

using testing::deepseek_v3;
using testing::small_dense;

double bound_of(const TrainingJob& job) {
  const LayerKit kit = make_layer_kit(job, 0);
  const std::vector<const LayerKit*> kits(static_cast<std::size_t>(job.layout.pp), &kit);
  const bool both_ways = job.layout.schedule == Schedule::dualpipe;
  const ChainShape shape = chain_shape(job.layout.schedule);
  const int chunks = both_ways ? 1 : chunks_per_rank(job.layout.schedule, job.layout.virtual_stages);
  const std::vector<Segment> segments = cut_model(job, kits, shape, chunks);
  const std::vector<WorkSeconds> positions = position_seconds(segments, kits, shape);
  const BoundInput input{positions, job.layout.pp, chunks, job.layout.schedule, micro_batches_per_replica(job)};
  if (job.layout.zero == 3) return any_cut_bound(input, sharding_seconds(job));
  std::vector<Segment> first;
  for (int position = 0; position < job.layout.pp * chunks; ++position)
    if (rank_of(position, job.layout.pp, shape) == 0) first.push_back(segments[static_cast<std::size_t>(position)]);
  if (both_ways) first.push_back(segments.back());
  return pipeline_bound(input) + epilogue_bound(job, first, positions.front().input + positions.front().weight);
}

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
