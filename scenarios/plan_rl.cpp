#include "scenarios/plan_rl.h"

#include <algorithm>

#include "scenarios/plan_serving.h"
#include "sim/serving/memory.h"

namespace gpufleet::scenarios {

Result<sim::RlPlan> plan_rl(const Scenario& scenario, const Catalogs& catalogs, const HardwareData& hardware) {
  const RlSpec& spec = *scenario.training->rl;
  const PoolSpec& fleet = scenario.pools[static_cast<std::size_t>(spec.rollout.pool)];
  const double longest = spec.prompt + spec.lengths.longest;
  const Result<sim::InstanceSpec> instance =
      plan_instance(spec.rollout, fleet, scenario.architecture, longest, catalogs, hardware, catalogs.engines);
  if (!instance) return instance.diagnostics();
  const sim::IterationModel model(*instance, sim::Perturbation{});
  const Result<sim::ServingPool> pool = plan_serving_pool(spec.rollout, fleet, *instance, model, longest, catalogs);
  if (!pool) return pool.diagnostics();
  const sim::InstanceMemory memory = sim::instance_memory(*instance);
  return sim::RlPlan{.iterations = static_cast<double>(spec.iterations),
                     .rollout = {.answers = spec.answers,
                                 .prompt = spec.prompt,
                                 .lengths = spec.lengths,
                                 .instances = pool->instances,
                                 .groups = pool->limits.groups,
                                 .max_sequences = pool->limits.max_sequences,
                                 .cache_tokens = memory.kv_tokens()},
                     .model = model,
                     .scoring_passes = spec.scoring_passes,
                     .switch_seconds = spec.switch_seconds,
                     .score_seconds = spec.score_seconds,
                     .pools = spec.pools,
                     .rollout_gpus = static_cast<double>(pool->instances) * pool->gpus_per_instance};
}

}  // namespace gpufleet::scenarios
