#include "scenarios/run_serving.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <thread>

#include "scenarios/parallel.h"
#include "scenarios/serving_figures.h"
#include "sim/serving/capacity_search.h"
#include "sim/serving/simulate.h"

namespace gpufleet::scenarios {
namespace {

// The asked run, then the three that give the interval: as fitted, slower and faster by the engine's spread.
enum Run : std::size_t { whole, fitted, slow, fast };
constexpr std::array<double, 4> kSigmas{0, 0, kNormalQuantile90, -kNormalQuantile90};

constexpr double kMany = 3e6;  // requests above which the interval is taken from a shorter stretch
constexpr double kHour = 3600, kDay = 24 * kHour;

/// Seconds in which requests arrive; 0 = as many as there are asked.
double arriving_seconds(const sim::Workload& w) {
  if (w.arrivals.kind != sim::ArrivalKind::trace) return w.duration;
  const double trace = sim::trace_shape(w).seconds / w.trace_speed;
  return w.duration > 0 ? std::min(w.duration, trace) : trace;
}

double expected_requests(const sim::Workload& w) {
  if (w.arrivals.kind == sim::ArrivalKind::trace) {
    const sim::TraceShape trace = sim::trace_shape(w);
    const double share = trace.seconds > 0 ? arriving_seconds(w) * w.trace_speed / trace.seconds : 1;
    const double given = share * static_cast<double>(trace.requests);
    return w.requests > 0 ? std::min(given, static_cast<double>(w.requests)) : given;
  }
  if (w.duration <= 0) return static_cast<double>(w.requests);
  const double by_rate = w.arrivals.rate * w.duration;
  return w.requests > 0 ? std::min<double>(by_rate, static_cast<double>(w.requests)) : by_rate;
}

struct Simulated {
  Diagnostics problems;
  sim::ServingJob job;
  sim::ServingResult result;
  std::vector<ServingFigure> figures;
};

std::optional<double> value_of(const std::vector<ServingFigure>& figures, const std::string& name) {
  const auto found = std::ranges::find(figures, name, &ServingFigure::name);
  return found == figures.end() ? std::nullopt : std::optional<double>(found->value);
}

// How much a figure moves, carried from the stretch to the whole.
Estimate interval(const ServingFigure& figure, const std::array<Simulated, 4>& runs) {
  const auto base = value_of(runs[fitted].figures, figure.name), a = value_of(runs[slow].figures, figure.name),
             b = value_of(runs[fast].figures, figure.name);
  if (!base || !a || !b || *base <= 0) return {figure.value, figure.value, figure.value};
  const double first = figure.value * *a / *base, second = figure.value * *b / *base;
  return {figure.value, std::min({figure.value, first, second}), std::max({figure.value, first, second})};
}

hw::Provenance provenance_of(const Scenario& scenario, const Catalogs& catalogs, const HardwareData& hardware) {
  hw::Provenance out = hw::Provenance::measured;
  for (const ServingPoolSpec& pool : scenario.serving->pools) {
    const auto instance = plan_instance(pool, scenario.pools[static_cast<std::size_t>(pool.pool)], scenario.architecture, 1024,
                                        catalogs, hardware, catalogs.engines);
    constexpr std::int64_t kRows = 64, kWidth = 4096;
    if (instance) out = std::max(out, instance->kernels.time(hw::Gemm{pool.precision.linear, kRows, kWidth, kWidth}).provenance);
  }
  return out;
}

Diagnostics overrun_problem(sim::Overrun overrun) {
  const std::string why = overrun == sim::Overrun::time
                              ? fmt::format("the requests take more than {:.0f} days", 2 * sim::kLongestWorkload / kDay)
                              : fmt::format("more than {} requests wait at once", sim::kMostAtOnce);
  return {Diagnostic{.where = {},
                     .key = "serving.workload",
                     .message = why + ", which is the most that is simulated",
                     .hint = "send fewer, or use more instances"}};
}

void in_turn(const std::function<void()>& first, const std::function<void()>& second) { first(), second(); }
void at_once(const std::function<void()>& first, const std::function<void()>& second) {
  const std::jthread other(second);
  first();
}

void search(const Scenario& scenario, const sim::ServingJob& job, const RunControl& control, RunResult& result) {
  const ServingSpec& spec = *scenario.serving;
  sim::CapacityGoal goal;
  goal.attainment = spec.attainment;
  if (spec.search == CapacitySearch::rate) {
    const sim::Capacity found = sim::largest_load(job, goal, result.seed, control);
    result.metrics.push_back({"largest_rate", {found.load, found.low, found.high}, hw::Provenance::measured});
    result.breakdown.push_back({"capacity search simulations", "count", static_cast<double>(found.simulations)});
    result.breakdown.push_back({"promise kept at the largest rate", "ratio", found.attainment});
    result.breakdown.push_back({"its deviation over seeds", "ratio", found.deviation});
    if (found.load <= 0) result.warnings.push_back("the promise does not hold at any rate");
    return;
  }
  const int most = job.pools.front().instances;
  const int found = sim::fewest_instances(job, 0, most, goal, result.seed, control);
  if (found == 0) {
    result.warnings.push_back(fmt::format("the promise does not hold with {} instances of pool \"{}\"", most, job.pools[0].name));
    return;
  }
  const double nodes = found * job.pools.front().nodes_per_instance;
  result.metrics.push_back({"fewest_nodes", {nodes, nodes, nodes}, hw::Provenance::measured});
}

}  // namespace

Diagnostics run_serving(const Scenario& scenario, const Catalogs& catalogs, const HardwareData& hardware,
                        const RunControl& control, RunResult& result) {
  const ServingSpec& spec = *scenario.serving;
  const double expected = expected_requests(spec.workload);
  ServingSpec stretch = spec;
  if (const double length = arriving_seconds(spec.workload); expected > kMany && length > 0) {
    stretch.workload.duration = std::min(length, std::max(kHour, length * kMany / expected));
    stretch.warm_up = std::min(spec.warm_up, 0.5 * stretch.workload.duration);
  }
  std::array<Simulated, 4> runs;
  const bool same = stretch.workload.duration == spec.workload.duration;
  const auto simulate = [&](std::size_t i, const sim::RunBoth& both) {
    Simulated& run = runs[i];
    if (control.stopped()) return;
    auto job = plan_serving(i == whole ? spec : stretch, scenario.pools, scenario.architecture, catalogs, hardware,
                            catalogs.engines, kSigmas[i]);
    if (!job) {
      run.problems = job.diagnostics();
      return;
    }
    run.job = std::move(job).value();
    // Only the asked run tells its progress.
    const RunControl quiet{control.stop, {}};
    run.result = sim::simulate_serving(run.job, result.seed, i == whole ? control : quiet, both);
    if (run.result.overrun != sim::Overrun::none) {
      run.problems = overrun_problem(run.result.overrun);
      return;
    }
    run.figures = serving_figures(run.job, run.result);
  };
  // A long run has both halves of its deployment on threads of their own; short ones are a thread each.
  if (!same) simulate(whole, at_once);
  for_each_index(runs.size(), 0, [&](std::size_t i) {
    if (!(i == whole && !same) && !(i == fitted && same)) simulate(i, in_turn);
  });
  for (Simulated& run : runs) {
    if (!has_errors(run.problems)) continue;
    for (Diagnostic& problem : run.problems)
      if (problem.where.file.empty()) problem.where.file = scenario.name;
    return run.problems;
  }
  if (control.stopped()) return {};
  if (same) runs[fitted].figures = runs[whole].figures;

  const hw::Provenance provenance = provenance_of(scenario, catalogs, hardware);
  for (const ServingFigure& figure : runs[whole].figures)
    result.metrics.push_back({figure.name, interval(figure, runs), provenance});
  for (BreakdownItem& item : serving_breakdown(runs[whole].result)) result.breakdown.push_back(std::move(item));
  const sim::ServingResult& done = runs[whole].result;
  if (ResultTable series = serving_series(done); !series.rows.empty()) result.tables.push_back(std::move(series));
  if (done.refused > 0)
    result.warnings.push_back(
        fmt::format("{} of {} requests are longer than an instance can hold and were refused", done.refused, done.arrived));
  // A stream that ends early: its file was shortened or taken away since it was checked.
  if (spec.workload.stream.open && spec.workload.duration <= 0 && spec.workload.requests == 0 && !done.stopped &&
      done.arrived < spec.workload.stream.shape.requests)
    return {Diagnostic{.where = {},
                       .key = "serving.workload.trace",
                       .message = fmt::format("ended after {} of {} requests: its file has changed since it was checked",
                                              done.arrived, spec.workload.stream.shape.requests),
                       .hint = {}}};
  if (!same)
    result.warnings.push_back(fmt::format("intervals are those of the first {:.1f} hours", stretch.workload.duration / kHour));
  if (spec.search != CapacitySearch::none) search(scenario, runs[whole].job, control, result);
  return {};
}

}  // namespace gpufleet::scenarios
