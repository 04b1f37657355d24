// The largest load at which a deployment keeps its promise, and the fewest instances that carry a load: bisection over
// simulations.
#pragma once

#include <cstdint>
#include <functional>

#include "core/run_control.h"
#include "sim/serving/job.h"
#include "sim/serving/result.h"

namespace gpufleet::sim {

struct CapacityGoal {
  double attainment = 0.9;  ///< share of requests that must meet the SLO
  double precision = 0.02;  ///< relative width at which the search ends
  int repeats = 3;          ///< seeds a point; the promise must hold on their mean
  double most = 1e6;        ///< requests/s that are not exceeded
};

struct Capacity {
  double load = 0;           ///< requests per second at which the SLO still holds
  double low = 0, high = 0;  ///< largest load seen to hold and smallest seen to fail
  double attainment = 0;     ///< at `load`, mean over the seeds
  double deviation = 0;      ///< its standard deviation over the seeds
  int simulations = 0;
};

/// Open arrivals only; the job's rate is where the search begins. A request that is never answered counts as a promise not kept.
Capacity largest_load(const ServingJob& job, const CapacityGoal& goal, std::uint64_t seed, const RunControl& control);

/// The fewest instances of pool `pool` with which the SLO holds at the job's own rate, up to `most`; 0 if none do.
int fewest_instances(const ServingJob& job, std::size_t pool, int most, const CapacityGoal& goal, std::uint64_t seed,
                     const RunControl& control);

}  // namespace gpufleet::sim
