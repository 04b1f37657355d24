// CPU time of training: steps folded and unfolded, a mixed fleet, and one replica of a run of weeks under faults.
#include <benchmark/benchmark.h>

#include <map>
#include <string>

#include "core/check.h"
#include "scenarios/data_paths.h"
#include "scenarios/plan_training.h"
#include "scenarios/raw_scenario.h"
#include "scenarios/validate.h"
#include "sim/training/run_failures.h"
#include "sim/training/step.h"

namespace gpufleet::scenarios {
namespace {

struct Data {
  DataPaths paths = find_data();
  Catalogs catalogs = load_catalogs(paths).value();
  HardwareData hardware = load_hardware_data(paths).value();
};

const sim::TrainingRun& run_of(const std::string& file) {
  static const Data data;
  static std::map<std::string, sim::TrainingRun> runs;
  const auto found = runs.find(file);
  if (found != runs.end()) return found->second;
  const Result<RawScenario> raw = load_scenario((data.paths.scenarios / file).string(), {}, data.paths);
  check(raw.ok(), "a shipped scenario reads");
  const Result<Scenario> scenario = validate(*raw, data.catalogs);
  check(scenario.ok(), "a shipped scenario is valid");
  return runs.emplace(file, plan_training(*scenario, data.catalogs, data.hardware).value()).first->second;
}

void step(benchmark::State& state, const std::string& file, sim::Folding folding) {
  const sim::TrainingJob& job = run_of(file).phases.front().job;
  for (auto _ : state) benchmark::DoNotOptimize(sim::simulate_step(job, {.folding = folding}, {}).step_time);
}
BENCHMARK_CAPTURE(step, deepseek_v3_2048, "deepseek-v3-h800-2048.toml", sim::Folding::folded)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(step, deepseek_v3_2048_unfolded, "deepseek-v3-h800-2048.toml", sim::Folding::unfolded)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(step, llama3_16384, "llama-3-405b-h100-16384.toml", sim::Folding::folded)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(step, mixed_50176, "llama-3-405b-mixed-50176.toml", sim::Folding::folded)->Unit(benchmark::kMillisecond);

void sixty_days(benchmark::State& state) {
  const sim::TrainingRun& run = run_of("validation/training/reliability/llama3-54-days.toml");
  sim::FailurePlan plan = *run.failures;
  plan.horizon.reset();
  const std::int64_t steps = state.range(0);
  constexpr double kSixtyDays = 60 * 86400.0;
  const sim::LongRun long_run = sim::long_run(
      run.phases.front().job, plan,
      {{.steps = steps, .step_seconds = kSixtyDays / static_cast<double>(steps), .tokens_per_step = 16e6, .gpus = 16384}});
  std::uint64_t seed = 0;
  for (auto _ : state) benchmark::DoNotOptimize(sim::simulate_long_run(long_run, ++seed).wall);
}
BENCHMARK(sixty_days)->Arg(200000)->Arg(2000000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace gpufleet::scenarios
