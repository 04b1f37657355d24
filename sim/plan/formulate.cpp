// Rows of the programme, for a branch b and months m (all sums over what stands at the same pool, site or supply):
//   owned[m] = owned[m-1] + change of what is owned anyway + lots that arrive,  in use <= usable · owned
//   cash in a budget's months <= amount,  watts · owned <= site,  owned <= slots,  accelerators bought <= supply
//   tokens served <= each line over the month's capacity,  tokens of a campaign <= weights · rates · seconds.
#include "sim/plan/formulate.h"

#include <algorithm>
#include <cmath>

#include "core/check.h"

namespace gpufleet::sim {
namespace {

using Kind = Limit::Kind;
// Among plans that serve as many tokens, or are done as soon, the cheaper one: tokens and days that a million dollars may cost.
constexpr double kTokenUnitsPerMoneyUnit = 1e-2, kDaysPerMoneyUnit = 1e-4;

class Formulator {
 public:
  explicit Formulator(const PlanTree& tree) : tree_(tree) {}

  Formulation make() {
    check(!tree_.branches.empty(), "a plan has at least one branch");
    add_limits(tree_.branches.front().problem);
    for (std::size_t b = 0; b < tree_.branches.size(); ++b) add_branch(b);
    add_objective();
    return std::move(out_);
  }

 private:
  struct Goal {
    std::vector<Term> terms;
    double constant = 0;
  };

  Limit& limit(Kind kind, int index) {
    for (Limit& known : out_.limits)
      if (known.kind == kind && known.index == index) return known;
    return out_.limits.emplace_back(Limit{kind, index, {}});
  }
  void add_limits(const PlanProblem& p) {
    for (std::size_t i = 0; i < p.budgets.size(); ++i) limit(Kind::budget, static_cast<int>(i));
    for (std::size_t i = 0; i < p.sites.size(); ++i) {
      if (p.sites[i].watts > 0) limit(Kind::power, static_cast<int>(i));
      if (p.sites[i].slots > 0) limit(Kind::slots, static_cast<int>(i));
    }
    for (std::size_t i = 0; i < p.supplies.size(); ++i) limit(Kind::supply, static_cast<int>(i));
    for (std::size_t i = 0; i < p.supplies.size(); ++i) limit(Kind::law, static_cast<int>(i));
    for (std::size_t i = 0; i < p.loads.size(); ++i)
      if (p.loads[i].coverage > 0) limit(Kind::coverage, static_cast<int>(i));
    for (std::size_t i = 0; i < p.campaigns.size(); ++i)
      if (!p.campaigns[i].late) limit(Kind::deadline, static_cast<int>(i));
  }
  // Decisions of the first months are those of the first branch; so are rows that speak of them alone.
  [[nodiscard]] bool shared(int month) const { return branch_ > 0 && month < tree_.shared_months; }
  void add_row(Row row, int month, Kind kind, int index) {
    if (row.terms.empty() && row.lower <= 0 && row.upper >= 0) return;
    limit(kind, index).members.push_back({out_.programme.add(std::move(row)), month});
  }
  int column(const Column& made) { return out_.programme.add(made); }

  void add_branch(std::size_t b) {
    branch_ = b;
    problem_ = &tree_.branches[b].problem;
    out_.branches.emplace_back();
    now_ = &out_.branches.back();
    first_ = &out_.branches.front();
    goal_.emplace_back();
    now_->money_constant = problem_->fixed_cost / kMoneyUnit;
    in_use_.assign(problem_->pools.size(), std::vector<std::vector<Term>>(static_cast<std::size_t>(problem_->months())));
    add_purchases();
    add_owned();
    for (std::size_t i = 0; i < problem_->loads.size(); ++i) add_load(i);
    for (std::size_t i = 0; i < problem_->campaigns.size(); ++i) add_campaign(i);
    add_pools_in_use();
  }

  std::vector<int> per_month() const { return std::vector<int>(static_cast<std::size_t>(problem_->months()), -1); }
  static std::size_t at(int month) { return static_cast<std::size_t>(month); }
  void pay(int col, double units) {
    if (units != 0) now_->money.push_back({col, units});
  }

