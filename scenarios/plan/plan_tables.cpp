#include "scenarios/plan/plan_tables.h"

#include <fmt/format.h>

#include <algorithm>

#include "hwprofiles/export_rules.h"

namespace gpufleet::scenarios {
namespace {

constexpr double kMicro = 1e-6, kMilli = 1e-3;
constexpr double kAlmost = 1 - 1e-6;  // of a campaign's tokens: done

using Uses = std::vector<std::vector<sim::PlanOutcome::Use>>;

double gpus_in(const Uses& routes, std::size_t month) {
  double out = 0;
  for (const auto& months : routes) out += months[month].gpus;
  return out;
}
double tokens_in(const Uses& routes, std::size_t month) {
  double out = 0;
  for (const auto& months : routes) out += months[month].tokens;
  return out;
}

// Month by whose end the programme has it done, or the number of months.
int done_month(const sim::PlanProblem& problem, const sim::PlanOutcome& outcome, std::size_t campaign) {
  double done = 0;
  for (int m = 0; m < problem.months(); ++m) {
    done += tokens_in(outcome.campaigns[campaign], static_cast<std::size_t>(m));
    if (done >= problem.campaigns[campaign].tokens * kAlmost) return m;
  }
  return problem.months();
}

std::string of_branch(const PlanModel& model, std::size_t branch) {
  return model.tree.branches.size() > 1 ? fmt::format(" ({})", model.tree.branches[branch].name) : std::string();
}

// A table becomes a file of its own, so its name has no spaces.
std::string table_of(const PlanModel& model, std::size_t branch) {
  if (model.tree.branches.size() == 1) return "plan";
  std::string out = fmt::format("plan-{}", model.tree.branches[branch].name);
  std::replace(out.begin(), out.end(), ' ', '-');
  std::replace(out.begin(), out.end(), '/', '-');
  return out;
}

std::string name_of(const PlanModel& model, const Agreement& figure) {
  switch (figure.figure) {
    case Agreement::Figure::cost: return "accrued cost, USD";
    case Agreement::Figure::purchases: return "purchases, USD";
    case Agreement::Figure::load: return model.horizon.loads[static_cast<std::size_t>(figure.index)].name + ", tokens";
    case Agreement::Figure::campaign: return model.horizon.campaigns[static_cast<std::size_t>(figure.index)].name + ", tokens";
  }
  return {};
}

// The same offer at another site with the same verdicts.
bool told_before(const PlanModel& model, std::size_t branch, std::size_t offer) {
  const std::vector<sim::PlanOffer>& offers = model.tree.branches[branch].problem.offers;
  if (offer == 0 || offers[offer].supply != offers[offer - 1].supply) return false;
  for (std::size_t m = 0; m < offers[offer].months.size(); ++m) {
    const hw::ExportVerdict &a = model.offered[branch][offer][m].purchase.verdict,
                            &b = model.offered[branch][offer - 1][m].purchase.verdict;
    if (a.status() != b.status() || a.gate_status() != b.gate_status() || a.rule != b.rule) return false;
  }
  return true;
}

}  // namespace

std::string goal_unit(const PlanModel& model) {
  switch (model.tree.branches.front().problem.goal) {
    case sim::PlanGoal::cost: return "USD";
    case sim::PlanGoal::tokens: return "tokens";
    case sim::PlanGoal::time: return "days";
  }
  return {};
}

double days_until_done(const sim::PlanProblem& problem, const sim::PlanOutcome& outcome, std::size_t campaign) {
  const std::vector<double>& seconds = problem.campaigns[campaign].seconds;
  const auto first = std::find_if(seconds.begin(), seconds.end(), [](double s) { return s > 0; }) - seconds.begin();
  double out = 0;
  for (int m = static_cast<int>(first); m < problem.months() && m <= done_month(problem, outcome, campaign); ++m)
    out += problem.days[static_cast<std::size_t>(m)];
  return out;
}

void add_months(const PlanModel& model, const SettledPlan& plan, std::size_t branch, RunResult& result) {
  const sim::PlanProblem& problem = plan.tree.branches[branch].problem;
  const sim::PlanOutcome& outcome = plan.outcomes[branch];
  ResultTable out{.name = table_of(model, branch), .columns = {{"month", ""}, {"buy", ""}, {"spend", "USD"}, {"gpus", ""}}};
  for (const sim::PlanLoad& load : problem.loads)
    out.columns.push_back({load.name, "gpus"}), out.columns.push_back({"served", "ratio"});
  for (const sim::PlanCampaign& campaign : problem.campaigns) out.columns.push_back({campaign.name, "gpus"});
  out.columns.insert(out.columns.end(), {{"idle_gpu_hours", ""}, {"cost", "USD"}, {"peak_power", "MW"}});
  for (std::size_t m = 0; m < static_cast<std::size_t>(problem.months()); ++m) {
    std::string bought;
    double spent = 0;
    for (std::size_t o = 0; o < problem.offers.size(); ++o) {
      if (outcome.lots[o][m] == 0) continue;
      const sim::PlanOffer& offer = problem.offers[o];
      const double lots = static_cast<double>(outcome.lots[o][m]);
      bought += fmt::format("{}{:.0f} {}", bought.empty() ? "" : ", ", lots * offer.lot, offer.name);
      if (problem.sites.size() > 1)
        bought += fmt::format(
            " ({})", problem.sites[static_cast<std::size_t>(problem.pools[static_cast<std::size_t>(offer.pool)].site)].name);
      spent += lots * offer.months[m].cash;
    }
    const sim::Period& period = plan.replays[branch].periods[m];
    std::vector<TableCell> row{model.month(static_cast<int>(m)), bought.empty() ? std::string("-") : bought, spent,
                               static_cast<double>(period.gpus_at_end)};
    for (std::size_t i = 0; i < problem.loads.size(); ++i) {
      const double demand = problem.loads[i].months[m].demand;
      row.emplace_back(gpus_in(outcome.serving[i], m));
      row.emplace_back(demand > 0 ? static_cast<double>(period.load_tokens[i]) / demand : 1.0);
    }
    for (std::size_t i = 0; i < problem.campaigns.size(); ++i) row.emplace_back(gpus_in(outcome.campaigns[i], m));
    row.emplace_back(static_cast<double>(period.ledger.idle) * kMilli);
    row.emplace_back(static_cast<double>(period.ledger.accrued()) * kMicro);
    row.emplace_back(period.peak_power * kMicro);
    out.rows.push_back(std::move(row));
  }
  result.tables.push_back(std::move(out));
}

void add_purchases(const PlanModel& model, const SettledPlan& plan, const std::string& name, RunResult& result) {
  ResultTable out{.name = name,
                  .columns = {{"date", ""},
                              {"chip", ""},
                              {"site", ""},
                              {"lots", ""},
                              {"gpus", ""},
                              {"price", "USD"},
                              {"spend", "USD"},
                              {"origin", ""},
                              {"status", ""},
                              {"buyer's side", ""},
                              {"rule", ""},
                              {"reason", ""},
                              {"branch", ""}}};
  for (std::size_t m = 0; m + 1 < model.starts.size(); ++m)
    for (std::size_t b = 0; b < model.tree.branches.size(); ++b) {
      const bool common = static_cast<int>(m) < model.tree.shared_months;
      if (common && b > 0) continue;
      const sim::PlanProblem& problem = plan.tree.branches[b].problem;
      for (std::size_t o = 0; o < problem.offers.size(); ++o) {
        const std::int64_t lots = plan.outcomes[b].lots[o][m];
        if (lots == 0) continue;
        const Purchase& purchase = model.offered[b][o][m].purchase;
        const sim::OfferMonth& month = problem.offers[o].months[m];
        const double count = static_cast<double>(lots);
        out.rows.push_back({purchase.date, purchase.chip, purchase.site, count, count * problem.offers[o].lot, purchase.price,
                            count * month.cash, std::string(scenarios::name(purchase.origin)), purchase.verdict.status(),
                            purchase.verdict.gate_status(), purchase.verdict.rule, purchase.verdict.reason,
                            common || model.tree.branches.size() == 1 ? std::string("all") : model.tree.branches[b].name});
      }
    }
  result.tables.push_back(std::move(out));
}

void add_campaigns(const PlanModel& model, const SettledPlan& plan, RunResult& result) {
  ResultTable out{
      .name = "campaigns",
      .columns = {{"campaign", ""}, {"done by", ""}, {"done in plan", ""}, {"done in simulation", ""}, {"branch", ""}}};
  for (std::size_t b = 0; b < model.tree.branches.size(); ++b) {
    const sim::PlanProblem& problem = plan.tree.branches[b].problem;
    for (std::size_t i = 0; i < problem.campaigns.size(); ++i) {
      const int month = done_month(problem, plan.outcomes[b], i);
      const std::int64_t finished = plan.replays[b].state.campaigns[i].finished;
      out.rows.push_back({problem.campaigns[i].name, model.month(problem.campaigns[i].last),
                          month < problem.months() ? model.month(month) : std::string("not in these months"),
                          finished == sim::kNever ? std::string("not in these months") : date_of(finished),
                          model.tree.branches.size() == 1 ? std::string("all") : model.tree.branches[b].name});
    }
  }
  if (!out.rows.empty()) result.tables.push_back(std::move(out));
}

void add_agreement(const PlanModel& model, const SettledPlan& plan, RunResult& result) {
  ResultTable out{.name = "agreement",
                  .columns = {{"round", ""}, {"figure", ""}, {"programme", ""}, {"simulated", ""}, {"gap", "ratio"}}};
  for (std::size_t round = 0; round < plan.rounds.size(); ++round)
    for (std::size_t b = 0; b < plan.rounds[round].size(); ++b)
      for (const Agreement& figure : plan.rounds[round][b])
        out.rows.push_back({static_cast<double>(round + 1), name_of(model, figure) + of_branch(model, b), figure.programme,
                            figure.simulated, figure.gap()});
  result.tables.push_back(std::move(out));
}

void add_worths(const std::vector<LimitWorth>& worths, const PlanModel& model, RunResult& result) {
  ResultTable out{.name = "limits", .columns = {{"limit", ""}, {"change", ""}, {"worth", goal_unit(model)}}};
  for (const LimitWorth& worth : worths) out.rows.push_back({worth.limit, worth.unit, worth.worth});
  if (out.rows.empty()) return;
  result.tables.push_back(std::move(out));
  result.warnings.emplace_back(
      "limits: marginal worth in the continuous programme around this plan (on/off decisions as they are, lots "
      "divisible)");
}

void add_law(const PlanModel& model, RunResult& result) {
  ResultTable out{.name = "law",
                  .columns = {{"offer", ""},
                              {"site", ""},
                              {"from", ""},
                              {"to", ""},
                              {"can be bought", ""},
                              {"status", ""},
                              {"buyer's side", ""},
                              {"rule", ""},
                              {"reason", ""},
                              {"branch", ""},
                              {"notice", ""}}};
  for (std::size_t b = 0; b < model.tree.branches.size(); ++b) {
    const sim::PlanProblem& problem = model.tree.branches[b].problem;
    for (std::size_t o = 0; o < problem.offers.size(); ++o)
      for (std::size_t m = 0; m < problem.offers[o].months.size() && !told_before(model, b, o);) {
        const auto same = [&](std::size_t other) {
          const hw::ExportVerdict &x = model.offered[b][o][m].purchase.verdict, &y = model.offered[b][o][other].purchase.verdict;
          return x.status() == y.status() && x.gate_status() == y.gate_status() && x.rule == y.rule &&
                 problem.offers[o].months[m].open == problem.offers[o].months[other].open;
        };
        std::size_t end = m;
        while (end + 1 < problem.offers[o].months.size() && same(end + 1)) ++end;
        const Purchase& purchase = model.offered[b][o][m].purchase;
        out.rows.push_back(
            {problem.offers[o].name, purchase.site, model.month(static_cast<int>(m)), model.month(static_cast<int>(end)),
             std::string(problem.offers[o].months[m].open ? "yes" : "no"), purchase.verdict.status(),
             purchase.verdict.gate_status(), purchase.verdict.rule, purchase.verdict.reason,
             model.tree.branches.size() == 1 ? std::string("all") : model.tree.branches[b].name, std::string(hw::kExportNotice)});
        m = end + 1;
      }
  }
  result.tables.push_back(std::move(out));
}

}  // namespace gpufleet::scenarios
