// What users read off a serving simulation: the metrics of INTERFACE's serving part and the breakdown, from the simulator's
// result.
#pragma once

#include <string>
#include <vector>

#include "scenarios/run_result.h"
#include "sim/serving/job.h"
#include "sim/serving/result.h"

namespace gpufleet::scenarios {

struct ServingFigure {
  std::string name;  ///< of metrics.h
  double value = 0;  ///< in that metric's unit
};

/// In the order of metrics.h. What the deployment does not have (decode nodes, prices, tokens after the first) is left out.
std::vector<ServingFigure> serving_figures(const sim::ServingJob& job, const sim::ServingResult& result);

/// Nodes, batch, memory and preemptions of each pool; requests and what became of them.
std::vector<BreakdownItem> serving_breakdown(const sim::ServingResult& result);

/// What happened in each sample period: rates over it, requests and nodes at its end. No rows where nothing was sampled.
ResultTable serving_series(const sim::ServingResult& result);

}  // namespace gpufleet::scenarios