  void add_purchases() {
    const PlanProblem& p = *problem_;
    for (std::size_t o = 0; o < p.offers.size(); ++o) {
      const PlanOffer& offer = p.offers[o];
      now_->bought.push_back(per_month());
      for (int m = 0; m < p.months(); ++m) {
        int& col = now_->bought[o][at(m)];
        const OfferMonth& month = offer.months[at(m)];
        if (shared(m)) {
          col = first_->bought[o][at(m)];
        } else {
          const double most = p.supplies[static_cast<std::size_t>(offer.supply)].most[at(m)];
          if (most < offer.lot || month.arrives >= p.months()) continue;
          col = column({.upper = month.open ? kUnbounded : 0.0, .domain = Domain::whole});
          if (!month.open) limit(Kind::law, offer.supply).members.push_back({col, m});
        }
        if (col >= 0) pay(col, month.standing / kMoneyUnit);
      }
    }
    for (std::size_t s = 0; s < p.supplies.size(); ++s) add_supply(static_cast<int>(s));
    for (std::size_t i = 0; i < p.budgets.size(); ++i) {
      const BudgetLimit& budget = p.budgets[i];
      if (shared(budget.last)) continue;
      Row row{.upper = budget.amount / kMoneyUnit};
      for (std::size_t o = 0; o < p.offers.size(); ++o)
        for (int m = budget.first; m <= budget.last; ++m)
          if (const int col = now_->bought[o][at(m)]; col >= 0)
            row.terms.push_back({col, p.offers[o].months[at(m)].cash / kMoneyUnit});
      add_row(std::move(row), budget.last, Kind::budget, static_cast<int>(i));
    }
  }

  void add_supply(int index) {
    const PlanProblem& p = *problem_;
    const SupplyLimit& supply = p.supplies[static_cast<std::size_t>(index)];
    Row all{.upper = supply.in_all.value_or(kUnbounded)};
    for (int m = 0; m < p.months(); ++m) {
      Row row{.upper = supply.most[at(m)]};
      for (std::size_t o = 0; o < p.offers.size(); ++o)
        if (const int col = now_->bought[o][at(m)]; p.offers[o].supply == index && col >= 0)
          row.terms.push_back({col, p.offers[o].lot});
      all.terms.insert(all.terms.end(), row.terms.begin(), row.terms.end());
      if (!shared(m)) add_row(std::move(row), m, Kind::supply, index);
    }
    if (supply.in_all) add_row(std::move(all), p.months() - 1, Kind::supply, index);
  }

  void add_owned() {
    const PlanProblem& p = *problem_;
    for (std::size_t q = 0; q < p.pools.size(); ++q) {
      const PlanPool& pool = p.pools[q];
      now_->owned.push_back(per_month());
      for (int m = 0; m < p.months(); ++m) {
        int& col = now_->owned[q][at(m)];
        if (shared(m)) {
          col = first_->owned[q][at(m)];
          continue;
        }
        col = column({});
        const double change = pool.owned[at(m)] - (m > 0 ? pool.owned[at(m - 1)] : 0.0);
        Row row{.lower = change, .upper = change, .terms = {{col, 1}}};
        if (m > 0) row.terms.push_back({now_->owned[q][at(m - 1)], -1});
        for (std::size_t o = 0; o < p.offers.size(); ++o)
          for (int bought = 0; bought <= m && p.offers[o].pool == static_cast<int>(q); ++bought) {
            const OfferMonth& month = p.offers[o].months[at(bought)];
            if (const int lots = now_->bought[o][at(bought)]; month.arrives == m && lots >= 0)
              row.terms.push_back({lots, -p.offers[o].lot * month.delivered});
          }
        out_.programme.add(std::move(row));
      }
    }
    for (std::size_t s = 0; s < p.sites.size(); ++s)
      for (int m = 0; m < p.months(); ++m) {
        if (shared(m)) continue;
        Row power{.upper = p.sites[s].watts / kPowerUnit}, slots{.upper = p.sites[s].slots};
        for (std::size_t q = 0; q < p.pools.size(); ++q) {
          if (p.pools[q].site != static_cast<int>(s)) continue;
          power.terms.push_back({now_->owned[q][at(m)], p.pools[q].watts / kPowerUnit});
          slots.terms.push_back({now_->owned[q][at(m)], 1});
        }
        if (p.sites[s].watts > 0) add_row(std::move(power), m, Kind::power, static_cast<int>(s));
        if (p.sites[s].slots > 0) add_row(std::move(slots), m, Kind::slots, static_cast<int>(s));
      }
  }

