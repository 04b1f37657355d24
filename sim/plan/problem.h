// A purchase plan as numbers: pools of chips at sites, offers of lots by month, loads and campaigns that use them, and the
// limits. Every coefficient is worked out by whoever makes it (from the capacity curves and the fleet's books); here nothing is
// assumed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/fleet/capacity_curve.h"
#include "sim/fleet/horizon.h"

namespace gpufleet::sim {

/// Chips of one kind at one site.
struct PlanPool {
  std::string chip;
  int site = 0;
  double usable = 1;          ///< share of them that is in service
  double watts = 0;           ///< of one at full load, at the meter
  std::vector<double> owned;  ///< by month, without purchases of the plan
};

/// A lot bought in one month.
struct OfferMonth {
  bool open = false;     ///< it can be bought: the law of its day permits the sale, or part of the lots arrive all the same
  int arrives = 0;       ///< month from which it works; number of months = never
  double cash = 0;       ///< USD on the day of purchase
  double standing = 0;   ///< USD until the end of the plan: written off, operations, electricity of idling
  double delivered = 1;  ///< share of the lot that arrives
  friend bool operator==(const OfferMonth&, const OfferMonth&) = default;
};
struct PlanOffer {
  std::string name;
  int pool = 0;
  int supply = 0;                  ///< index of its supply limit
  double lot = 1;                  ///< accelerators
  std::vector<OfferMonth> months;  ///< one a month
};

/// Offers of one source share what it sells.
struct SupplyLimit {
  std::string name;
  std::vector<double> most;  ///< accelerators bought, by month
  std::optional<double> in_all;
};
struct BudgetLimit {
  int first = 0, last = 0;  ///< months, both included
  double amount = 0;        ///< USD
};
struct SiteLimit {
  std::string name;
  double watts = 0;  ///< at the meter; 0 = none
  double slots = 0;  ///< accelerators; 0 = none
};

/// Tokens served in a month are concave in the capacity c (tokens/s): at most base + slope · c for each line.
struct ServedLine {
  double base = 0, slope = 0;  ///< tokens, seconds
};
struct LoadMonth {
  double demand = 0;  ///< tokens
  std::vector<ServedLine> lines;
  bool in_blocks = false;  ///< so few that whole instances count
};
struct LoadRoute {
  int pool = 0;
  double rate = 0;           ///< tokens/s of one accelerator
  double block = 0;          ///< accelerators of an instance: what is given in months with `in_blocks`
  double usd_per_token = 0;  ///< electricity of being busy
};
struct PlanLoad {
  std::string name;
  std::vector<LoadMonth> months;
  std::vector<LoadRoute> routes;
  double coverage = 0;  ///< share of every month's demand that must be served
  double penalty = 0;   ///< USD a token not served
};

struct CampaignRoute {
  int pool = 0;
  std::vector<CurvePoint> points;  ///< accelerators and tokens/s, ascending; below the first nothing runs
  double block = 0;                ///< as for loads
  double usd_per_token = 0;
};
struct PlanCampaign {
  std::string name;
  double tokens = 0;
  std::vector<double> seconds;  ///< by month, in which it may run; 0 = not
  int last = 0;                 ///< month by whose end it must be done
  std::optional<double> late;   ///< USD a month after that; nothing: it may not be late
  Spread spread = Spread::one_pool;
  double gpus_min = 1, gpus_max = 1;
  std::vector<CampaignRoute> routes;
};

enum class PlanGoal : std::uint8_t { cost, tokens, time };

struct PlanProblem {
  PlanGoal goal = PlanGoal::cost;
  std::vector<double> days;  ///< of each month
  std::vector<PlanPool> pools;
  std::vector<PlanOffer> offers;
  std::vector<SupplyLimit> supplies;
  std::vector<BudgetLimit> budgets;
  std::vector<SiteLimit> sites;
  std::vector<PlanLoad> loads;
  std::vector<PlanCampaign> campaigns;
  double fixed_cost = 0;  ///< USD of what is owned already

  [[nodiscard]] int months() const { return static_cast<int>(days.size()); }
};

/// Ways that the world may take: problems alike in everything but what each month's law and limits are. Decisions of the first
/// `shared_months` are taken before it is known which one comes.
struct PlanBranch {
  std::string name;
  double probability = 1;
  PlanProblem problem;
};
/// expected: best in the mean over the branches; worst: best in the branch where it does worst.
enum class PlanRisk : std::uint8_t { expected, worst };
struct PlanTree {
  std::vector<PlanBranch> branches;
  int shared_months = 0;
  PlanRisk risk = PlanRisk::expected;
  std::optional<double> at_most;  ///< no branch's part of the objective may be above this, in the objective's units
};

/// Lines above the concave tokens(capacity) of a month: tangents at levels of the hourly demand (tokens/s).
std::vector<ServedLine> served_lines(std::vector<double> hourly);

}  // namespace gpufleet::sim
