// The bound of a layout search: never above the simulated step, whatever the layout; and the space it is taken over.
#include "sim/search/lower_bound.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

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