  // Accelerators given to a use: any number, or whole blocks.
  int gpus_column(int pool, int month, double block) {
    const int gpus = column({});
    in_use_[static_cast<std::size_t>(pool)][at(month)].push_back({gpus, 1});
    if (block > 0) {
      const int blocks = column({.domain = Domain::whole});
      out_.programme.add(Row{.lower = 0, .upper = 0, .terms = {{gpus, 1}, {blocks, -block}}});
    }
    return gpus;
  }

  void add_load(std::size_t index) {
    const PlanProblem& p = *problem_;
    const PlanLoad& load = p.loads[index];
    now_->serving_gpus.emplace_back(load.routes.size(), per_month());
    now_->serving_tokens.emplace_back(load.routes.size(), per_month());
    for (int m = 0; m < p.months(); ++m) {
      const LoadMonth& month = load.months[at(m)];
      if (month.demand <= 0) continue;
      std::vector<Term> served, capacity;
      for (std::size_t r = 0; r < load.routes.size(); ++r) {
        const LoadRoute& route = load.routes[r];
        int& gpus = now_->serving_gpus[index][r][at(m)];
        int& tokens = now_->serving_tokens[index][r][at(m)];
        if (shared(m)) {
          gpus = first_->serving_gpus[index][r][at(m)], tokens = first_->serving_tokens[index][r][at(m)];
        } else {
          gpus = gpus_column(route.pool, m, month.in_blocks ? route.block : 0), tokens = column({});
          const double seconds = p.days[at(m)] * 86400;
          out_.programme.add(Row{.upper = 0, .terms = {{tokens, 1}, {gpus, -route.rate * seconds / kTokenUnit}}});
        }
        served.push_back({tokens, 1}), capacity.push_back({gpus, route.rate / kTokenUnit});
        pay(tokens, (route.usd_per_token - load.penalty) * kTokenUnit / kMoneyUnit);
        if (p.goal == PlanGoal::tokens) goal_.back().terms.push_back({tokens, -1});
      }
      now_->money_constant += load.penalty * month.demand / kMoneyUnit;
      if (shared(m)) continue;
      for (const ServedLine& line : month.lines) {
        Row row{.upper = line.base / kTokenUnit, .terms = served};
        for (const Term& part : capacity)
          if (line.slope > 0) row.terms.push_back({part.column, -part.factor * line.slope});
        out_.programme.add(std::move(row));
      }
      if (load.coverage > 0)
        add_row(Row{.lower = load.coverage * month.demand / kTokenUnit, .terms = served}, m, Kind::coverage,
                static_cast<int>(index));
    }
  }

