// Standing cost of a lot = its books until the plan's end + idle watts · PUE · hours · price; busy electricity goes by tokens:
// (busy - idle watts) · PUE · price / (tokens an hour). Rates of campaigns carry the time lost to failures.
#include "scenarios/plan/model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/fleet/fleet_pools.h"

namespace gpufleet::scenarios {
namespace {

constexpr double kWattHoursPerKwh = 1e3;
constexpr double kSecondsAnHour = 3600;
// From this many instances on, a fraction of one more or less makes little of a difference.
constexpr double kFewInstances = 4;
// The simulator counts accelerators out of service in whole thousandths; a plan that uses the last one must not fail by that.
constexpr double kRoundingRoom = 1 - 2e-5;

double standing_cost(const sim::Fleet& fleet, sim::FleetLot lot, double gpus, std::int64_t from, std::int64_t to) {
  constexpr std::int64_t kThousandOf = 1000;  // whole accelerators, so that cents do not matter
  lot.count = kThousandOf;
  sim::Ledger ledger;
  sim::book_standing_costs(lot, from, to, ledger);
  const sim::FleetSite& site = fleet.sites[static_cast<std::size_t>(lot.site)];
  const double hours = static_cast<double>(std::max<std::int64_t>(0, std::min(to, lot.leaves) - std::max(from, lot.arrives)));
  const double idling = lot.idle_watts * site.pue * hours / kWattHoursPerKwh * site.electricity.value;
  return gpus * (static_cast<double>(ledger.accrued()) * 1e-6 / static_cast<double>(kThousandOf) + idling);
}

// Sums and means over the lots of a pool.
struct PoolFacts {
  double watts = 0, span = 0, usable = 1, mtbf_hours = 0, most = 0;
};

class ModelMaker {
 public:
  ModelMaker(const Scenario& scenario, const Catalogs& catalogs, PlanModel& out)
      : spec_(*scenario.plan), fleet_(*scenario.fleet), months_of_(*scenario.horizon), catalogs_(catalogs), out_(out) {}

  Diagnostics make() {
    for (std::int64_t hour = months_of_.from; hour < months_of_.to; hour = next_month(hour)) out_.starts.push_back(hour);
    out_.starts.push_back(months_of_.to);
    std::vector<BranchSpec> branches = spec_.branches;
    if (branches.empty()) branches.push_back({.name = "the law as written"});
    for (const BranchSpec& branch : branches)
      if (Diagnostics problems = price_offers(branch); has_errors(problems)) return problems;
    find_pools();
    for (std::size_t b = 0; b < branches.size(); ++b)
      out_.tree.branches.push_back({branches[b].name, branches[b].probability, problem_of(b)});
    while (!spec_.branches.empty() && out_.tree.shared_months < months() &&
           out_.starts[static_cast<std::size_t>(out_.tree.shared_months)] < spec_.known)
      ++out_.tree.shared_months;
    return same_before_known();
  }

 private:
  [[nodiscard]] int months() const { return static_cast<int>(out_.starts.size()) - 1; }
  [[nodiscard]] std::int64_t start(int month) const { return out_.starts[static_cast<std::size_t>(month)]; }
  [[nodiscard]] double hours(int month) const { return static_cast<double>(start(month + 1) - start(month)); }
  [[nodiscard]] std::int64_t arrival(const OfferSpec& offer, int month) const {
    std::int64_t hour = start(month);
    for (int i = 0; i < offer.delay_months; ++i) hour = next_month(hour);
    return hour;
  }

  // Every offer at every site in every month, as a lot of the fleet on that day.
  Diagnostics price_offers(const BranchSpec& branch) {
    FleetSpec asked = fleet_;
    asked.lots.clear();
    asked.withdraw.insert(asked.withdraw.end(), branch.withdraw.begin(), branch.withdraw.end());
    asked.what_if.insert(asked.what_if.end(), branch.what_if.begin(), branch.what_if.end());
    for (const OfferSpec& offer : spec_.offers)
      for (const int site : offer.sites)
        for (int m = 0; m < months(); ++m) {
          LotSpec lot = offer.lot;
          lot.site = site;
          lot.date = date_of(start(m));
          lot.delay_hours = static_cast<double>(arrival(offer, m) - start(m));
          lot.always_delivered = true;
          asked.lots.push_back(std::move(lot));
        }
    const Result<PlannedFleet> priced = plan_fleet(asked, catalogs_);
    if (!priced) return priced.diagnostics();
    if (out_.parameters.empty()) out_.parameters = priced->parameters;
    std::size_t next = 0;
    std::vector<std::vector<OfferedLot>> offers;
    for (const OfferSpec& offer : spec_.offers)
      for (std::size_t i = 0; i < offer.sites.size(); ++i) {
        offers.emplace_back();
        for (int m = 0; m < months(); ++m, ++next) offers.back().push_back({priced->fleet.lots[next], priced->purchases[next]});
      }
    out_.offered.push_back(std::move(offers));
    return {};
  }

