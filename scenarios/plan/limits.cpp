#include "scenarios/plan/limits.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "scenarios/output/number_text.h"
#include "scenarios/plan/solver.h"

namespace gpufleet::scenarios {
namespace {

using Kind = sim::Limit::Kind;
constexpr int kDigits = 4;

// The change of right-hand sides that "one unit more" of a limit means, by row.
struct OneMore {
  std::string unit;
  double step = 1;   // of every row's bound, or
  double share = 0;  // of the bound itself
};
OneMore one_more(Kind kind) {
  switch (kind) {
    case Kind::budget: return {"1 more million USD"};
    case Kind::power: return {"1 more MW in every month"};
    case Kind::slots: return {"100 more places in every month", 100};
    case Kind::supply: return {"100 more accelerators in every month", 100};
    case Kind::law: return {"one lot in the month where it would help most"};
    case Kind::coverage: return {"1 % fewer tokens to be served", 0, -0.01};
    case Kind::deadline: return {"1 % fewer tokens to be done", 0, -0.01};
  }
  return {};
}

double unit_of(sim::PlanGoal goal) {
  switch (goal) {
    case sim::PlanGoal::cost: return sim::kMoneyUnit;
    case sim::PlanGoal::tokens: return sim::kTokenUnit;
    case sim::PlanGoal::time: return 1;
  }
  return 1;
}

// Months that the law closes, "in all months" or "in 2025-05 to 2025-07 and 2025-10".
std::string closed_months(const PlanModel& model, int supply) {
  const sim::PlanProblem& problem = model.tree.branches.front().problem;
  std::vector<bool> closed(static_cast<std::size_t>(problem.months()));
  std::string rule;
  for (std::size_t o = 0; o < problem.offers.size(); ++o)
    for (std::size_t m = 0; m < closed.size() && problem.offers[o].supply == supply; ++m)
      if (!problem.offers[o].months[m].open) {
        closed[m] = true;
        const hw::ExportVerdict& verdict = model.offered.front()[o][m].purchase.verdict;
        const std::string why = verdict.rule.empty() ? verdict.status() : fmt::format("{}, {}", verdict.status(), verdict.rule);
        if (rule.find(why) == std::string::npos) rule += (rule.empty() ? "" : "; ") + why;
      }
  if (std::all_of(closed.begin(), closed.end(), [](bool c) { return c; })) return fmt::format("in all months ({})", rule);
  std::string out;
  for (std::size_t m = 0; m < closed.size(); ++m) {
    if (!closed[m]) continue;
    std::size_t end = m;
    while (end + 1 < closed.size() && closed[end + 1]) ++end;
    const std::string first = model.month(static_cast<int>(m)), last = model.month(static_cast<int>(end));
    out += fmt::format("{}{}", out.empty() ? "in " : ", ", first == last ? first : fmt::format("{} to {}", first, last));
    m = end;
  }
  return out.empty() ? std::string("in no month") : fmt::format("{} ({})", out, rule);
}

}  // namespace

std::string limit_text(const PlanModel& model, const sim::Limit& limit) {
  const sim::PlanProblem& problem = model.tree.branches.front().problem;
  const auto at = static_cast<std::size_t>(limit.index);
  switch (limit.kind) {
    case Kind::budget: {
      const sim::BudgetLimit& budget = problem.budgets[at];
      return fmt::format("budget of {} to {}: {} USD", model.month(budget.first), model.month(budget.last),
                         number_text(budget.amount, kDigits));
    }
    case Kind::power:
      return fmt::format("power of site {}: {} MW", problem.sites[at].name, number_text(problem.sites[at].watts * 1e-6, kDigits));
    case Kind::slots: return fmt::format("places at site {}: {:.0f}", problem.sites[at].name, problem.sites[at].slots);
    case Kind::supply: {
      const sim::SupplyLimit& supply = problem.supplies[at];
      const double most = *std::max_element(supply.most.begin(), supply.most.end());
      return fmt::format("supply of {}: at most {:.0f} a month{}", supply.name, most,
                         supply.in_all ? fmt::format(", {:.0f} in all", *supply.in_all) : std::string());
    }
    case Kind::law: return fmt::format("export rules: no {} {}", problem.supplies[at].name, closed_months(model, limit.index));
    case Kind::coverage:
      return fmt::format("\"{}\": {} % of every month's tokens served", problem.loads[at].name,
                         number_text(problem.loads[at].coverage * 100, kDigits));
    case Kind::deadline:
      return fmt::format("\"{}\" done by the end of {}", problem.campaigns[at].name, model.month(problem.campaigns[at].last));
  }
  return {};
}

std::vector<LimitWorth> limit_worths(const PlanModel& model, const sim::PlanTree& tree, const sim::Formulation& formulation,
                                     const std::vector<double>& values) {
  const sim::Solution relaxed = relax(sim::relaxed_around(formulation, values));
  std::vector<LimitWorth> out;
  if (!relaxed.has_values()) return out;
  const double unit = unit_of(tree.branches.front().problem.goal);
  const double smallest = 1e-7 * std::max(1.0, std::abs(relaxed.objective)) * unit;
  for (const sim::Limit& limit : formulation.limits) {
    const OneMore more = one_more(limit.kind);
    double worth = 0;
    for (const sim::Limit::Member& member : limit.members) {
      const auto at = static_cast<std::size_t>(member.at);
      if (limit.kind == Kind::law) {
        worth = std::max(worth, -relaxed.column_prices[at]);
        continue;
      }
      const sim::Row& row = formulation.programme.rows[at];
      const double bound = std::isfinite(row.upper) ? row.upper : row.lower;
      worth -= relaxed.row_prices[at] * (more.share != 0 ? more.share * bound : more.step);
    }
    worth *= unit;
    if (worth > smallest) out.push_back({limit_text(model, limit), more.unit, worth});
  }
  std::stable_sort(out.begin(), out.end(), [](const LimitWorth& a, const LimitWorth& b) { return a.worth > b.worth; });
  return out;
}

std::vector<std::size_t> conflict(const sim::Formulation& formulation, double seconds, const RunControl& control) {
  std::vector<bool> kept(formulation.limits.size(), true);
  const auto impossible = [&] {
    const sim::Programme programme = sim::feasibility(formulation, kept);
    if (relax(programme).status == sim::Solution::Status::infeasible) return true;
    return solve(programme, {.seconds = seconds, .until = SolveUntil::first_solution}).status ==
           sim::Solution::Status::infeasible;
  };
  for (std::size_t i = 0; i < kept.size() && !control.stopped(); ++i) {
    control.report(static_cast<double>(i) / static_cast<double>(kept.size()), "limits in conflict");
    kept[i] = false;
    if (!impossible()) kept[i] = true;
  }
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < kept.size(); ++i)
    if (kept[i]) out.push_back(i);
  return out;
}

}  // namespace gpufleet::scenarios