  // A campaign on one pool in one month: on or off, weights of the curve's points, tokens done.
  struct Share {
    int on = -1;
    std::vector<Term> gpus;
  };
  Share add_share(std::size_t index, std::size_t r, int m) {
    const PlanCampaign& campaign = problem_->campaigns[index];
    const CampaignRoute& route = campaign.routes[r];
    const bool small = route.points.front().gpus <= 1 && campaign.spread != Spread::one_pool;
    Share out{.on = column({.upper = 1, .domain = small ? Domain::real : Domain::whole})};
    Row weights{.lower = 0, .upper = 0, .terms = {{out.on, -1}}};
    const int tokens = column({});
    Row work{.upper = 0, .terms = {{tokens, 1}}};
    std::vector<int>& points = now_->campaign_points[index][r][at(m)];
    for (const CurvePoint& point : route.points) {
      const int weight = column({.upper = 1});
      points.push_back(weight);
      weights.terms.push_back({weight, 1});
      work.terms.push_back({weight, -point.rate * campaign.seconds[at(m)] / kTokenUnit});
      out.gpus.push_back({weight, point.gpus});
    }
    out_.programme.add(std::move(weights));
    out_.programme.add(std::move(work));
    std::vector<Term>& taken = in_use_[static_cast<std::size_t>(route.pool)][at(m)];
    taken.insert(taken.end(), out.gpus.begin(), out.gpus.end());
    if (route.block > 0) {
      Row whole{.lower = 0, .upper = 0, .terms = out.gpus};
      whole.terms.push_back({column({.domain = Domain::whole}), -route.block});
      out_.programme.add(std::move(whole));
    }
    now_->campaign_on[index][r][at(m)] = out.on;
    now_->campaign_tokens[index][r][at(m)] = tokens;
    return out;
  }

  // One pool at a time, one site at a time, or all together; and no fewer accelerators in all than it needs.
  void join(const PlanCampaign& campaign, const std::vector<Share>& shares) {
    const PlanProblem& p = *problem_;
    Row one{.upper = 1};
    if (campaign.spread == Spread::one_pool) {
      for (const Share& share : shares) one.terms.push_back({share.on, 1});
      if (shares.size() > 1) out_.programme.add(std::move(one));
      return;
    }
    std::vector<int> keys;
    const auto key_of = [&](std::size_t r) {
      return campaign.spread == Spread::one_site ? p.pools[static_cast<std::size_t>(campaign.routes[r].pool)].site : 0;
    };
    for (std::size_t r = 0; r < shares.size(); ++r)
      if (std::find(keys.begin(), keys.end(), key_of(r)) == keys.end()) keys.push_back(key_of(r));
    for (const int key : keys) {
      const int on = column({.upper = 1, .domain = Domain::whole});
      one.terms.push_back({on, 1});
      Row least{.lower = 0, .terms = {{on, -campaign.gpus_min}}}, most{.upper = 0, .terms = {{on, -campaign.gpus_max}}};
      for (std::size_t r = 0; r < shares.size(); ++r) {
        if (key_of(r) != key) continue;
        least.terms.insert(least.terms.end(), shares[r].gpus.begin(), shares[r].gpus.end());
        most.terms.insert(most.terms.end(), shares[r].gpus.begin(), shares[r].gpus.end());
        out_.programme.add(Row{.upper = 0, .terms = {{shares[r].on, 1}, {on, -1}}});
      }
      if (campaign.gpus_min > 1) out_.programme.add(std::move(least));
      out_.programme.add(std::move(most));
    }
    if (keys.size() > 1) out_.programme.add(std::move(one));
  }

  void add_campaign(std::size_t index) {
    const PlanProblem& p = *problem_;
    const PlanCampaign& campaign = p.campaigns[index];
    now_->campaign_on.emplace_back(campaign.routes.size(), per_month());
    now_->campaign_tokens.emplace_back(campaign.routes.size(), per_month());
    now_->campaign_points.emplace_back(campaign.routes.size(), std::vector<std::vector<int>>(at(p.months())));
    const int end = campaign.late ? p.months() - 1 : campaign.last;
    const double tokens = campaign.tokens / kTokenUnit;
    std::vector<Term> done;
    int before = -1, begun = -1;  // column "done" of the month before; month in which it may begin
    for (int m = 0; m <= end; ++m) {
      if (campaign.seconds[at(m)] > 0) {
        if (begun < 0) begun = m;
        add_month(index, m, done);
      }
      const bool timed = p.goal == PlanGoal::time && begun >= 0;
      const bool fined = campaign.late && m >= campaign.last;
      if (timed || fined) {
        const int over = column({.upper = 1, .domain = Domain::whole});
        Row row{.lower = 0, .terms = done};
        row.terms.push_back({over, -tokens});
        out_.programme.add(std::move(row));
        if (before >= 0) out_.programme.add(Row{.lower = 0, .terms = {{over, 1}, {before, -1}}});
        before = over;
        if (timed) goal_.back().terms.push_back({over, -p.days[at(m)]}), goal_.back().constant += p.days[at(m)];
        if (fined) pay(over, -*campaign.late / kMoneyUnit), now_->money_constant += *campaign.late / kMoneyUnit;
      }
    }
    out_.programme.add(Row{.upper = tokens, .terms = done});
    if (!campaign.late) add_row(Row{.lower = tokens, .terms = done}, campaign.last, Kind::deadline, static_cast<int>(index));
  }