  void find_pools() {
    const auto meet = [&](const sim::FleetLot& lot) {
      std::size_t at = 0;
      while (at < pools_.size() && (pools_[at].chip != lot.chip || pools_[at].site != lot.site)) ++at;
      if (at == pools_.size()) pools_.push_back({.chip = lot.chip, .site = lot.site}), facts_.emplace_back();
      PoolFacts& facts = facts_[at];
      const double pue = out_.horizon.fleet.sites[static_cast<std::size_t>(lot.site)].pue;
      facts.watts = std::max(facts.watts, lot.busy_watts * pue);
      facts.span = std::max(facts.span, (lot.busy_watts - lot.idle_watts) * pue);
      facts.usable = std::min(facts.usable, (1 - lot.unavailability()) * kRoundingRoom);
      facts.mtbf_hours = facts.mtbf_hours > 0 && lot.mtbf_hours > 0 ? std::min(facts.mtbf_hours, lot.mtbf_hours)
                                                                    : std::max(facts.mtbf_hours, lot.mtbf_hours);
      return at;
    };
    for (const sim::FleetLot& lot : out_.horizon.fleet.lots) facts_[meet(lot)].most += static_cast<double>(lot.count);
    std::size_t next = 0;
    for (const OfferSpec& offer : spec_.offers)
      for (std::size_t i = 0; i < offer.sites.size(); ++i, ++next) {
        const std::size_t at = meet(out_.offered.front()[next].front().lot);
        for (int m = 0; m < months(); ++m) facts_[at].most += supply_at(offer, start(m));
        pool_of_offer_.push_back(static_cast<int>(at));
      }
    for (std::size_t q = 0; q < pools_.size(); ++q) {
      pools_[q].usable = facts_[q].usable, pools_[q].watts = facts_[q].watts;
      for (int m = 0; m < months(); ++m) {
        double owned = 0;
        for (const sim::FleetLot& lot : out_.horizon.fleet.lots)
          if (lot.chip == pools_[q].chip && lot.site == pools_[q].site && lot.arrives <= start(m) && lot.leaves >= start(m + 1))
            owned += static_cast<double>(lot.count);
        pools_[q].owned.push_back(owned);
      }
    }
  }

  static double supply_at(const OfferSpec& offer, std::int64_t hour) {
    double out = 0;
    for (const SupplyPoint& point : offer.supply)
      if (hour >= point.hour) out = point.gpus;
    return out;
  }

  sim::PlanProblem problem_of(std::size_t branch) {
    sim::PlanProblem out;
    out.goal = spec_.objective == PlanObjective::tokens ? sim::PlanGoal::tokens
               : spec_.objective == PlanObjective::time ? sim::PlanGoal::time
                                                        : sim::PlanGoal::cost;
    for (int m = 0; m < months(); ++m) out.days.push_back(hours(m) / 24);
    out.pools = pools_;
    add_offers(branch, out);
    for (const BudgetSpec& budget : spec_.budgets) {
      sim::BudgetLimit made{.first = months(), .last = -1, .amount = budget.amount};
      for (int m = 0; m < months(); ++m)
        if (start(m) >= budget.from && start(m) < budget.to) made.first = std::min(made.first, m), made.last = m;
      if (made.last >= 0) out.budgets.push_back(made);
    }
    for (std::size_t s = 0; s < fleet_.sites.size(); ++s) {
      sim::SiteLimit site{.name = fleet_.sites[s].name, .watts = fleet_.sites[s].power_limit.value_or(0)};
      for (const RackSpec& rack : spec_.racks)
        if (rack.site == static_cast<int>(s)) site.slots = rack.gpus;
      out.sites.push_back(std::move(site));
    }
    out_.load_options.clear(), out_.campaign_options.clear();
    for (std::size_t i = 0; i < out_.horizon.loads.size(); ++i) out.loads.push_back(load_of(i));
    for (std::size_t i = 0; i < out_.horizon.campaigns.size(); ++i) out.campaigns.push_back(campaign_of(i));
    for (const sim::FleetLot& lot : out_.horizon.fleet.lots)
      out.fixed_cost += standing_cost(out_.horizon.fleet, lot, static_cast<double>(lot.count), months_of_.from, months_of_.to);
    return out;
  }

