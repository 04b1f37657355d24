#include "scenarios/training_difference.h"

#include <algorithm>

#include "scenarios/parallel.h"
#include "sim/training/step_draw.h"

namespace gpufleet::scenarios {
namespace {

double gpus_of(const sim::TrainingJob& job) {
  double out = 0;
  for (const sim::Stage& stage : job.layout.stages) out += stage.tp * job.layout.cp * job.layout.dp;
  return out;
}

// Figures of one scenario that grow with its speed, at the medians (last) and in every draw.
struct Speeds {
  std::vector<double> tokens_per_second;
  double gpus = 1;
  std::optional<double> usd_per_second;
};

Speeds speeds_of(const sim::TrainingRun& run, std::uint64_t seed, int draws, const RunControl& control) {
  const sim::TrainingJob& job = run.phases.front().job;
  Speeds out{std::vector<double>(static_cast<std::size_t>(draws) + 1), gpus_of(job), std::nullopt};
  constexpr double kSecondsPerHour = 3600;
  if (run.usd_per_gpu_hour) out.usd_per_second = *run.usd_per_gpu_hour * out.gpus / kSecondsPerHour;
  const auto tokens = static_cast<double>(job.global_batch * job.sequence_length);
  for_each_index(out.tokens_per_second.size(), 0, [&](std::size_t i) {
    if (control.stopped()) return;
    const bool middle = i == static_cast<std::size_t>(draws);
    const sim::StepDraw draw = middle ? sim::StepDraw{} : sim::step_draw(run, seed, static_cast<int>(i));
    const Time step = sim::simulate_step(job, {.perturbation = draw.perturbation}, {control.stop, {}}).step_time;
    out.tokens_per_second[i] = tokens / (draw.factor * to_seconds(step).value());
  });
  return out;
}

enum class Better : std::uint8_t { more, less };

// `scale` turns the ratio of speeds into that of the figure; a cost is the inverse of a speed.
RelativeDifference difference(const Speeds& first, const Speeds& second, double scale, Better better) {
  std::vector<double> changes;
  for (std::size_t i = 0; i < first.tokens_per_second.size(); ++i) {
    const double ratio = second.tokens_per_second[i] / first.tokens_per_second[i];
    changes.push_back((better == Better::more ? scale * ratio : scale / ratio) - 1);
  }
  RelativeDifference out;
  out.value.value = changes.back();
  changes.pop_back();
  out.value.low = out.value.high = out.value.value;
  if (changes.empty()) return out;
  double wins = 0;
  for (const double change : changes) wins += change == 0 ? 0.5 : (change > 0) == (better == Better::more) ? 1 : 0;
  out.better = wins / static_cast<double>(changes.size());
  out.value.low = std::min(out.value.value, quantile(changes, 0.1));
  out.value.high = std::max(out.value.value, quantile(changes, 0.9));
  return out;
}

}  // namespace

Result<std::vector<TrainingDifference>> training_differences(std::span<const Scenario> scenarios, const Catalogs& catalogs,
                                                             const HardwareData& hardware, std::uint64_t seed, int draws,
                                                             const RunControl& control) {
  std::vector<Speeds> all;
  for (const Scenario& scenario : scenarios) {
    const Result<sim::TrainingRun> run = plan_training(scenario, catalogs, hardware);
    if (!run) return run.diagnostics();
    all.push_back(speeds_of(*run, seed, draws, control));
  }
  std::vector<TrainingDifference> out;
  for (std::size_t i = 1; i < all.size() && !control.stopped(); ++i) {
    const Speeds &first = all.front(), &second = all[i];
    TrainingDifference one;
    one.tokens_per_second = difference(first, second, 1, Better::more);
    one.tokens_per_second_per_gpu = difference(first, second, first.gpus / second.gpus, Better::more);
    if (first.usd_per_second && second.usd_per_second)
      one.cost_per_token = difference(first, second, *second.usd_per_second / *first.usd_per_second, Better::less);
    out.push_back(one);
  }
  return out;
}

ResultTable difference_table(const TrainingDifference& difference) {
  ResultTable out{"against the first, from the same draws",
                  {{"figure", ""}, {"difference", "%"}, {"low", "%"}, {"high", "%"}, {"better in", "% of draws"}},
                  {}};
  const auto row = [&](const char* name, const RelativeDifference& one) {
    out.rows.push_back({std::string(name), one.value.value * 100, one.value.low * 100, one.value.high * 100, one.better * 100});
  };
  row("tokens_per_second", difference.tokens_per_second);
  row("tokens_per_second_per_gpu", difference.tokens_per_second_per_gpu);
  if (difference.cost_per_token) row("cost_per_token", *difference.cost_per_token);
  return out;
}

}  // namespace gpufleet::scenarios
