#include "sim/training/run_failures.h"

#include <algorithm>
#include <cmath>

#include "sim/training/partition.h"
#include "sim/training/replica_groups.h"

namespace gpufleet::sim {
namespace {

double job_gpus(const TrainingJob& job) {
  double total = 0;
  for (const int gpus : gpus_by_pool(job)) total += gpus;
  return total;
}

double model_parameters(const TrainingJob& job) {
  const models::Shard whole;
  double total = models::model_rank_parameters(job.architecture, whole).total();
  if (job.architecture.mtp_layers > 0)
    total += static_cast<double>(job.architecture.mtp_layers) * models::mtp_rank_parameters(job.architecture, whole).total();
  return total;
}

double weight_bytes(const TrainingJob& job) { return model_parameters(job) * hw::bytes_per_value(job.precision.parameters); }

double storage_rate(const TrainingJob& job, const FailurePlan& plan) {
  return plan.storage_rate > 0 ? plan.storage_rate : plan.storage_per_gpu * job_gpus(job);
}

/// The slowest of the job's pools decides.
template <class OfPool>
double slowest(const TrainingJob& job, const OfPool& of_pool) {
  double rate = 0;
  const std::vector<int> used = gpus_by_pool(job);
  for (std::size_t i = 0; i < job.pools.size(); ++i)
    if (used[i] > 0) {
      const double one = of_pool(job.pools[i]);
      if (one > 0) rate = rate == 0 ? one : std::min(rate, one);
    }
  return rate;
}

/// Bytes a second from an accelerator to its host, one direction.
double host_link(const TrainingJob& job) {
  return slowest(job, [](const TrainingPool& pool) { return pool.accelerator.pcie_bandwidth.value() / 2; });
}
double network_link(const TrainingJob& job) {
  return slowest(job, [](const TrainingPool& pool) {
    return pool.fabric.out.rate.value() > 0 ? pool.fabric.out.rate.value() : pool.fabric.up.rate.value();
  });
}

double seconds(double bytes, double rate) { return rate > 0 ? bytes / rate : 0.0; }

}  // namespace

std::vector<int> gpus_by_pool(const TrainingJob& job) {
  std::vector<int> used(job.pools.size(), 0);
  for (const StageUse& use : stage_uses(job)) used[static_cast<std::size_t>(use.pool)] += use.gpus;
  return used;
}

double checkpoint_bytes(const TrainingJob& job) {
  const models::Precision& p = job.precision;
  const double per_parameter =
      hw::bytes_per_value(p.parameters) + hw::bytes_per_value(p.master) + 2 * hw::bytes_per_value(p.moments);
  return model_parameters(job) * per_parameter;
}

CheckpointCost checkpoint_cost(const TrainingJob& job, const FailurePlan& plan) {
  const double bytes = checkpoint_bytes(job);
  // Each rank copies its share, and writes what it copied.
  const double copy = seconds(bytes / job_gpus(job), host_link(job));
  const double write = seconds(bytes, storage_rate(job, plan));
  if (plan.save == SaveMode::synchronous) return {copy + write, copy + write};
  return {copy, copy + write};
}

double restart_seconds(const TrainingJob& job, const FailurePlan& plan) {
  const double replicas = std::max(1, job.layout.dp);
  const double gpus = job_gpus(job), weights = weight_bytes(job), rate = storage_rate(job, plan);
  // Optimiser states are read once, by the ranks that keep them; weights by every replica, or once and then passed along a ring.
  double load = seconds(checkpoint_bytes(job), rate);
  if (plan.load == LoadPath::storage)
    load += seconds(weights * (replicas - 1), rate);
  else if (replicas > 1)
    load += seconds(weights * replicas / gpus, network_link(job));
  return plan.launch + plan.group_setup_per_gpu * gpus + load;
}

LongRun long_run(const TrainingJob& job, const FailurePlan& plan, std::vector<WorkPhase> work) {
  LongRun run;
  run.work = std::move(work);
  run.horizon = plan.horizon;
  const std::vector<int> used = gpus_by_pool(job);
  for (std::size_t i = 0; i < used.size(); ++i) {
    const int per_node = std::max(1, job.pools[i].gpus_per_node);
    run.pools.push_back({.gpus = used[i],
                         .nodes = (used[i] + per_node - 1) / per_node,
                         .nodes_per_switch = plan.pools[i].nodes_per_switch,
                         .spare_nodes = plan.pools[i].spare_nodes,
                         .rates = plan.pools[i].rates});
  }
  run.trace = plan.trace;
  run.recovery = {.detection = plan.detection,
                  .restart = restart_seconds(job, plan),
                  .repair = plan.repair,
                  .switch_repair = plan.switch_repair};
  run.checkpoint = checkpoint_cost(job, plan);
  run.shortage = plan.shortage;
  run.replicas = std::max(1, job.layout.dp);
  run.stragglers = plan.stragglers;
  double rate = unplanned_rate(run.pools);
  if (!plan.trace.empty() && plan.trace.back().at > 0) rate += static_cast<double>(plan.trace.size()) / plan.trace.back().at;
  const double step = run.work.empty() ? 1.0 : run.work.front().step_seconds;
  const double shortest = std::max(step, run.checkpoint.durable - run.checkpoint.stall);
  run.interval = plan.interval ? *plan.interval
                               : best_interval(run.checkpoint, run.recovery.detection + run.recovery.restart, rate, shortest);
  return run;
}

std::vector<LongRunFigure> figures(const LongRun& run, const LongRunResult& result) {
  constexpr double kHour = 3600;
  double gpus = 0;
  for (const FaultPool& pool : run.pools) gpus += pool.gpus;
  std::vector<LongRunFigure> out;
  out.push_back({"effective_training_time_ratio", result.effective_ratio()});
  out.push_back({"interruptions", static_cast<double>(result.unplanned())});
  // Time in which faults may strike: not while the job stands for lack of hosts. A run that was never interrupted says no more
  // than that it survived so long.
  const double up = result.wall - result.parts.waiting;
  out.push_back({"mean_time_to_failure", up / static_cast<double>(std::max<std::int64_t>(1, result.unplanned())) / kHour});
  out.push_back({"lost_gpu_hours", result.parts.lost * gpus / kHour});
  out.push_back({"recovery_gpu_hours", (result.parts.recovery + result.parts.waiting) * gpus / kHour});
  if (std::isfinite(run.interval)) out.push_back({"checkpoint_interval", run.interval});
  out.push_back({"checkpoint_stall", run.checkpoint.stall});
  out.push_back({"restart_time", run.recovery.restart});
  out.push_back({"tokens_trained", result.tokens_trained});
  return out;
}

}  // namespace gpufleet::sim
