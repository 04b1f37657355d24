// A serving deployment, request by request: arrivals find an instance, wait, are prefilled, move on, decode and leave. Events on
// integer picoseconds; an iteration is one event and costs the same for any batch; finished requests leave no trace but their
// latencies. Pure: the same job and seed give the same bytes.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "core/run_control.h"
#include "sim/serving/job.h"
#include "sim/serving/result.h"

namespace gpufleet::sim {

/// Why the job cannot be simulated, one sentence; empty = it can.
std::string serving_problem(const ServingJob& job);

/// Calls both of two functions that share nothing, in turn or on two threads, and returns when both are done.
using RunBoth = std::function<void(const std::function<void()>&, const std::function<void()>&)>;

/// Precondition: serving_problem(job) is empty. A stopped run returns what it has, with `stopped` set. `both` may run the prompts
/// and the answers of a deployment that keeps them apart at the same time; the result is the same.
ServingResult simulate_serving(const ServingJob& job, std::uint64_t seed, const RunControl& control, const RunBoth& both);
/// The same, one after the other.
ServingResult simulate_serving(const ServingJob& job, std::uint64_t seed, const RunControl& control);

}  // namespace gpufleet::sim
