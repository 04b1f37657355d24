// `gpufleet layouts`: the best parallel layouts of a training scenario, the best deployments of a serving scenario.
#include <fmt/format.h>
#include <algorithm>

#include "scenarios/cli/commands.h"
#include "scenarios/cli/shipped_data.h"
#include "scenarios/search/deployment_text.h"
#include "scenarios/search/layout_text.h"

namespace gpufleet::scenarios::cli {
namespace {

LayoutObjective objective_of(LayoutsOptions::Objective objective) {
  switch (objective) {
    case LayoutsOptions::Objective::cost: return LayoutObjective::cost;
    case LayoutsOptions::Objective::memory: return LayoutObjective::memory;
    case LayoutsOptions::Objective::energy: return LayoutObjective::energy;
    default: return LayoutObjective::time;
  }
}

int deployments(const LayoutsOptions& options, const Scenario& scenario, const Catalogs& catalogs, const HardwareData& hardware,
                Console& console, const RunControl& control) {
  using Objective = LayoutsOptions::Objective;
  if (options.objective == Objective::memory || options.objective == Objective::energy) {
    console.diagnose({.where = {"--objective", 0, 0},
                      .message = "deployments for serving are searched for the largest rate or the least cost",
                      .hint = "--objective time or cost"});
    return kBadInput;
  }
  constexpr int kMostDraws = 9;  // each loads every listed deployment again
  const DeploymentRequest request{options.objective == Objective::cost ? DeploymentObjective::cost : DeploymentObjective::rate,
                                  BatchLimits::searched,
                                  options.top,
                                  options.seed,
                                  options.jobs,
                                  options.seconds,
                                  std::min(options.draws, kMostDraws)};
  const Result<DeploymentAnswer> answer = search_deployments(scenario, catalogs, hardware, request, control);
  console.end_progress();
  console.diagnose(answer.diagnostics());
  if (!answer) return exit_code(answer.diagnostics());
  console.print(deployment_text(*answer, options.format));
  if (control.stopped()) return kInterrupted;
  return answer->top.empty() ? kRefused : kDone;
}

}  // namespace

int layouts_command(const LayoutsOptions& options, Console& console, std::stop_token stop) {
  const Result<ShippedData> data = load_shipped(console);
  if (!data) return exit_code_of_data(data.diagnostics());
  const std::optional<Scenario> scenario = load_checked(options.scenario, options.overrides, *data, console);
  if (!scenario) return kBadInput;
  const RunControl control{stop, [&](double fraction, std::string_view what) { console.progress(fraction, what); }};
  if (!scenario->training && scenario->serving)
    return deployments(options, *scenario, data->catalogs, data->hardware, console, control);
  if (!scenario->training) {
    console.diagnose({.where = {options.scenario, 0, 0},
                      .key = "training",
                      .message = "layouts are searched for training and serving, and the scenario has neither",
                      .hint = {}});
    return kBadInput;
  }
  const Result<sim::TrainingRun> run = plan_training(*scenario, data->catalogs, data->hardware);
  console.diagnose(run.diagnostics());
  if (!run) return exit_code(run.diagnostics());
  std::vector<std::optional<double>> prices;
  for (const PoolSpec& pool : scenario->pools) prices.push_back(pool.rent_usd_per_hour);

  const LayoutRequest request{
      objective_of(options.objective), options.top, options.draws, options.seed, options.jobs, options.seconds};
  const Result<LayoutAnswer> answer = search_layouts(*run, prices, request, control);
  console.end_progress();
  console.diagnose(answer.diagnostics());
  if (!answer) return exit_code(answer.diagnostics());
  console.print(layout_text(*answer, options.format));
  // Figures that change from run to run stay out of the answer itself.
  if (options.format == Format::table)
    console.progress(1.0, fmt::format("bounded {} layouts in {:.1f} s, simulated {} in {:.1f} s", answer->candidates,
                                      answer->enumerate_seconds, answer->simulated, answer->simulate_seconds));
  console.end_progress();
  return control.stopped() ? kInterrupted : kDone;
}

}  // namespace gpufleet::scenarios::cli
