#include "scenarios/plan/purchase_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>

#include "hwprofiles/export_rules.h"
#include "scenarios/plan/plan_tables.h"
#include "scenarios/plan/solver.h"

namespace gpufleet::scenarios {
namespace {

constexpr int kMostRounds = 8;
// Plans that are equally good differ in idle accelerators only; a near-best choice among them will do.
constexpr double kTidyGap = 0.05;
constexpr int kTidyNodes = 40;

Diagnostic not_found(const Scenario& scenario, std::string message, DiagnosticKind kind) {
  return {.kind = kind, .where = {scenario.name, 0, 0}, .key = "plan", .message = std::move(message), .hint = {}};
}

// A plan for the worst branch leaves the others as they come: among those that do as well there, the best in expectation.
void relieve_others(const PlanSpec& spec, SettledPlan& plan) {
  constexpr double kTolerance = 1e-6;  // of the solver
  sim::PlanTree tree = plan.tree;
  tree.risk = sim::PlanRisk::expected;
  tree.at_most = plan.solution.objective + kTolerance * std::max(1.0, std::abs(plan.solution.objective));
  sim::Formulation formulation = sim::formulate(tree);
  sim::Solution solution = solve(formulation.programme, {.gap = spec.gap, .seconds = spec.seconds});
  if (!solution.has_values()) return;
  plan.tree = std::move(tree), plan.formulation = std::move(formulation), plan.solution = std::move(solution);
}

// Solves, simulates and corrects until the largest gap is within what was asked. The last solution's status tells how it went.
SettledPlan settle(const PlanModel& model, const PlanSpec& spec, sim::PlanRisk risk, PlanCorrections& corrections,
                   const RunControl& control) {
  SettledPlan out;
  for (int round = 0; round < kMostRounds && !control.stopped(); ++round) {
    control.report(static_cast<double>(round) / kMostRounds, "programme and simulation");
    out.tree = corrected(model.tree, corrections);
    out.tree.risk = risk;
    out.formulation = sim::formulate(out.tree);
    out.solution = solve(out.formulation.programme, {.gap = spec.gap, .seconds = spec.seconds});
    if (!out.solution.has_values() || control.stopped()) return out;
    if (risk == sim::PlanRisk::worst) relieve_others(spec, out);
    const sim::Solution tidy = solve(sim::tidied(out.tree, out.formulation, out.solution.values),
                                     {.gap = kTidyGap, .seconds = spec.seconds / 3, .nodes = kTidyNodes});
    if (tidy.has_values()) out.solution.values = tidy.values;
    if (control.stopped()) return out;
    out.outcomes.clear(), out.replays.clear();
    out.rounds.emplace_back();
    out.disagreement = 0;
    std::size_t farthest = 0;
    std::optional<std::size_t> unfinished;
    for (std::size_t b = 0; b < out.tree.branches.size(); ++b) {
      out.outcomes.push_back(sim::read_outcome(out.tree.branches[b].problem, out.formulation.branches[b], out.solution.values));
      out.replays.push_back(replay_plan(model, b, out.outcomes[b], control));
      out.rounds.back().push_back(compare(model, b, out.outcomes[b], out.replays[b]));
      if (!finishes_as_planned(model, b, out.outcomes[b], out.replays[b])) unfinished = b;
      for (const Agreement& figure : out.rounds.back()[b])
        if (figure.gap() > out.disagreement) out.disagreement = figure.gap(), farthest = b;
    }
    if (out.disagreement <= spec.agreement && !unfinished) return out;
    if (out.disagreement <= spec.agreement) farthest = *unfinished;
    correct(corrections, model, farthest, out.outcomes[farthest], out.rounds.back()[farthest]);
  }
  return out;
}

// The goal that a settled plan reaches in a branch: USD, tokens or days.
double goal_of(const SettledPlan& plan, std::size_t branch) {
  const sim::PlanProblem& problem = plan.tree.branches[branch].problem;
  const sim::PlanOutcome& outcome = plan.outcomes[branch];
  double out = 0;
  switch (problem.goal) {
    case sim::PlanGoal::cost: return outcome.cost;
    case sim::PlanGoal::tokens:
      for (const auto& load : outcome.serving)
        for (const auto& route : load)
          for (const sim::PlanOutcome::Use& use : route) out += use.tokens;
      return out;
    case sim::PlanGoal::time:
      for (std::size_t i = 0; i < problem.campaigns.size(); ++i) out += days_until_done(problem, outcome, i);
      return out;
  }
  return out;
}

Diagnostics not_found_in_time(const char* what) {
  return {{.kind = DiagnosticKind::infeasible,
           .where = {},
           .key = "plan",
           .message = fmt::format("{} was not found in the time given", what),
           .hint = {}}};
}

// The plan under risk, the most careful one, and what each branch would cost if it were known to come.
Diagnostics add_branches(const PlanModel& model, const PlanSpec& spec, const SettledPlan& expected, PlanCorrections corrections,
                         const RunControl& control, RunResult& result) {
  ResultTable table{.name = "branches",
                    .columns = {{"branch", ""},
                                {"probability", ""},
                                {"best in expectation", goal_unit(model)},
                                {"best in the worst case", goal_unit(model)},
                                {"if it were known", goal_unit(model)}}};
  const SettledPlan careful = settle(model, spec, sim::PlanRisk::worst, corrections, control);
  if (control.stopped()) return {};
  if (!careful.solution.has_values()) return not_found_in_time("the plan for the worst case");
  std::array<double, 3> mean{};
  for (std::size_t b = 0; b < model.tree.branches.size() && !control.stopped(); ++b) {
    PlanModel alone = model;
    alone.tree.branches = {model.tree.branches[b]};
    alone.tree.branches.front().probability = 1;
    alone.tree.shared_months = 0;
    alone.offered = {model.offered[b]};
    PlanCorrections own = corrections;
    const SettledPlan known = settle(alone, spec, sim::PlanRisk::expected, own, control);
    if (control.stopped()) return {};
    if (!known.solution.has_values()) return not_found_in_time("the plan of a known branch");
    const double p = model.tree.branches[b].probability;
    const std::array<double, 3> values{goal_of(expected, b), goal_of(careful, b), goal_of(known, 0)};
    table.rows.push_back({model.tree.branches[b].name, p, values[0], values[1], values[2]});
    for (std::size_t i = 0; i < mean.size(); ++i) mean[i] += p * values[i];
  }
  table.rows.push_back({std::string("mean"), 1.0, mean[0], mean[1], mean[2]});
  result.tables.push_back(std::move(table));
  add_purchases(model, careful, "careful-purchases", result);
  return {};
}

// Cost, cash and tokens served of a simulated plan, means over the branches.
std::array<double, 3> simulated(const PlanModel& model, const std::vector<std::vector<Agreement>>& figures) {
  std::array<double, 3> out{};
  for (std::size_t b = 0; b < figures.size(); ++b)
    for (const Agreement& figure : figures[b]) {
      const double part = model.tree.branches[b].probability * figure.simulated;
      if (figure.figure == Agreement::Figure::cost) out[0] += part;
      if (figure.figure == Agreement::Figure::purchases) out[1] += part;
      if (figure.figure == Agreement::Figure::load) out[2] += part;
    }
  return out;
}

// 10 and 90 % quantiles: the same purchases and uses with faster and slower machines, dearer and cheaper everything. Each end is
// simulated alone; distances add as squares.
std::array<Estimate, 3> intervals(const PlanModel& model, const SettledPlan& plan, const RunControl& control) {
  const std::array<double, 3> centre = simulated(model, plan.rounds.back());
  std::array<double, 3> up{}, down{};
  for (const auto& [speed, price] :
       {std::pair(kNormalQuantile90, 0.0), std::pair(-kNormalQuantile90, 0.0), std::pair(0.0, 1.0), std::pair(0.0, -1.0)}) {
    PlanModel other = model;
    other.horizon = shifted(model.horizon, model.sigmas, speed, price);
    for (auto& branch : other.offered)
      for (auto& offer : branch)
        for (OfferedLot& month : offer) shift_prices(month.lot, price);
    std::vector<std::vector<Agreement>> figures;
    for (std::size_t b = 0; b < plan.outcomes.size(); ++b)
      figures.push_back(compare(other, b, plan.outcomes[b], replay_plan(other, b, plan.outcomes[b], control)));
    const std::array<double, 3> moved = simulated(model, figures);
    for (std::size_t i = 0; i < centre.size(); ++i) {
      const double distance = moved[i] - centre[i];
      double& end = distance > 0 ? up[i] : down[i];
      end = std::hypot(end, distance);
    }
  }
  std::array<Estimate, 3> out;
  for (std::size_t i = 0; i < centre.size(); ++i) out[i] = {centre[i], centre[i] - down[i], centre[i] + up[i]};
  return out;
}

void add_metrics(const PlanModel& model, const SettledPlan& plan, const RunControl& control, RunResult& result) {
  const auto add = [&](std::string name, double value) {
    result.metrics.push_back({std::move(name), {value, value, value}, hw::Provenance::measured});
  };
  const auto add_range = [&](std::string name, const Estimate& value) {
    result.metrics.push_back({std::move(name), value, hw::Provenance::measured});
  };
  const std::array<Estimate, 3> whole = intervals(model, plan, control);
  double penalties = 0, asked = 0, days = 0;
  for (std::size_t b = 0; b < model.tree.branches.size(); ++b) {
    const double p = model.tree.branches[b].probability;
    const sim::PlanProblem& problem = plan.tree.branches[b].problem;
    penalties += p * plan.outcomes[b].penalties;
    for (const sim::PlanLoad& load : problem.loads)
      for (const sim::LoadMonth& month : load.months) asked += p * month.demand;
    for (std::size_t i = 0; i < problem.campaigns.size(); ++i) days += p * days_until_done(problem, plan.outcomes[b], i);
  }
  add_range("plan_cost", whole[0]);
  add_range("plan_spend", whole[1]);
  add("plan_penalty", penalties);
  add("plan_days", days);
  if (asked > 0) {
    const auto unmet = [&](double served) { return std::max(0.0, 1 - served / asked); };
    add_range("served_tokens", whole[2]);
    add_range("unmet_share", {unmet(whole[2].value), unmet(whole[2].high), unmet(whole[2].low)});
  }
  add("plan_gap", plan.solution.gap());
  add("plan_disagreement", plan.disagreement);
}

}  // namespace

Result<PurchasePlan> make_purchase_plan(const Scenario& scenario, const Catalogs& catalogs, const HardwareData& hardware,
                                        const RunControl& control) {
  PurchasePlan out;
  RunResult& result = out.result;
  result.title = scenario.title, result.scenario_name = scenario.name;
  result.scenario_json = scenario.canonical, result.scenario_hash = scenario.hash;
  result.version = std::string(program_version());
  CurveMemory memory;
  const Result<PlanModel> model = make_plan_model(scenario, catalogs, hardware, memory, control, result);
  if (!model) return model.diagnostics();
  if (control.stopped()) return out;
  const PlanSpec& spec = *scenario.plan;
  PlanCorrections corrections = no_corrections(*model);
  const SettledPlan plan = settle(*model, spec, sim::PlanRisk::expected, corrections, control);
  if (control.stopped()) return out;
  if (plan.solution.status == sim::Solution::Status::infeasible) {
    for (const std::size_t i : conflict(plan.formulation, spec.seconds, control))
      out.conflict.push_back(limit_text(*model, plan.formulation.limits[i]));
    return out;
  }
  if (!plan.solution.has_values())
    return not_found(scenario, fmt::format("no plan was found in {:.0f} s", spec.seconds), DiagnosticKind::infeasible);
  add_metrics(*model, plan, control, result);
  for (std::size_t b = 0; b < model->tree.branches.size(); ++b) add_months(*model, plan, b, result);
  add_purchases(*model, plan, "purchases", result);
  add_campaigns(*model, plan, result);
  add_agreement(*model, plan, result);
  add_worths(limit_worths(*model, plan.tree, plan.formulation, plan.solution.values), *model, result);
  if (control.stopped()) return out;
  if (model->tree.branches.size() > 1)
    if (Diagnostics problems = add_branches(*model, spec, plan, corrections, control, result); has_errors(problems))
      return problems;
  add_law(*model, result);
  result.warnings.push_back(std::string(hw::kExportNotice));
  if (plan.solution.status == sim::Solution::Status::stopped)
    result.warnings.push_back(fmt::format("stopped after {:.0f} s with a gap of {:.2g} %: the answer depends on the machine",
                                          spec.seconds, plan.solution.gap() * 100));
  if (plan.disagreement > spec.agreement)
    result.warnings.push_back(fmt::format("programme and simulation still differ by {:.2g} %", plan.disagreement * 100));
  return out;
}

}  // namespace gpufleet::scenarios