  void add_month(std::size_t index, int m, std::vector<Term>& done) {
    const PlanCampaign& campaign = problem_->campaigns[index];
    std::vector<Share> shares;
    for (std::size_t r = 0; r < campaign.routes.size(); ++r) {
      if (shared(m)) {
        now_->campaign_on[index][r][at(m)] = first_->campaign_on[index][r][at(m)];
        now_->campaign_tokens[index][r][at(m)] = first_->campaign_tokens[index][r][at(m)];
        now_->campaign_points[index][r][at(m)] = first_->campaign_points[index][r][at(m)];
      } else {
        shares.push_back(add_share(index, r, m));
      }
      const int tokens = now_->campaign_tokens[index][r][at(m)];
      done.push_back({tokens, 1});
      pay(tokens, campaign.routes[r].usd_per_token * kTokenUnit / kMoneyUnit);
    }
    if (!shared(m)) join(campaign, shares);
  }

  void add_pools_in_use() {
    for (std::size_t q = 0; q < in_use_.size(); ++q)
      for (int m = 0; m < problem_->months(); ++m) {
        if (shared(m) || in_use_[q][at(m)].empty()) continue;
        Row row{.upper = 0, .terms = in_use_[q][at(m)]};
        row.terms.push_back({now_->owned[q][at(m)], -problem_->pools[q].usable});
        out_.programme.add(std::move(row));
      }
  }

  // Money and goal of a branch in the units of the objective.
  Goal objective_of(std::size_t b) const {
    const PlanColumns& columns = out_.branches[b];
    const PlanGoal goal = tree_.branches[b].problem.goal;
    const double per_money = goal == PlanGoal::cost ? 1 : goal == PlanGoal::tokens ? kTokenUnitsPerMoneyUnit : kDaysPerMoneyUnit;
    Goal out = goal_[b];
    for (const Term& term : columns.money) out.terms.push_back({term.column, term.factor * per_money});
    out.constant += columns.money_constant * per_money;
    return out;
  }

  void add_objective() {
    Programme& p = out_.programme;
    if (tree_.risk == PlanRisk::expected) {
      for (std::size_t b = 0; b < tree_.branches.size(); ++b) {
        const Goal goal = objective_of(b);
        const double weight = tree_.branches[b].probability;
        for (const Term& term : goal.terms) p.columns[static_cast<std::size_t>(term.column)].cost += weight * term.factor;
        p.constant += weight * goal.constant;
        if (tree_.at_most) p.add(Row{.upper = *tree_.at_most - goal.constant, .terms = goal.terms});
      }
      return;
    }
    const int worst = p.add(Column{.lower = -kUnbounded, .cost = 1});
    for (std::size_t b = 0; b < tree_.branches.size(); ++b) {
      const Goal goal = objective_of(b);
      Row row{.lower = goal.constant, .terms = {{worst, 1}}};
      for (const Term& term : goal.terms) row.terms.push_back({term.column, -term.factor});
      p.add(std::move(row));
    }
  }

  const PlanTree& tree_;
  Formulation out_;
  std::vector<Goal> goal_;
  std::size_t branch_ = 0;
  const PlanProblem* problem_ = nullptr;
  PlanColumns* now_ = nullptr;
  const PlanColumns* first_ = nullptr;
  std::vector<std::vector<std::vector<Term>>> in_use_;  ///< by pool and month
};

}  // namespace

Formulation formulate(const PlanTree& tree) { return Formulator(tree).make(); }

}  // namespace gpufleet::sim
