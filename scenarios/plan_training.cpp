#include "scenarios/plan_training.h"

#include <fmt/format.h>
#include <algorithm>
#include <numeric>

#include "scenarios/chip_data.h"
#include "scenarios/plan_failures.h"
#include "scenarios/plan_rl.h"
#include "scenarios/pool_hardware.h"
#include "sim/training/replica_groups.h"

namespace gpufleet::scenarios {
namespace {

Diagnostic plan_error(const Scenario& scenario, std::string key, std::string message) {
  return {.where = {scenario.name, 0, 0}, .key = std::move(key), .message = std::move(message), .hint = {}};
}

Result<sim::TrainingPool> plan_pool(const PoolSpec& pool, const Catalogs& catalogs, const HardwareData& hardware) {
  Result<PoolHardware> made = pool_hardware(pool, catalogs, hardware);
  if (!made) return made.diagnostics();
  const double host_watts = made->node.host_power.value() / std::max(made->node.accelerators, 1);
  const hw::SustainedRates sustained = hw::sustained_rates(hardware.sustained, made->accelerator);
  return sim::TrainingPool{pool.name,
                           std::move(made->accelerator),
                           std::move(made->kernels),
                           std::move(made->fabric),
                           pool.count,
                           pool.gpus_per_node,
                           sustained,
                           host_watts};
}

sim::TrainingLayout plan_layout(const LayoutSpec& spec) {
  sim::TrainingLayout out;
  out.tp = spec.tp;
  out.pp = spec.pp;
  out.dp = spec.dp;
  out.ep = spec.ep;
  out.cp = spec.cp;
  out.expert_tp = spec.expert_tp;
  out.virtual_stages = spec.virtual_stages;
  out.zero = spec.zero;
  out.shard_group = spec.shard_group;
  out.micro_batch = spec.micro_batch;
  out.schedule = spec.schedule;
  out.sequence_parallel = spec.sequence_parallel;
  const auto stages = [](const std::vector<StageSpec>& from) {
    std::vector<sim::Stage> made;
    for (const StageSpec& stage : from) made.push_back({stage.pool, stage.tp, stage.layers});
    return made;
  };
  out.stages = stages(spec.stages);
  for (const ReplicaSpec& replica : spec.replicas)
    out.groups.push_back({replica.count, stages(replica.stages), replica.micro_batches});
  return out;
}

sim::TrainingJob plan_job(const Scenario& scenario, const PhaseSpec& phase, const std::vector<sim::TrainingPool>& pools,
                          const hw::SustainedTable& sustained) {
  const TrainingSpec& training = *scenario.training;
  sim::TrainingJob job;
  job.architecture = scenario.architecture;
  if (!training.train_mtp) job.architecture.mtp_layers = 0;
  job.pools = pools;
  job.layout = plan_layout(phase.layout);
  job.precision = training.precision;
  job.recompute = phase.layout.recompute;
  job.implementation = training.implementation;
  job.overlap = {training.overlap.grad_reduce, training.overlap.param_gather, training.overlap.tensor_parallel,
                 training.overlap.pipeline, training.overlap.expert};
  if (training.optimizer_on_host) job.optimizer_home = sim::OptimizerHome::host;
  job.sequence_length = phase.sequence;
  job.global_batch = phase.global_batch;
  job.comm_sms = training.comm_sms;
  job.launch_seconds = sustained.launch_seconds;
  job.block_log_sigma = sustained.block_log_sigma;
  job.node_limit = training.node_limit;
  return job;
}

// Fills in the micro-batches of groups that leave them open; false if nothing adds up to the batch.
bool balance_replicas(sim::TrainingJob& job) {
  std::vector<sim::ReplicaGroup>& groups = job.layout.groups;
  if (groups.empty() || groups.front().micro_batches > 0) return true;
  const auto shares = sim::balanced_shares(job, {});
  for (std::size_t i = 0; shares && i < groups.size(); ++i) {
    groups[i].micro_batches = (*shares)[i].micro_batches;
    groups[i].fewer = (*shares)[i].fewer;
  }
  return shares.has_value();
}

// Mean rent over the accelerators of all pools; nothing if one has no price.
std::optional<double> mean_rent(const Scenario& scenario) {
  double total = 0, count = 0;
  for (const PoolSpec& pool : scenario.pools) {
    if (!pool.rent_usd_per_hour) return std::nullopt;
    total += *pool.rent_usd_per_hour * pool.count;
    count += pool.count;
  }
  return total / count;
}

}  // namespace

Result<HardwareData> load_hardware_data(const DataPaths& data) {
  Diagnostics problems;
  const auto take = [&](auto result, auto& into) {
    problems.insert(problems.end(), result.diagnostics().begin(), result.diagnostics().end());
    if (result) into = std::move(result).value();
  };
  HardwareData out;
  take(load_fits(data), out.fits);
  take(hw::load_network_catalog(data.hardware / "network"), out.network);
  take(hw::load_sustained(data.hardware / "sustained.toml"), out.sustained);
  take(hw::load_reliability(data.hardware / "reliability.toml"), out.reliability);
  if (has_errors(problems)) return problems;
  return out;
}

Result<sim::TrainingRun> plan_training(const Scenario& scenario, const Catalogs& catalogs, const HardwareData& hardware) {
  std::vector<sim::TrainingPool> pools;
  for (const PoolSpec& spec : scenario.pools) {
    Result<sim::TrainingPool> pool = plan_pool(spec, catalogs, hardware);
    if (!pool) return pool.diagnostics();
    if (pool->fabric.out.rate.value() == 0 && pool->gpus > pool->gpus_per_node)
      return plan_error(
          scenario, "fleet.pool",
          fmt::format("node type \"{}\" has no network for jobs over several nodes; give fabric.link and fabric.links_per_node",
                      spec.node));
    pools.push_back(std::move(pool).value());
  }
  sim::TrainingRun run;
  for (const PhaseSpec& spec : scenario.training->phases) {
    sim::TrainingPhase phase;
    phase.name = spec.name;
    phase.job = plan_job(scenario, spec, pools, hardware.sustained);
    phase.job.host_update_rate = hardware.reliability.host_update_rate;
    if (!balance_replicas(phase.job))
      return plan_error(
          scenario, "training.layout.replica",
          fmt::format("the groups' replicas cannot carry {} sequences in whole micro-batches of {}, one each at least; "
                      "state micro_batches or change their counts",
                      phase.job.global_batch, phase.job.layout.micro_batch));
    if (const auto why = sim::step_refusal(phase.job)) return plan_error(scenario, "training.layout.schedule", *why);
    phase.tokens = spec.tokens;
    if (spec.steps) phase.tokens = static_cast<double>(*spec.steps) * static_cast<double>(spec.global_batch * spec.sequence);
    for (const RampPoint& point : spec.ramp) phase.ramp.push_back({point.from_token, point.sequences});
    run.phases.push_back(std::move(phase));
  }
  run.post_gpu_hours = scenario.training->post_gpu_hours;
  run.usd_per_gpu_hour = mean_rent(scenario);
  run.spread = {hardware.sustained.step_log_sigma, hardware.sustained.memory_log_sigma};
  if (scenario.training->rl) {
    Result<sim::RlPlan> rl = plan_rl(scenario, catalogs, hardware);
    if (!rl) return rl.diagnostics();
    run.rl = std::move(rl).value();
  }
  if (scenario.training->failures) {
    Result<sim::FailurePlan> failures = plan_failures(scenario, run.phases.front().job, hardware.reliability);
    if (!failures) return failures.diagnostics();
    run.failures = std::move(failures).value();
  }
  return run;
}

}  // namespace gpufleet::scenarios
