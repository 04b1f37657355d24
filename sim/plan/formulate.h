// A purchase plan as a mixed-integer programme, and back. Whole: lots bought, and whether a campaign runs on a pool in a month;
// real: accelerators at work and tokens done. Tokens are counted in 10^9, money in 10^6 USD.
#pragma once

#include <vector>

#include "sim/plan/problem.h"
#include "sim/plan/programme.h"

namespace gpufleet::sim {

inline constexpr double kTokenUnit = 1e9, kMoneyUnit = 1e6, kPowerUnit = 1e6;

/// A limit as its user knows it: all rows and bounds of one budget, site, supply, need.
struct Limit {
  enum class Kind : std::uint8_t { budget, power, slots, supply, law, coverage, deadline } kind = Kind::budget;
  int index = 0;  ///< budget, site, supply, load or campaign of the problem; of `law` the supply
  struct Member {
    int at = 0, month = 0;  ///< row, or column for `law`
  };
  std::vector<Member> members;
};

/// Columns of each decision; -1 where there is none.
struct PlanColumns {
  using Grid = std::vector<std::vector<int>>;                               ///< [..][month]
  Grid bought, owned;                                                       ///< by offer, by pool
  std::vector<Grid> serving_gpus, serving_tokens;                           ///< by load and route
  std::vector<Grid> campaign_on, campaign_tokens;                           ///< by campaign and route
  std::vector<std::vector<std::vector<std::vector<int>>>> campaign_points;  ///< weights: campaign, route, month, point
  std::vector<Term> money;                                                  ///< in kMoneyUnit
  double money_constant = 0;
};

struct Formulation {
  Programme programme;
  std::vector<Limit> limits;
  std::vector<PlanColumns> branches;
};

Formulation formulate(const PlanTree& tree);

/// The programme with only the limits whose place in `kept` is true, and nothing to optimise: is there any plan?
Programme feasibility(const Formulation& formulation, const std::vector<bool>& kept);

/// The continuous programme around a solution: on/off decisions and completion as they are, everything else real.
Programme relaxed_around(const Formulation& formulation, const std::vector<double>& values);

/// Among the plans with the same lots that are as good as a solution: the one that holds the fewest accelerators, and earliest.
Programme tidied(const PlanTree& tree, const Formulation& formulation, const std::vector<double>& values);

/// What a solution says of one branch.
struct PlanOutcome {
  std::vector<std::vector<std::int64_t>> lots;  ///< bought, by offer and month
  std::vector<std::vector<double>> owned;       ///< accelerators, by pool and month
  struct Use {
    double gpus = 0, tokens = 0;
  };
  std::vector<std::vector<std::vector<Use>>> serving, campaigns;  ///< by load or campaign, route, month
  double cost = 0;                                                ///< USD, accrued, with penalties
  double penalties = 0;                                           ///< USD, part of it
};
PlanOutcome read_outcome(const PlanProblem& problem, const PlanColumns& columns, const std::vector<double>& values);

}  // namespace gpufleet::sim
