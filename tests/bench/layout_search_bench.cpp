// Layout search: layouts bounded a second on one core, over the whole of DeepSeek-V3's space; and the property that the search
// stands on, at full length: over ten thousand random layouts no bound is above the simulated step.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "core/check.h"
#include "core/random.h"
#include "scenarios/data_paths.h"
#include "scenarios/raw_scenario.h"
#include "scenarios/search/layout_search.h"
#include "scenarios/validate.h"
#include "tests/support/layout_bound.h"

namespace gpufleet::scenarios {
namespace {

sim::TrainingRun run_of(const std::string& file) {
  const DataPaths paths = find_data();
  const Catalogs catalogs = load_catalogs(paths).value();
  const HardwareData hardware = load_hardware_data(paths).value();
  const Result<RawScenario> raw = load_scenario((paths.scenarios / file).string(), {}, paths);
  check(raw.ok(), "a shipped scenario reads");
  const Result<Scenario> scenario = validate(*raw, catalogs);
  check(scenario.ok(), "a shipped scenario is valid");
  return plan_training(*scenario, catalogs, hardware).value();
}

void bounds_of_all_layouts(benchmark::State& state, const std::string& file) {
  const sim::TrainingRun run = run_of(file);
  LayoutRequest request;
  request.jobs = 1;
  request.seconds = 1e-9;  // bounds alone: there is no time to simulate
  std::size_t candidates = 0;
  for (auto _ : state) {
    const Result<LayoutAnswer> answer = search_layouts(run, {}, request, {});
    check(answer.ok() && answer->simulated == 0, "bounds alone");
    candidates += answer->candidates;
  }
  state.counters["layouts"] = static_cast<double>(candidates) / static_cast<double>(state.iterations());
  state.counters["layouts_per_second"] = benchmark::Counter(static_cast<double>(candidates), benchmark::Counter::kIsRate);
}
BENCHMARK_CAPTURE(bounds_of_all_layouts, deepseek_v3_2048, "deepseek-v3-h800-2048.toml")->Unit(benchmark::kSecond);
BENCHMARK_CAPTURE(bounds_of_all_layouts, llama3_16384, "llama-3-405b-h100-16384.toml")->Unit(benchmark::kSecond);

sim::TrainingJob smaller(const std::string& file, int gpus, std::int64_t batch) {
  sim::TrainingJob job = run_of(file).phases.front().job;
  job.pools[0].gpus = gpus;
  job.global_batch = batch;
  return job;
}

// Random members of random groups, those with few micro-batches: long steps teach nothing more.
void bound_is_never_above_the_step(benchmark::State& state, const std::string& file, int gpus, std::int64_t batch) {
  constexpr int kLayouts = 5000;
  constexpr std::int64_t kMostMicroBatches = 64;
  const sim::TrainingJob base = smaller(file, gpus, batch);
  const sim::SearchSpace space = sim::usual_space(base);
  const std::vector<sim::LayoutGroup> groups = sim::layout_groups(base, space);
  double closest = 0, sum = 0;
  for (auto _ : state) {
    RandomStream stream(static_cast<std::uint64_t>(state.range(0)), file);
    for (int tried = 0; tried < kLayouts;) {
      const auto group = static_cast<std::uint32_t>(stream.below(groups.size()));
      const std::vector<sim::Candidate> all = sim::members(base, space, groups, group);
      if (all.empty()) continue;
      const sim::TrainingJob job = sim::job_of(base, groups, all[stream.below(all.size())]);
      if (sim::micro_batches_per_replica(job) > kMostMicroBatches) continue;
      const double bound = testing::layout_bound(job, sim::make_layer_kit(job, 0));
      const double step = to_seconds(sim::simulate_step(job, {}, {}).step_time).value();
      if (bound > step) {
        state.SkipWithError(
            fmt::format("a bound {:.3g} above the simulated step: {}", bound / step - 1, sim::describe(job)).c_str());
        return;
      }
      closest = std::max(closest, bound / step);
      sum += bound / step;
      ++tried;
    }
  }
  state.counters["layouts"] = kLayouts;
  state.counters["closest"] = closest;
  state.counters["mean"] = sum / kLayouts / static_cast<double>(state.iterations());
}
BENCHMARK_CAPTURE(bound_is_never_above_the_step, deepseek_v3, "deepseek-v3-h800-2048.toml", 128, 128)
    ->Arg(1)
    ->Arg(2)
    ->Iterations(1)
    ->Unit(benchmark::kSecond);
BENCHMARK_CAPTURE(bound_is_never_above_the_step, llama3, "llama-3-405b-h100-16384.toml", 128, 128)
    ->Arg(1)
    ->Arg(2)
    ->Iterations(1)
    ->Unit(benchmark::kSecond);

}  // namespace
}  // namespace gpufleet::scenarios
