#include "scenarios/run_scenario.h"

#include <fmt/format.h>

#include "scenarios/output/number_text.h"
#include "scenarios/output/step_trace_json.h"
#include "scenarios/run_claims.h"
#include "scenarios/run_fleet.h"
#include "scenarios/run_horizon.h"
#include "scenarios/run_serving.h"
#include "scenarios/run_training.h"

namespace gpufleet::scenarios {
namespace {

// A run without an interruption tells no mean time between them, only how long it went without one.
void drop_untold_mean_time(RunResult& result) {
  const MetricValue* interruptions = find_metric(result, "interruptions");
  const MetricValue* mean_time = find_metric(result, "mean_time_to_failure");
  if (interruptions == nullptr || mean_time == nullptr || interruptions->estimate.value > 0) return;
  const std::string hours = number_text(mean_time->estimate.value, 4);
  result.warnings.push_back(
      fmt::format("no interruption in {} h: the mean time to failure is not known, only that it is of that "
                  "order or longer",
                  hours));
  std::erase_if(result.metrics, [](const MetricValue& metric) { return metric.name == "mean_time_to_failure"; });
}

}  // namespace

Result<RunOutput> run_scenario(const Scenario& scenario, const Catalogs& catalogs, const HardwareData& hardware,
                               const RunSettings& settings, const RunControl& control) {
  RunOutput out;
  RunResult& result = out.result;
  result.title = scenario.title;
  result.scenario_name = scenario.name;
  result.scenario_json = scenario.canonical;
  result.scenario_hash = scenario.hash;
  result.seed = settings.seed;
  result.version = std::string(program_version());
  result.measured = scenario.measured;
  if (scenario.training) {
    sim::RunOptions options;
    options.seed = settings.seed;
    options.recording = settings.recording;
    options.folding = settings.folding;
    if (settings.draws) options.draws = *settings.draws;
    Result<TrainingOutput> training = run_training(scenario, catalogs, hardware, options, control, result);
    if (!training) return training.diagnostics();
    out.memory_refusal = std::move(training->memory_refusal);
    out.spans = std::move(training->spans);
    out.transfers = std::move(training->transfers);
    out.memory = std::move(training->memory);
    out.nearby = std::move(training->nearby);
    drop_untold_mean_time(result);
  }
  if (scenario.serving && !control.stopped()) {
    const Diagnostics problems = run_serving(scenario, catalogs, hardware, control, result);
    if (has_errors(problems)) return problems;
  }
  if (scenario.fleet && !control.stopped()) {
    const Diagnostics problems = run_fleet(*scenario.fleet, catalogs, result);
    if (has_errors(problems)) return problems;
  }
  CurveMemory own;
  CurveMemory& memory = settings.curves == nullptr ? own : *settings.curves;
  if (scenario.horizon && !control.stopped()) {
    const Diagnostics problems = run_horizon(*scenario.horizon, *scenario.fleet, catalogs, hardware, memory, control, result);
    if (has_errors(problems)) return problems;
  }
  if (scenario.claims && !control.stopped()) {
    const Diagnostics problems = run_claims(*scenario.claims, catalogs, hardware, memory, control, result);
    if (has_errors(problems)) return problems;
  }
  return out;
}

std::string chrome_trace(const RunOutput& output) { return step_trace_json(output.spans, output.transfers, output.memory); }

}  // namespace gpufleet::scenarios
