#include "sim/training/power.h"

#include <algorithm>

#include "core/check.h"
#include "sim/training/replica_groups.h"

namespace gpufleet::sim {
namespace {

// Where the catalog knows no idle power: a tenth of the design power, as for the chips of which it is known (H100 70 of 700 W).
constexpr double kIdleShare = 0.1;

double idle_watts(const hw::Accelerator& chip) {
  return chip.idle_power.value() > 0 ? chip.idle_power.value() : kIdleShare * chip.tdp.value();
}

/// Share of the step in which compute kernels run.
double computing(const StageReport& stage, double step) {
  double busy = 0;
  for (const StepPart part : {StepPart::forward, StepPart::backward, StepPart::weight, StepPart::overlapped, StepPart::optimizer})
    busy += stage.parts[static_cast<std::size_t>(part)].value();
  return std::clamp((busy - stage.exposed) / step, 0.0, 1.0);
}

}  // namespace

std::optional<JobPower> job_power(const TrainingJob& job, const StepResult& step) {
  const std::vector<StageUse> uses = stage_uses(job);
  check(uses.size() == step.stages.size(), "job_power: one report a stage");
  const double seconds = to_seconds(step.step_time).value();
  JobPower out;
  double gpus = 0;
  for (std::size_t i = 0; i < uses.size(); ++i) {
    const TrainingPool& pool = job.pools[static_cast<std::size_t>(uses[i].pool)];
    if (pool.accelerator.tdp.value() <= 0) return std::nullopt;
    const double idle = idle_watts(pool.accelerator), full = std::max(idle, pool.accelerator.tdp.value());
    out.busy += uses[i].gpus * (pool.host_power + idle + (full - idle) * computing(step.stages[i], seconds));
    out.idle += uses[i].gpus * (pool.host_power + idle);
    gpus += uses[i].gpus;
  }
  return gpus > 0 ? JobPower{out.busy / gpus, out.idle / gpus} : out;
}

}  // namespace gpufleet::sim
