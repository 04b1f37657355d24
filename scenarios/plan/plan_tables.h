// A settled plan as result tables: months, purchases, campaigns, programme against simulation, limits and what they are worth,
// law.
#pragma once

#include <string>
#include <vector>

#include "scenarios/plan/purchase_plan.h"

namespace gpufleet::scenarios {

/// "USD", "tokens" or "days".
std::string goal_unit(const PlanModel& model);
/// From the month in which a campaign may begin to the end of the one in which the plan has it done; to the end of the plan if it
/// never is.
double days_until_done(const sim::PlanProblem& problem, const sim::PlanOutcome& outcome, std::size_t campaign);

void add_months(const PlanModel& model, const SettledPlan& plan, std::size_t branch, RunResult& result);
void add_purchases(const PlanModel& model, const SettledPlan& plan, const std::string& name, RunResult& result);
void add_campaigns(const PlanModel& model, const SettledPlan& plan, RunResult& result);
void add_agreement(const PlanModel& model, const SettledPlan& plan, RunResult& result);
void add_worths(const std::vector<LimitWorth>& worths, const PlanModel& model, RunResult& result);
/// What the law says of every offer, by stretch of months.
void add_law(const PlanModel& model, RunResult& result);

}  // namespace gpufleet::scenarios
