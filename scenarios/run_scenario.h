// One scenario simulated: from a validated Scenario to the RunResult that every sink shows.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/run_control.h"
#include "scenarios/capacity_curves.h"
#include "scenarios/plan_training.h"
#include "scenarios/run_result.h"
#include "sim/training/memory_timeline.h"
#include "sim/training/step.h"
#include "sim/training/step_part.h"

namespace gpufleet::scenarios {

struct RunSettings {
  std::uint64_t seed = 1;
  sim::Recording recording = sim::Recording::none;
  sim::Folding folding = sim::Folding::folded;
  std::optional<int> draws;       ///< of training spreads; nothing: as many as usual
  CurveMemory* curves = nullptr;  ///< shared by scenarios that are run together; null: each works its own out
};

struct RunOutput {
  RunResult result;
  std::string memory_refusal;    ///< why the plan does not fit, with the arithmetic; empty if it fits
  std::vector<sim::Span> spans;  ///< one step's blocks, if recorded
  std::vector<sim::TransferSpan> transfers;
  std::vector<sim::MemoryPoint> memory;
  std::string nearby;  ///< changes after which a plan that does not fit would
};

/// Each subject of the scenario is run and adds its metrics. Errors: what their plans refuse. A plan that does not fit in memory
/// still gives its numbers, with the refusal beside them.
Result<RunOutput> run_scenario(const Scenario& scenario, const Catalogs& catalogs, const HardwareData& hardware,
                               const RunSettings& settings, const RunControl& control);

/// The spans as a Chrome trace (chrome://tracing, Perfetto): a compute and a communication row a pipeline stage.
std::string chrome_trace(const RunOutput& output);

}  // namespace gpufleet::scenarios
