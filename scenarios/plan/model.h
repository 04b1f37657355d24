// From a scenario to the numbers of a purchase plan: pools, offers with the law and the price of each month, loads and campaigns
// with coefficients from the capacity curves and the fleet's books.
#pragma once

#include <string>
#include <vector>

#include "core/result.h"
#include "scenarios/plan_fleet.h"
#include "scenarios/run_horizon.h"
#include "sim/plan/problem.h"

namespace gpufleet::scenarios {

/// One lot as it would be bought on the first day of a month.
struct OfferedLot {
  sim::FleetLot lot;  ///< `count` accelerators arrive; the price is what is paid over what arrives
  Purchase purchase;  ///< date and verdict
};

struct PlanModel {
  sim::PlanTree tree;
  sim::Horizon horizon;                                          ///< loads, campaigns, and what is owned already
  std::vector<std::int64_t> starts;                              ///< hours at which months begin; one more for the end
  std::vector<std::vector<int>> load_options, campaign_options;  ///< of each route, the option in the horizon
  std::vector<std::vector<std::vector<OfferedLot>>> offered;     ///< by branch, offer of the tree, month
  std::vector<std::string> supply_chips;                         ///< by supply limit
  std::vector<UsedParameter> parameters;
  std::vector<std::vector<double>> sigmas;  ///< spreads of rates, see curve_sigmas

  [[nodiscard]] std::string month(int index) const { return date_of(starts[static_cast<std::size_t>(index)]).substr(0, 7); }
};

/// Precondition: the scenario has a plan. `result` gets the warnings and rates of the curves.
Result<PlanModel> make_plan_model(const Scenario& scenario, const Catalogs& catalogs, const HardwareData& hardware,
                                  CurveMemory& memory, const RunControl& control, RunResult& result);

}  // namespace gpufleet::scenarios
