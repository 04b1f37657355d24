// The whole of `gpufleet plan`: model, programme, solution, simulation, corrections until the two agree, worth of limits,
// branches.
#pragma once

#include <string>
#include <vector>

#include "core/result.h"
#include "core/run_control.h"
#include "scenarios/plan/limits.h"
#include "scenarios/plan/replay.h"
#include "scenarios/run_result.h"

namespace gpufleet::scenarios {

/// A plan that programme and simulator agree on, or the last one tried.
struct SettledPlan {
  sim::PlanTree tree;  ///< with its corrections
  sim::Formulation formulation;
  sim::Solution solution;
  std::vector<sim::PlanOutcome> outcomes;  ///< by branch
  std::vector<PlanReplay> replays;
  std::vector<std::vector<std::vector<Agreement>>> rounds;  ///< by round and branch; the last is of this plan
  double disagreement = 0;                                  ///< largest gap of the last round
};

/// Either a result, or the limits in conflict in words.
struct PurchasePlan {
  RunResult result;
  std::vector<std::string> conflict;
};

/// Precondition: the scenario has a plan. Errors: prices or curves that are not known; nothing found in the time.
Result<PurchasePlan> make_purchase_plan(const Scenario& scenario, const Catalogs& catalogs, const HardwareData& hardware,
                                        const RunControl& control);

}  // namespace gpufleet::scenarios
