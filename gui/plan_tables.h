// A fleet over months as planners read it: what is bought when, what is asked against what the fleet could do, and what stands in
// the way of more. Pure functions of a horizon's "monthly" table, its purchases and its scenario.
#pragma once

#include "gui/result_tables.h"

namespace gpufleet::gui {

struct PlanMonth {
  QString month;                           ///< "2026-04"
  double year = 0;                         ///< 2026.25
  double gpus = 0;                         ///< at its end
  double bought = 0;                       ///< that arrive in it
  QString lots;                            ///< their names
  double demand = 0, served = 0;           ///< tokens
  double capacity = 0;                     ///< tokens that the whole fleet could serve; 0 = not asked
  double utilisation = 0, peak_power = 0;  ///< share, MW
  double cost = 0;                         ///< USD
  QString binding;                         ///< what keeps the fleet from doing more, in words
  QString relax;                           ///< what would give way
};

/// Empty without a horizon.
std::vector<PlanMonth> plan_months(const Contender& contender, const scenarios::Scenario& scenario);
ChartData plan_fleet_chart(const std::vector<PlanMonth>& months);
ChartData plan_demand_chart(const std::vector<PlanMonth>& months);
TableData plan_table(const std::vector<PlanMonth>& months);
/// The answer first: one sentence.
QString plan_headline(const std::vector<PlanMonth>& months);

}  // namespace gpufleet::gui
