// A month of the plan as a horizon: campaigns come first and take what they are given, loads what they are given of the rest,
// each on the pools that the plan names. Corrections are ratios of simulated to planned figures.
#include "scenarios/plan/replay.h"

#include <algorithm>
#include <cmath>

namespace gpufleet::scenarios {
namespace {

constexpr double kMicroDollar = 1e-6;
// An accelerator that the solver leaves out by rounding.
constexpr double kSliver = 1e-3;

sim::Fleet fleet_of(const PlanModel& model, std::size_t branch, const sim::PlanOutcome& outcome) {
  sim::Fleet out = model.horizon.fleet;
  const sim::PlanProblem& problem = model.tree.branches[branch].problem;
  for (std::size_t o = 0; o < outcome.lots.size(); ++o)
    for (std::size_t m = 0; m < outcome.lots[o].size(); ++m) {
      if (outcome.lots[o][m] == 0) continue;
      sim::FleetLot lot = model.offered[branch][o][m].lot;
      lot.count =
          std::llround(static_cast<double>(outcome.lots[o][m]) * problem.offers[o].lot * problem.offers[o].months[m].delivered);
      out.lots.push_back(std::move(lot));
    }
  return out;
}

// One option of a use, on one pool, for no more than it is given.
sim::WorkOption bounded(const sim::WorkOption& option, const sim::PlanPool& pool, std::int64_t most) {
  sim::WorkOption out = option;
  out.site = pool.site;
  out.gpus_most = most;
  return out;
}

// Accelerators of a pool that campaigns leave over, so that each may round up to a whole one.
bool room_to_round(const sim::PlanProblem& problem, const sim::PlanOutcome& outcome, int pool, std::size_t month) {
  double left = problem.pools[static_cast<std::size_t>(pool)].usable * outcome.owned[static_cast<std::size_t>(pool)][month];
  for (std::size_t i = 0; i < problem.campaigns.size(); ++i)
    for (std::size_t r = 0; r < problem.campaigns[i].routes.size(); ++r)
      if (problem.campaigns[i].routes[r].pool == pool && outcome.campaigns[i][r][month].gpus >= kSliver)
        left -= outcome.campaigns[i][r][month].gpus + 1;
  return left >= 0;
}

sim::Horizon month_of(const PlanModel& model, const sim::PlanProblem& problem, const sim::PlanOutcome& outcome,
                      const sim::Fleet& fleet, std::size_t month) {
  sim::Horizon out{.fleet = fleet};
  const auto pool = [&](int index) -> const sim::PlanPool& { return problem.pools[static_cast<std::size_t>(index)]; };
  for (std::size_t i = 0; i < model.horizon.campaigns.size(); ++i) {
    sim::Campaign campaign = model.horizon.campaigns[i];
    const std::vector<sim::WorkOption> options = std::move(campaign.options);
    campaign.options.clear();
    campaign.priority = 0;
    for (std::size_t r = 0; r < problem.campaigns[i].routes.size(); ++r) {
      const double gpus = outcome.campaigns[i][r][month].gpus;
      const sim::CampaignRoute& route = problem.campaigns[i].routes[r];
      if (gpus < kSliver) continue;
      const auto option = static_cast<std::size_t>(model.campaign_options[i][r]);
      const double near =
          room_to_round(problem, outcome, route.pool, month) ? std::ceil(gpus - kSliver) : std::floor(gpus + kSliver);
      const double whole = std::max(near, std::ceil(route.points.front().gpus - kSliver));
      campaign.options.push_back(bounded(options[option], pool(route.pool), static_cast<std::int64_t>(whole)));
    }
    out.campaigns.push_back(std::move(campaign));
  }
  for (std::size_t i = 0; i < model.horizon.loads.size(); ++i) {
    sim::ServingLoad load = model.horizon.loads[i];
    const std::vector<sim::WorkOption> options = std::move(load.options);
    load.options.clear();
    load.priority = 1 + std::max(0, load.priority);
    for (std::size_t r = 0; r < problem.loads[i].routes.size(); ++r) {
      const double gpus = outcome.serving[i][r][month].gpus;
      if (gpus < kSliver) continue;
      const sim::WorkOption& option = options[static_cast<std::size_t>(model.load_options[i][r])];
      const double unit = static_cast<double>(option.unit), whole = std::ceil((gpus - kSliver) / unit) * unit;
      load.options.push_back(bounded(option, pool(problem.loads[i].routes[r].pool), static_cast<std::int64_t>(whole)));
    }
    out.loads.push_back(std::move(load));
  }
  return out;
}

double tokens_of(const std::vector<std::vector<sim::PlanOutcome::Use>>& routes) {
  double out = 0;
  for (const auto& months : routes)
    for (const sim::PlanOutcome::Use& use : months) out += use.tokens;
  return out;
}

}  // namespace

double Agreement::gap() const {
  return programme == 0 ? (simulated == 0 ? 0.0 : 1.0) : std::abs(simulated - programme) / std::abs(programme);
}

PlanReplay replay_plan(const PlanModel& model, std::size_t branch, const sim::PlanOutcome& outcome, const RunControl& control) {
  const sim::PlanProblem& problem = model.tree.branches[branch].problem;
  const sim::Fleet fleet = fleet_of(model, branch, outcome);
  PlanReplay out{{}, sim::begin_horizon(model.horizon, model.starts.front())};
  for (std::size_t m = 0; m + 1 < model.starts.size() && !control.stopped(); ++m) {
    const sim::Horizon horizon = month_of(model, problem, outcome, fleet, m);
    const std::vector<sim::Period> month = sim::simulate_horizon(horizon, out.state, {model.starts[m + 1]}, {control.stop, {}});
    if (month.empty()) break;  // stopped
    out.periods.push_back(month.front());
  }
  return out;
}

bool finishes_as_planned(const PlanModel& model, std::size_t branch, const sim::PlanOutcome& outcome, const PlanReplay& replay) {
  constexpr double kAlmost = 1 - 1e-6;
  const sim::PlanProblem& problem = model.tree.branches[branch].problem;
  for (std::size_t i = 0; i < problem.campaigns.size(); ++i)
    if (tokens_of(outcome.campaigns[i]) >= problem.campaigns[i].tokens * kAlmost &&
        replay.state.campaigns[i].finished == sim::kNever)
      return false;
  return true;
}

std::vector<Agreement> compare(const PlanModel& model, std::size_t branch, const sim::PlanOutcome& outcome,
                               const PlanReplay& replay) {
  using Figure = Agreement::Figure;
  const sim::PlanProblem& problem = model.tree.branches[branch].problem;
  sim::Ledger all;
  std::vector<double> served(problem.loads.size());
  for (const sim::Period& period : replay.periods) {
    all += period.ledger;
    for (std::size_t i = 0; i < served.size(); ++i) served[i] += static_cast<double>(period.load_tokens[i]);
  }
  double cash = 0;
  for (std::size_t o = 0; o < outcome.lots.size(); ++o)
    for (std::size_t m = 0; m < outcome.lots[o].size(); ++m)
      cash += static_cast<double>(outcome.lots[o][m]) * problem.offers[o].months[m].cash;
  double before = 0;  // lots of the fleet itself that arrive in these months
  for (const sim::FleetLot& lot : model.horizon.fleet.lots)
    if (lot.arrives >= model.starts.front() && lot.arrives < model.starts.back())
      before += static_cast<double>(lot.count) * (lot.price.value + lot.surroundings.value);
  std::vector<Agreement> out{
      {Figure::cost, 0, outcome.cost - outcome.penalties, static_cast<double>(all.accrued()) * kMicroDollar},
      {Figure::purchases, 0, cash, static_cast<double>(all.of(sim::CostItem::purchases)) * kMicroDollar - before}};
  for (std::size_t i = 0; i < served.size(); ++i)
    out.push_back({Figure::load, static_cast<int>(i), tokens_of(outcome.serving[i]), served[i]});
  for (std::size_t i = 0; i < problem.campaigns.size(); ++i)
    out.push_back({Figure::campaign, static_cast<int>(i), tokens_of(outcome.campaigns[i]), replay.state.campaigns[i].done});
  return out;
}

PlanCorrections no_corrections(const PlanModel& model) {
  return {std::vector<double>(model.horizon.loads.size(), 1.0), std::vector<double>(model.horizon.campaigns.size(), 1.0), 1.0};
}

sim::PlanTree corrected(sim::PlanTree tree, const PlanCorrections& corrections) {
  for (sim::PlanBranch& branch : tree.branches) {
    for (std::size_t i = 0; i < branch.problem.loads.size(); ++i)
      for (sim::LoadRoute& route : branch.problem.loads[i].routes)
        route.rate *= corrections.loads[i], route.usd_per_token *= corrections.electricity;
    for (std::size_t i = 0; i < branch.problem.campaigns.size(); ++i)
      for (sim::CampaignRoute& route : branch.problem.campaigns[i].routes) {
        for (sim::CurvePoint& point : route.points) point.rate *= corrections.campaigns[i];
        route.usd_per_token *= corrections.electricity;
      }
  }
  return tree;
}

void correct(PlanCorrections& corrections, const PlanModel& model, std::size_t branch, const sim::PlanOutcome& outcome,
             const std::vector<Agreement>& found) {
  const sim::PlanProblem& problem = model.tree.branches[branch].problem;
  double busy = 0, missing = 0;
  const auto add_busy = [&](const auto& plans, const auto& uses) {
    for (std::size_t i = 0; i < plans.size(); ++i)
      for (std::size_t r = 0; r < plans[i].routes.size(); ++r)
        for (const sim::PlanOutcome::Use& use : uses[i][r]) busy += use.tokens * plans[i].routes[r].usd_per_token;
  };
  add_busy(problem.loads, outcome.serving);
  add_busy(problem.campaigns, outcome.campaigns);
  busy *= corrections.electricity;
  for (const Agreement& figure : found) {
    const auto index = static_cast<std::size_t>(figure.index);
    // A campaign that falls short by a hair is not done; a little more than the ratio makes sure that it is.
    constexpr double kMore = 0.998;
    if (figure.figure == Agreement::Figure::cost) missing = figure.simulated - figure.programme;
    if (figure.programme <= 0 || figure.simulated <= 0) continue;
    const double ratio = figure.simulated / figure.programme;
    if (figure.figure == Agreement::Figure::load) corrections.loads[index] *= ratio;
    if (figure.figure == Agreement::Figure::campaign && ratio < 1) corrections.campaigns[index] *= ratio * kMore;
  }
  if (busy > 0) corrections.electricity *= std::clamp((busy + missing) / busy, 0.5, 2.0);
}

}  // namespace gpufleet::scenarios
