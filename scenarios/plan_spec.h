// What a scenario asks of a purchase plan: offers, budgets, rack places, needs and branches of the law; checked and typed. The
// uses are the loads and campaigns of [horizon]; plan/make_problem.h works out the coefficients.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "scenarios/fleet_spec.h"

namespace gpufleet::scenarios {

/// cost: accrued cost and penalties, least; tokens: answers served, most; time: days until the campaigns are done, least.
enum class PlanObjective : std::uint8_t { cost, tokens, time };

/// From `hour` on, accelerators that may be bought a month.
struct SupplyPoint {
  std::int64_t hour = 0;
  double gpus = 0;
};

struct OfferSpec {
  LotSpec lot;                      ///< chip, node, origin, price …; `count` is the accelerators of one lot
  std::vector<int> sites;           ///< where it may be put
  std::vector<SupplyPoint> supply;  ///< nothing before the first
  std::optional<double> most;       ///< accelerators in all
  int delay_months = 0;             ///< bought on the first of a month, used from the first of the one so much later
  /// Share of the lots that arrive where the law of the day stands against the sale; nothing: they cannot be bought then.
  std::optional<double> delivery;
};

/// Cash for purchases, hosts and network included, in [from, to).
struct BudgetSpec {
  std::int64_t from = 0, to = 0;
  double amount = 0;  ///< USD
};

/// Accelerators that fit the racks of a site.
struct RackSpec {
  int site = 0;
  double gpus = 0;
};

/// How a load or a campaign of the horizon binds the plan.
struct NeedSpec {
  int load = -1, campaign = -1;        ///< one of the two
  double coverage = 0;                 ///< load: share of each month's tokens that must be served
  double penalty = 0;                  ///< load: USD a token that is asked and not served
  std::optional<std::int64_t> before;  ///< campaign: hour by which it must be done; nothing: the horizon's end
  std::optional<double> late;          ///< campaign: USD a month after that; nothing: it may not be late
};

/// A way that the law may take from `PlanSpec::known` on.
struct BranchSpec {
  std::string name;
  double probability = 1;
  std::vector<std::string> withdraw, what_if;  ///< added to the fleet's
};

struct PlanSpec {
  PlanObjective objective = PlanObjective::cost;
  double gap = 0.01;        ///< relative, between the plan found and the best possible
  double seconds = 60;      ///< of one solution
  double agreement = 0.02;  ///< largest relative gap between programme and simulation
  std::vector<OfferSpec> offers;
  std::vector<BudgetSpec> budgets;
  std::vector<RackSpec> racks;
  std::vector<NeedSpec> needs;
  std::int64_t known = 0;  ///< hour from which it is known which branch came
  std::vector<BranchSpec> branches;
};

}  // namespace gpufleet::scenarios