  void add_offers(std::size_t branch, sim::PlanProblem& out) {
    std::size_t next = 0;
    for (std::size_t o = 0; o < spec_.offers.size(); ++o) {
      const OfferSpec& offer = spec_.offers[o];
      sim::SupplyLimit supply{.name = offer.lot.name, .in_all = offer.most};
      for (int m = 0; m < months(); ++m) supply.most.push_back(supply_at(offer, start(m)));
      out.supplies.push_back(std::move(supply));
      if (branch == 0) out_.supply_chips.push_back(offer.lot.accelerator);
      for (std::size_t i = 0; i < offer.sites.size(); ++i, ++next) {
        const double size = static_cast<double>(offer.lot.count);
        sim::PlanOffer made{.name = offer.lot.name, .pool = pool_of_offer_[next], .supply = static_cast<int>(o), .lot = size};
        for (int m = 0; m < months(); ++m) {
          OfferedLot& offered = out_.offered[branch][next][static_cast<std::size_t>(m)];
          const bool released = offered.purchase.verdict.standing != hw::ExportVerdict::Standing::not_released;
          const double share = offered.lot.lawful ? 1.0 : offer.delivery.value_or(0);
          sim::OfferMonth month{.open = released && share > 0, .arrives = months()};
          for (int later = months() - 1; later >= m; --later)
            if (start(later) >= offered.lot.arrives) month.arrives = later;
          month.delivered = month.open ? share : 1.0;
          // What does not arrive is paid for all the same.
          offered.lot.price = sim::scaled(offered.lot.price, 1 / month.delivered);
          const double gpus = size * month.delivered;
          month.cash = gpus * (offered.lot.price.value + offered.lot.surroundings.value);
          month.standing = standing_cost(out_.horizon.fleet, offered.lot, gpus, months_of_.from, months_of_.to);
          made.months.push_back(month);
        }
        out.offers.push_back(std::move(made));
      }
    }
  }

  // Pools on which an option may run.
  [[nodiscard]] std::vector<std::size_t> pools_for(const sim::WorkOption& option) const {
    std::vector<std::size_t> out;
    for (std::size_t q = 0; q < pools_.size(); ++q)
      if (pools_[q].chip == option.chip && (option.site < 0 || option.site == pools_[q].site)) out.push_back(q);
    return out;
  }
  [[nodiscard]] double busy_cost(std::size_t pool, double tokens_per_gpu_second) const {
    const sim::FleetSite& site = out_.horizon.fleet.sites[static_cast<std::size_t>(pools_[pool].site)];
    return facts_[pool].span / kWattHoursPerKwh * site.electricity.value / (tokens_per_gpu_second * kSecondsAnHour);
  }
  [[nodiscard]] const NeedSpec* need(int load, int campaign) const {
    for (const NeedSpec& known : spec_.needs)
      if ((load >= 0 && known.load == load) || (campaign >= 0 && known.campaign == campaign)) return &known;
    return nullptr;
  }

  sim::PlanLoad load_of(std::size_t index) {
    const sim::ServingLoad& load = out_.horizon.loads[index];
    sim::PlanLoad out{.name = load.name};
    out_.load_options.emplace_back();
    if (const NeedSpec* known = need(static_cast<int>(index), -1)) out.coverage = known->coverage, out.penalty = known->penalty;
    for (int m = 0; m < months(); ++m) {
      std::vector<double> hourly;
      sim::LoadMonth month;
      for (std::int64_t hour = start(m); hour < start(m + 1); ++hour) {
        hourly.push_back(sim::demand_at(load.demand, hour) * load.daily[static_cast<std::size_t>(hour % sim::kHoursPerDay)]);
        month.demand += hourly.back() * kSecondsAnHour;
      }
      const double peak = *std::max_element(hourly.begin(), hourly.end());
      for (const sim::WorkOption& option : load.options)
        if (peak < kFewInstances * option.curve.at(static_cast<double>(option.unit))) month.in_blocks = true;
      month.lines = sim::served_lines(std::move(hourly));
      out.months.push_back(std::move(month));
    }
    for (std::size_t o = 0; o < load.options.size(); ++o) {
      const sim::WorkOption& option = load.options[o];
      const double unit = static_cast<double>(option.unit), rate = option.curve.at(unit) / unit;
      if (rate <= 0) continue;
      for (const std::size_t q : pools_for(option)) {
        out.routes.push_back({.pool = static_cast<int>(q), .rate = rate, .block = unit, .usd_per_token = busy_cost(q, rate)});
        out_.load_options.back().push_back(static_cast<int>(o));
      }
    }
    return out;
  }

