#include "sim/serving/capacity_search.h"

#include <algorithm>
#include <cmath>

#include "core/statistics.h"
#include "sim/serving/simulate.h"

namespace gpufleet::sim {
namespace {

// Share of all requests that were answered in time, over the seeds. Nothing is kept where nobody asked, and where the load is
// more than can be simulated.
Moments attainment(const ServingJob& job, const CapacityGoal& goal, std::uint64_t seed, const RunControl& control,
                   int& simulations) {
  Moments out;
  if (!serving_problem(job).empty()) {
    out.add(0);
    return out;
  }
  for (int repeat = 0; repeat < std::max(1, goal.repeats); ++repeat) {
    const ServingResult result = simulate_serving(job, seed + static_cast<std::uint64_t>(repeat), control);
    ++simulations;
    const double asked = static_cast<double>(result.counted + result.refused);
    const bool kept = asked > 0 && result.overrun == Overrun::none;
    out.add(kept ? static_cast<double>(result.slo_met) / asked : 0);
  }
  return out;
}

}  // namespace

Capacity largest_load(const ServingJob& job, const CapacityGoal& goal, std::uint64_t seed, const RunControl& control) {
  Capacity out;
  ServingJob trial = job;
  const auto holds = [&](double rate) {
    trial.workload.arrivals.rate = rate;
    const Moments share = attainment(trial, goal, seed, control, out.simulations);
    const bool good = share.mean() >= goal.attainment;
    if (good && rate >= out.load) out.load = rate, out.attainment = share.mean(), out.deviation = share.standard_deviation();
    return good;
  };
  double low = 0, high = std::min(std::max(job.workload.arrivals.rate, 1e-6), goal.most);
  constexpr int kDoublings = 40;
  for (int i = 0; i < kDoublings && high < goal.most && !control.stopped() && holds(high); ++i) {
    low = high;
    high = std::min(2 * high, goal.most);
  }
  while (!control.stopped() && high - low > goal.precision * high && high > 1e-9) {
    const double middle = 0.5 * (low + high);
    (holds(middle) ? low : high) = middle;
  }
  out.low = low;
  out.high = high;
  return out;
}

int fewest_instances(const ServingJob& job, std::size_t pool, int most, const CapacityGoal& goal, std::uint64_t seed,
                     const RunControl& control) {
  ServingJob trial = job;
  int simulations = 0;
  const auto holds = [&](int instances) {
    trial.pools[pool].instances = instances;
    return attainment(trial, goal, seed, control, simulations).mean() >= goal.attainment;
  };
  if (!holds(most)) return 0;
  int low = 0, high = most;  // low fails (or is none), high holds
  while (high - low > 1 && !control.stopped()) {
    const int middle = low + (high - low) / 2;
    (holds(middle) ? high : low) = middle;
  }
  return high;
}

}  // namespace gpufleet::sim
