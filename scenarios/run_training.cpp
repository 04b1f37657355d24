#include "scenarios/run_training.h"

#include <fmt/format.h>
#include <cmath>
#include <optional>
#include <utility>

#include "scenarios/metrics.h"
#include "sim/training/nearest_fit.h"
#include "sim/training/replica_groups.h"

namespace gpufleet::scenarios {
namespace {

void append_critical_path(std::vector<BreakdownItem>& out, const sim::CriticalPath& path) {
  const auto item = [&](std::string_view cause, double seconds) {
    // Rounding of picoseconds leaves crumbs.
    constexpr double kCrumb = 1e-9;
    if (std::abs(seconds) > kCrumb) out.push_back({fmt::format("critical path: {}", cause), "s", seconds});
  };
  for (int cost = 0; cost < sim::kCosts; ++cost)
    item(sim::name(static_cast<sim::Cost>(cost)), path.by_cost[static_cast<std::size_t>(cost)]);
  item("contention and scatter", path.contention);
  item("waiting", path.waiting);
  item("gradient", path.gradient);
  item("optimizer", path.optimizer);
  item("parameter", path.parameter);
}

void append_breakdown(std::vector<BreakdownItem>& out, const sim::TrainingReport& report) {
  const sim::StageReport& first = report.step.stages.front();
  for (int part = 0; part < sim::kStepParts; ++part) {
    const Seconds spent = first.parts[static_cast<std::size_t>(part)];
    if (spent.value() != 0)
      out.push_back({fmt::format("stage 0 {}", sim::name(static_cast<sim::StepPart>(part))), "s", spent.value()});
  }
  for (int cost = 0; cost < sim::kCosts; ++cost) {
    const double spent = first.spent[static_cast<std::size_t>(cost)];
    if (spent != 0) out.push_back({fmt::format("stage 0 busy: {}", sim::name(static_cast<sim::Cost>(cost))), "s", spent});
  }
  if (first.exposed != 0) out.push_back({"stage 0 exposed communication", "s", first.exposed});
  append_critical_path(out, report.step.critical);
  if (report.memory.stages.empty()) return;
  const sim::StageMemory& memory = report.memory.stages[report.memory.fullest];
  constexpr double kGiB = 1073741824.0;
  const auto bytes = [&](std::string_view what, double value) {
    if (value != 0) out.push_back({fmt::format("stage {} memory: {}", memory.stage, what), "GiB", value / kGiB});
  };
  bytes("weights", memory.weights);
  bytes("gradients", memory.gradients);
  bytes("optimizer", memory.optimizer);
  bytes("activations", memory.activations);
  bytes("buffers", memory.buffers);
  bytes("capacity", memory.capacity);
}

std::string nearby_text(const std::vector<sim::NearbyLayout>& layouts) {
  std::string out;
  for (const sim::NearbyLayout& layout : layouts)
    out += fmt::format("{}{} ({:.3g} s a step)", out.empty() ? "it fits with " : "; with ", layout.change, layout.step_seconds);
  return out;
}

/// Who does what in a job on unlike chips: layers and micro-batches as stated or as balanced by achieved speed.
std::optional<ResultTable> mixed_layout(const sim::TrainingJob& job) {
  if (job.pools.size() < 2) return std::nullopt;
  ResultTable out{.name = "mixed-layout",
                  .columns = {{"group", ""},
                              {"replicas", ""},
                              {"micro-batches", ""},
                              {"carried less", ""},
                              {"stage", ""},
                              {"accelerator", ""},
                              {"tp", ""},
                              {"layers", ""}}};
  const auto number = [](std::int64_t value) { return static_cast<double>(value); };
  const std::vector<sim::TrainingJob> jobs = sim::group_jobs(job);
  for (std::size_t g = 0; g < jobs.size(); ++g) {
    const bool groups = !job.layout.groups.empty();
    const std::int64_t replicas = groups ? job.layout.groups[g].replicas : job.layout.dp;
    const std::int64_t fewer = groups ? job.layout.groups[g].fewer : 0;
    const sim::StepPlan plan = sim::plan_step(jobs[g]);
    for (std::size_t rank = 0; rank < plan.segments.size(); ++rank) {
      std::int64_t layers = 0;
      for (const sim::Segment& segment : plan.segments[rank]) layers += segment.layers();
      const sim::Stage& stage = jobs[g].layout.stages[rank];
      out.rows.push_back({number(static_cast<std::int64_t>(g)), number(replicas), number(sim::micro_batches_per_replica(jobs[g])),
                          number(fewer), number(static_cast<std::int64_t>(rank)),
                          jobs[g].pools[static_cast<std::size_t>(stage.pool)].accelerator.name, number(stage.tp),
                          number(layers)});
    }
  }
  return out;
}

}  // namespace

Result<TrainingOutput> run_training(const Scenario& scenario, const Catalogs& catalogs, const HardwareData& hardware,
                                    const sim::RunOptions& options, const RunControl& control, RunResult& result) {
  const Result<sim::TrainingRun> run = plan_training(scenario, catalogs, hardware);
  if (!run) return run.diagnostics();
  sim::TrainingReport report = sim::simulate_run(*run, options, control);
  if (control.stopped()) return TrainingOutput{};
  for (const MetricSpec& spec : metrics())
    for (const sim::TrainingMetric& metric : report.metrics)
      if (metric.name == spec.name) result.metrics.push_back({std::string(metric.name), metric.estimate, report.provenance});
  append_breakdown(result.breakdown, report);
  TrainingOutput out;
  out.memory_refusal = sim::memory_refusal(report.memory);
  const sim::TrainingJob& job = run->phases.front().job;
  if (std::optional<ResultTable> table = mixed_layout(job)) result.tables.push_back(std::move(*table));
  if (!out.memory_refusal.empty()) {
    result.warnings.push_back(out.memory_refusal);
    out.nearby = nearby_text(sim::nearest_fits(job, 3, control));
    if (!out.nearby.empty()) result.warnings.push_back(out.nearby);
  }
  if (options.recording == sim::Recording::spans) out.memory = sim::memory_timeline(job, report.memory, report.step.spans);
  out.spans = std::move(report.step.spans);
  out.transfers = std::move(report.step.transfers);
  return out;
}

}  // namespace gpufleet::scenarios