  sim::PlanCampaign campaign_of(std::size_t index) {
    const sim::Campaign& campaign = out_.horizon.campaigns[index];
    sim::PlanCampaign out{.name = campaign.name, .tokens = campaign.tokens, .last = months() - 1, .spread = campaign.spread};
    out.gpus_min = static_cast<double>(campaign.gpus_min);
    out_.campaign_options.emplace_back();
    if (const NeedSpec* known = need(-1, static_cast<int>(index))) {
      out.late = known->late;
      for (int m = 0; known->before && m < months(); ++m)
        if (start(m + 1) <= *known->before) out.last = m;
    }
    for (int m = 0; m < months(); ++m) {
      const std::int64_t from = std::max(start(m), campaign.start), to = std::min(start(m + 1), campaign.end);
      out.seconds.push_back(static_cast<double>(std::max<std::int64_t>(0, to - from)) * kSecondsAnHour);
    }
    double largest = 0;
    for (std::size_t o = 0; o < campaign.options.size(); ++o)
      for (const std::size_t q : pools_for(campaign.options[o])) {
        sim::CampaignRoute route{.pool = static_cast<int>(q), .points = points_of(campaign, campaign.options[o], facts_[q])};
        if (route.points.empty()) continue;
        const sim::CurvePoint& last = route.points.back();
        route.usd_per_token = busy_cost(q, last.rate / last.gpus);
        largest += last.gpus;
        out.routes.push_back(std::move(route));
        out_.campaign_options.back().push_back(static_cast<int>(o));
      }
    out.gpus_max = std::min(static_cast<double>(campaign.gpus_max), std::max(1.0, largest));
    return out;
  }

  // The curve between the fewest and the most accelerators that the campaign may take there.
  static std::vector<sim::CurvePoint> points_of(const sim::Campaign& campaign, const sim::WorkOption& option,
                                                const PoolFacts& facts) {
    std::vector<sim::CurvePoint> out;
    if (option.curve.empty()) return out;
    const double floor = campaign.spread == sim::Spread::one_pool ? static_cast<double>(campaign.gpus_min) : 1.0;
    const double least = std::max(option.curve.least(), floor);
    const double most = std::min({option.curve.most(), static_cast<double>(campaign.gpus_max), facts.most * facts.usable});
    if (most < least) return out;
    const auto add = [&](double gpus) {
      double rate = option.curve.at(gpus);
      if (facts.mtbf_hours > 0)
        rate *= sim::effective_time(gpus, facts.mtbf_hours, campaign.checkpoint_hours, campaign.restart_hours);
      out.push_back({gpus, rate});
    };
    add(least);
    for (const sim::CurvePoint& point : option.curve.points())
      if (point.gpus > least && point.gpus < most) add(point.gpus);
    if (most > least) add(most);
    return out;
  }

  // What is decided before it is known which branch came must be allowed in all of them.
  Diagnostics same_before_known() const {
    const std::vector<sim::PlanBranch>& branches = out_.tree.branches;
    for (std::size_t b = 1; b < branches.size(); ++b)
      for (std::size_t o = 0; o < branches[b].problem.offers.size(); ++o)
        for (int m = 0; m < out_.tree.shared_months; ++m) {
          const auto at = static_cast<std::size_t>(m);
          if (branches[b].problem.offers[o].months[at] == branches[0].problem.offers[o].months[at]) continue;
          return {
              {.where = {},
               .key = "plan.known",
               .message = fmt::format("the branches \"{}\" and \"{}\" differ for {} in {} already, before it is known which came",
                                      branches[0].name, branches[b].name, branches[b].problem.offers[o].name, out_.month(m)),
               .hint = {}}};
        }
    return {};
  }

  const PlanSpec& spec_;
  const FleetSpec& fleet_;
  const HorizonSpec& months_of_;
  const Catalogs& catalogs_;
  PlanModel& out_;
  std::vector<sim::PlanPool> pools_;
  std::vector<PoolFacts> facts_;
  std::vector<int> pool_of_offer_;
};

}  // namespace

Result<PlanModel> make_plan_model(const Scenario& scenario, const Catalogs& catalogs, const HardwareData& hardware,
                                  CurveMemory& memory, const RunControl& control, RunResult& result) {
  PlanModel out;
  FleetSpec fleet = *scenario.fleet;
  if (fleet.date.empty()) fleet.date = date_of(scenario.horizon->from);  // prices of sites without lots
  const Result<PlannedFleet> owned = plan_fleet(fleet, catalogs);
  if (!owned) return owned.diagnostics();
  const Result<std::vector<KnownCurve>> curves = known_curves(*scenario.horizon, catalogs, hardware, memory, control, result);
  if (!curves) return curves.diagnostics();
  if (control.stopped()) return out;
  out.sigmas = curve_sigmas(*scenario.horizon, *curves);
  out.horizon = make_horizon(*scenario.horizon, *owned, *curves, catalogs);
  if (const std::string why = sim::horizon_problem(out.horizon); !why.empty())
    return Diagnostic{.where = {scenario.name, 0, 0}, .key = "horizon", .message = why, .hint = {}};
  if (Diagnostics problems = ModelMaker(scenario, catalogs, out).make(); has_errors(problems)) return problems;
  return out;
}

}  // namespace gpufleet::scenarios
