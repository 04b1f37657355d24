// A solution read back as purchases and uses; and the programmes that a formulation is asked besides: feasibility, relaxation.
#include <algorithm>
#include <cmath>

#include "sim/plan/formulate.h"

namespace gpufleet::sim {

double Solution::gap() const {
  const double distance = objective - bound;
  return distance <= 0 ? 0 : distance / std::max(std::abs(objective), 1e-9);
}

Programme feasibility(const Formulation& formulation, const std::vector<bool>& kept) {
  Programme out = formulation.programme;
  for (Column& column : out.columns) column.cost = 0;
  out.constant = 0;
  for (std::size_t i = 0; i < formulation.limits.size(); ++i) {
    if (kept[i]) continue;
    for (const Limit::Member& member : formulation.limits[i].members) {
      const auto at = static_cast<std::size_t>(member.at);
      if (formulation.limits[i].kind == Limit::Kind::law)
        out.columns[at].upper = kUnbounded;
      else
        out.rows[at].lower = -kUnbounded, out.rows[at].upper = kUnbounded;
    }
  }
  return out;
}

Programme relaxed_around(const Formulation& formulation, const std::vector<double>& values) {
  Programme out = formulation.programme;
  // Lots are divisible; all other whole columns are decisions that stay as they are.
  std::vector<bool> lots(out.columns.size());
  for (const PlanColumns& branch : formulation.branches)
    for (const std::vector<int>& offer : branch.bought)
      for (const int column : offer)
        if (column >= 0) lots[static_cast<std::size_t>(column)] = true;
  for (std::size_t i = 0; i < out.columns.size(); ++i) {
    Column& column = out.columns[i];
    if (column.domain == Domain::whole && !lots[i]) column.lower = column.upper = std::round(values[i]);
    column.domain = Domain::real;
  }
  return out;
}

Programme tidied(const PlanTree& tree, const Formulation& formulation, const std::vector<double>& values) {
  Programme out = formulation.programme;
  Row as_good;
  double reached = 0;
  for (std::size_t c = 0; c < out.columns.size(); ++c) {
    if (const double cost = out.columns[c].cost; cost != 0) {
      as_good.terms.push_back({static_cast<int>(c), cost});
      reached += cost * values[c];
    }
    out.columns[c].cost = 0;
  }
  constexpr double kTolerance = 1e-6;  // of the solver
  as_good.upper = reached + kTolerance * std::max(1.0, std::abs(reached));
  out.rows.push_back(std::move(as_good));
  out.constant = 0;
  constexpr double kGpuUnit = 1e3;
  for (std::size_t b = 0; b < formulation.branches.size(); ++b) {
    const PlanColumns& columns = formulation.branches[b];
    const PlanProblem& problem = tree.branches[b].problem;
    const auto hold = [&](int column, double gpus, std::size_t month) {
      const double later = 1 + static_cast<double>(month) / problem.months();
      if (column >= 0) out.columns[static_cast<std::size_t>(column)].cost = gpus / kGpuUnit * later;
    };
    for (const std::vector<int>& offer : columns.bought)
      for (const int lots : offer)
        if (lots >= 0) {
          Column& column = out.columns[static_cast<std::size_t>(lots)];
          column.lower = column.upper = std::round(values[static_cast<std::size_t>(lots)]);
        }
    for (const auto& load : columns.serving_gpus)
      for (const std::vector<int>& route : load)
        for (std::size_t m = 0; m < route.size(); ++m) hold(route[m], 1, m);
    for (std::size_t i = 0; i < columns.campaign_points.size(); ++i)
      for (std::size_t r = 0; r < columns.campaign_points[i].size(); ++r)
        for (std::size_t m = 0; m < columns.campaign_points[i][r].size(); ++m)
          for (std::size_t k = 0; k < columns.campaign_points[i][r][m].size(); ++k)
            hold(columns.campaign_points[i][r][m][k], problem.campaigns[i].routes[r].points[k].gpus, m);
  }
  return out;
}

PlanOutcome read_outcome(const PlanProblem& problem, const PlanColumns& columns, const std::vector<double>& values) {
  PlanOutcome out;
  const auto value = [&](int column) { return column < 0 ? 0.0 : std::max(0.0, values[static_cast<std::size_t>(column)]); };
  const auto months = static_cast<std::size_t>(problem.months());
  for (const std::vector<int>& offer : columns.bought) {
    out.lots.emplace_back();
    for (const int column : offer) out.lots.back().push_back(std::llround(value(column)));
  }
  for (const std::vector<int>& pool : columns.owned) {
    out.owned.emplace_back();
    for (const int column : pool) out.owned.back().push_back(value(column));
  }
  out.penalties = 0;
  for (std::size_t i = 0; i < problem.loads.size(); ++i) {
    const PlanLoad& load = problem.loads[i];
    out.serving.emplace_back(load.routes.size(), std::vector<PlanOutcome::Use>(months));
    for (std::size_t m = 0; m < months; ++m) {
      double served = 0;
      for (std::size_t r = 0; r < load.routes.size(); ++r) {
        PlanOutcome::Use& use = out.serving[i][r][m];
        use = {value(columns.serving_gpus[i][r][m]), value(columns.serving_tokens[i][r][m]) * kTokenUnit};
        served += use.tokens;
      }
      out.penalties += load.penalty * std::max(0.0, load.months[m].demand - served);
    }
  }
  for (std::size_t i = 0; i < problem.campaigns.size(); ++i) {
    const PlanCampaign& campaign = problem.campaigns[i];
    out.campaigns.emplace_back(campaign.routes.size(), std::vector<PlanOutcome::Use>(months));
    double done = 0;
    for (std::size_t m = 0; m < months; ++m) {
      for (std::size_t r = 0; r < campaign.routes.size(); ++r) {
        PlanOutcome::Use& use = out.campaigns[i][r][m];
        const std::vector<int>& points = columns.campaign_points[i][r][m];
        for (std::size_t k = 0; k < points.size(); ++k) use.gpus += value(points[k]) * campaign.routes[r].points[k].gpus;
        use.tokens = value(columns.campaign_tokens[i][r][m]) * kTokenUnit;
        done += use.tokens;
      }
      constexpr double kWhole = 1 - 1e-6;
      if (campaign.late && static_cast<int>(m) >= campaign.last && done < campaign.tokens * kWhole)
        out.penalties += *campaign.late;
    }
  }
  double money = columns.money_constant;
  for (const Term& term : columns.money) money += term.factor * values[static_cast<std::size_t>(term.column)];
  out.cost = money * kMoneyUnit;
  return out;
}

}  // namespace gpufleet::sim
