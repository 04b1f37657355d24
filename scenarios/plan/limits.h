// The limits of a plan in words, what one unit more of each is worth, and which of them stand against each other.
#pragma once

#include <string>
#include <vector>

#include "core/run_control.h"
#include "scenarios/plan/model.h"
#include "sim/plan/formulate.h"

namespace gpufleet::scenarios {

/// "power of site north: 40 MW", "\"R1 answers\": 95 % of every month's tokens".
std::string limit_text(const PlanModel& model, const sim::Limit& limit);

struct LimitWorth {
  std::string limit, unit;  ///< unit: "1 more MW in every month"
  double worth = 0;         ///< in the unit of the objective, see PlanGoal: USD, tokens or days
};
/// From the prices of the continuous programme in which the plan's on/off decisions stand and lots are divisible; limits that
/// are worth nothing are left out, the others come largest first.
std::vector<LimitWorth> limit_worths(const PlanModel& model, const sim::PlanTree& tree, const sim::Formulation& formulation,
                                     const std::vector<double>& values);

/// A set of limits that no plan meets together, but every smaller part of it can be met (deletion filter; Chinneck and Dravnieks
/// 1991). Indices into formulation.limits. Precondition: the programme is infeasible.
std::vector<std::size_t> conflict(const sim::Formulation& formulation, double seconds, const RunControl& control);

}  // namespace gpufleet::scenarios
