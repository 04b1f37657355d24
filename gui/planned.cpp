// The purchase plan of a scenario as a run. Apart: the planner's names meet a keyword of Qt's.
#undef slots
#include "scenarios/plan/purchase_plan.h"

#include "gui/runner.h"

namespace gpufleet::gui {

Run planned(const scenarios::Scenario& scenario, const Data& data, const RunControl& control) {
  Run run;
  Result<scenarios::PurchasePlan> plan = scenarios::make_purchase_plan(scenario, data.catalogs, data.hardware, control);
  run.problems = plan.diagnostics();
  if (!plan) return run;
  run.output.result = std::move(plan->result);
  for (const std::string& limit : plan->conflict)
    run.problems.push_back({.kind = DiagnosticKind::infeasible, .where = {}, .key = "plan", .message = limit, .hint = {}});
  return run;
}

}  // namespace gpufleet::gui
