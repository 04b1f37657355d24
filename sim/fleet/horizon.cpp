#include "sim/fleet/horizon.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/check.h"
#include "sim/fleet/fleet_pools.h"

namespace gpufleet::sim {
namespace {

constexpr double kSecondsPerHour = 3600;

// One kind of work and a pool that it may use, found once.
struct Route {
  std::size_t pool = 0;
  const WorkOption* option = nullptr;
};
std::vector<Route> routes_of(const std::vector<WorkOption>& options, const std::vector<FleetPool>& pools) {
  std::vector<Route> out;
  for (const WorkOption& option : options)
    for (std::size_t p = 0; p < pools.size(); ++p)
      if (pools[p].chip == option.chip && (option.site < 0 || option.site == pools[p].site)) out.push_back({p, &option});
  return out;
}

// Accelerators (whole ones) of each route, and what they do together.
struct Team {
  std::vector<std::int64_t> gpus;
  std::int64_t total = 0;
  double rate = 0;  // tokens/s
};

struct TeamRules {
  Spread spread = Spread::one_site;
  std::int64_t gpus_min = 1, gpus_max = kNever;
  double tokens_per_step = 0, gradient_bytes = 0, checkpoint_hours = 0, restart_hours = 0;
};

// Fills a team from the routes that `allowed` takes, in order.
template <class Allowed>
Team fill(const Fleet& fleet, const std::vector<FleetPool>& pools, const std::vector<Route>& routes,
          const std::vector<std::int64_t>& free, const TeamRules& rules, const Allowed& allowed) {
  Team team{.gpus = std::vector<std::int64_t>(routes.size())};
  std::int64_t wanted = rules.gpus_max;
  double failures = 0;
  std::vector<int> sites;
  for (std::size_t r = 0; r < routes.size(); ++r) {
    if (!allowed(r)) continue;
    const WorkOption& option = *routes[r].option;
    const double most =
        std::min(static_cast<double>(std::min({wanted, free[routes[r].pool] / 1000, option.gpus_most})), option.curve.most());
    std::int64_t take = static_cast<std::int64_t>(most) / option.unit * option.unit;
    const double rate = option.curve.at(static_cast<double>(take));
    if (rate <= 0) continue;
    team.gpus[r] = take;
    team.total += take;
    team.rate += rate;
    wanted -= take;
    const FleetPool& pool = pools[routes[r].pool];
    if (pool.mtbf_hours > 0) failures += static_cast<double>(take) / pool.mtbf_hours;
    if (std::find(sites.begin(), sites.end(), pool.site) == sites.end()) sites.push_back(pool.site);
  }
  if (team.total < rules.gpus_min) return {.gpus = std::vector<std::int64_t>(routes.size())};
  if (sites.size() > 1)
    team.rate = rate_across_sites(team.rate, rules.tokens_per_step, rules.gradient_bytes, static_cast<int>(sites.size()),
                                  bottleneck(fleet, sites));
  if (failures > 0) team.rate *= effective_time(1, 1 / failures, rules.checkpoint_hours, rules.restart_hours);
  return team;
}

Team best_team(const Fleet& fleet, const std::vector<FleetPool>& pools, const std::vector<Route>& routes,
               const std::vector<std::int64_t>& free, const TeamRules& rules) {
  Team best{.gpus = std::vector<std::int64_t>(routes.size())};
  if (rules.spread == Spread::anywhere) {
    best = fill(fleet, pools, routes, free, rules, [](std::size_t) { return true; });
    if (fleet.sites.size() < 2) return best;  // else one site alone may be faster than all over slow links
  }
  for (std::size_t r = 0; r < routes.size(); ++r) {
    const int site = pools[routes[r].pool].site;
    const Team team = fill(fleet, pools, routes, free, rules, [&](std::size_t other) {
      return rules.spread == Spread::one_pool ? other == r : pools[routes[other].pool].site == site;
    });
    if (team.rate > best.rate) best = team;
  }
  return best;
}

double price_at(const std::vector<TokenPrice>& prices, std::int64_t hour) {
  double out = 0;
  for (const TokenPrice& price : prices)
    if (hour >= price.hour) out = price.usd_per_token;
  return out;
}

class Simulation {
 public:
  Simulation(const Horizon& horizon, HorizonState& state) : horizon_(horizon), state_(state), pools_(horizon.fleet) {
    for (const ServingLoad& load : horizon.loads) load_routes_.push_back(routes_of(load.options, pools_.pools()));
    for (const Campaign& campaign : horizon.campaigns) campaign_routes_.push_back(routes_of(campaign.options, pools_.pools()));
    for (std::size_t i = 0; i < horizon.loads.size(); ++i) turns_.push_back({horizon.loads[i].priority, Kind::load, i});
    for (std::size_t i = 0; i < horizon.campaigns.size(); ++i)
      turns_.push_back({horizon.campaigns[i].priority, Kind::campaign, i});
    std::stable_sort(turns_.begin(), turns_.end(), [](const Turn& a, const Turn& b) { return a.priority < b.priority; });
  }

  Period run(std::int64_t to) {
    period_ = {.from = state_.hour, .to = to};
    period_.load_tokens.assign(horizon_.loads.size(), 0);
    period_.load_unmet.assign(horizon_.loads.size(), 0);
    period_.campaign_tokens.assign(horizon_.campaigns.size(), 0);
    period_.campaign_gpu_time.assign(horizon_.campaigns.size(), 0);
    for (const Probe& probe : horizon_.probes) {
      double gpus = 0;
      period_.probes.push_back(probe_rate(horizon_, probe, state_.hour, gpus));
    }
    for (const FleetLot& lot : horizon_.fleet.lots) book_standing_costs(lot, state_.hour, to, period_.ledger);
    for (; state_.hour < to; ++state_.hour) one_hour();
    return period_;
  }

 private:
  enum class Kind : std::uint8_t { load, campaign };
  struct Turn {
    int priority = 0;
    Kind kind = Kind::load;
    std::size_t index = 0;
  };

  void one_hour() {
    pools_.move_to(state_.hour);
    const std::vector<FleetPool>& pools = pools_.pools();
    free_.assign(pools.size(), 0);
    busy_.assign(pools.size(), 0);
    for (std::size_t p = 0; p < pools.size(); ++p) free_[p] = pools[p].available();
    used_.assign(pools.size(), 0);
    for (const Turn& turn : turns_) {
      if (turn.kind == Kind::load)
        serve(turn.index);
      else
        train(turn.index);
    }
    settle();
  }

  void use(std::size_t pool, std::int64_t taken, std::int64_t time, double busy, FleetUse use) {
    free_[pool] -= taken;
    used_[pool] += time;
    busy_[pool] += busy;
    period_.ledger.used[static_cast<std::size_t>(use)] += time;
  }

  void serve(std::size_t index) {
    const ServingLoad& load = horizon_.loads[index];
    const double trend = demand_at(load.demand, state_.hour);
    if (trend <= 0) return;
    const double now = trend * load.daily[static_cast<std::size_t>(state_.hour % kHoursPerDay)];
    double reserve = load.lending == Lending::keep ? trend * *std::max_element(load.daily.begin(), load.daily.end()) : now;
    double rest = now, served = 0;
    for (const Route& route : load_routes_[index]) {
      if (reserve <= 0) break;
      const double each = route.option->curve.at(static_cast<double>(route.option->unit));
      if (each <= 0) continue;
      const std::int64_t unit = route.option->unit;
      const std::int64_t instances = std::min({static_cast<std::int64_t>(std::ceil(reserve / each)),
                                               free_[route.pool] / 1000 / unit, route.option->gpus_most / unit});
      if (instances == 0) continue;
      const double capacity = static_cast<double>(instances) * each, done = std::min(rest, capacity);
      const std::int64_t time = instances * unit * 1000;
      use(route.pool, time, time, static_cast<double>(time) * done / capacity, FleetUse::serving);
      rest -= done;
      served += done;
      reserve -= capacity;
    }
    const std::int64_t tokens = whole(served * kSecondsPerHour), missed = whole(rest * kSecondsPerHour);
    period_.load_tokens[index] += tokens;
    period_.load_unmet[index] += missed;
    period_.ledger.tokens[static_cast<std::size_t>(FleetUse::serving)] += tokens;
    period_.ledger.unmet_tokens += missed;
    const double price = price_at(load.revenue, state_.hour);
    book(CostItem::revenue, whole(static_cast<double>(tokens) * price * kMillion));
  }

  void train(std::size_t index) {
    const Campaign& campaign = horizon_.campaigns[index];
    CampaignState& at = state_.campaigns[index];
    if (at.done >= campaign.tokens || state_.hour < campaign.start || state_.hour >= campaign.end) return;
    const Team team = best_team(horizon_.fleet, pools_.pools(), campaign_routes_[index], free_,
                                {campaign.spread, campaign.gpus_min, campaign.gpus_max, campaign.tokens_per_step,
                                 campaign.gradient_bytes, campaign.checkpoint_hours, campaign.restart_hours});
    if (team.rate <= 0) {
      if (at.running) ++at.interruptions;
      at.running = false;
      return;
    }
    const bool resumes = !at.running && at.started != kNever && campaign.elasticity == Elasticity::rigid;
    if (at.started == kNever) at.started = state_.hour;
    at.running = true;
    const double lost = resumes ? std::min(1.0, campaign.restart_hours) : 0.0;
    const double possible = team.rate * kSecondsPerHour * (1 - lost), left = campaign.tokens - at.done;
    const double done = std::min(possible, left);
    // The share of the hour that it holds its accelerators: all of it, but in the last hour of its life.
    const double share = left <= possible ? lost + (1 - lost) * (possible > 0 ? left / possible : 0) : 1.0;
    at.done = left <= possible ? campaign.tokens : at.done + done;
    if (at.done >= campaign.tokens) at.finished = state_.hour + 1, at.running = false;
    std::int64_t time = 0;
    for (std::size_t r = 0; r < team.gpus.size(); ++r) {
      if (team.gpus[r] == 0) continue;
      const std::int64_t taken = team.gpus[r] * 1000;
      const std::int64_t held = std::min(taken, whole(static_cast<double>(taken) * share));
      use(campaign_routes_[index][r].pool, taken, held, static_cast<double>(held), campaign.use);
      time += held;
    }
    const std::int64_t tokens = whole(done);
    period_.campaign_tokens[index] += tokens;
    period_.campaign_gpu_time[index] += time;
    period_.ledger.tokens[static_cast<std::size_t>(campaign.use)] += tokens;
  }

  void book(CostItem item, std::int64_t amount) { period_.ledger.money[static_cast<std::size_t>(item)] += amount; }

  // Energy at the meter by how busy each pool is, and what it costs; then where every GPU-hour went.
  void settle() {
    const std::vector<FleetPool>& pools = pools_.pools();
    Ledger& ledger = period_.ledger;
    site_watts_.assign(horizon_.fleet.sites.size(), 0);
    period_.gpus_at_end = 0;
    for (std::size_t p = 0; p < pools.size(); ++p) {
      const FleetPool& pool = pools[p];
      ledger.owned += pool.owned;
      ledger.down += pool.down;
      ledger.idle += pool.owned - pool.down - used_[p];
      ledger.lawful += pool.lawful;
      period_.gpus_at_end += pool.owned / 1000;
      site_watts_[static_cast<std::size_t>(pool.site)] += pool.idle_watts + pool.watts_span() * busy_[p];
      book(CostItem::market_rent, whole(static_cast<double>(used_[p]) / kThousand * pool.rent * kMillion));
    }
    double power = 0;
    for (std::size_t s = 0; s < site_watts_.size(); ++s) {
      const FleetSite& site = horizon_.fleet.sites[s];
      const double watts = site_watts_[s] * site.pue;
      power += watts;
      const std::int64_t energy = whole(watts * kThousand);  // of one hour
      const double kwh = static_cast<double>(energy) / kMillion;
      ledger.energy += energy;
      ledger.carbon += whole(kwh * site.carbon.value * kThousand);
      book(CostItem::electricity, whole(kwh * site.electricity.value * kMillion));
    }
    period_.peak_power = std::max(period_.peak_power, power);
  }

  const Horizon& horizon_;
  HorizonState& state_;
  FleetPools pools_;
  std::vector<std::vector<Route>> load_routes_, campaign_routes_;
  std::vector<Turn> turns_;
  Period period_;
  std::vector<std::int64_t> free_, used_;
  std::vector<double> busy_, site_watts_;
};

}  // namespace

double demand_at(const std::vector<DemandPoint>& points, std::int64_t hour) {
  if (points.empty() || hour < points.front().hour) return 0;
  for (std::size_t i = 1; i < points.size(); ++i) {
    if (hour >= points[i].hour) continue;
    const double t = static_cast<double>(hour - points[i - 1].hour) / static_cast<double>(points[i].hour - points[i - 1].hour);
    return points[i - 1].rate + (points[i].rate - points[i - 1].rate) * t;
  }
  return points.back().rate;
}

HorizonState begin_horizon(const Horizon& horizon, std::int64_t hour) {
  return {hour, std::vector<CampaignState>(horizon.campaigns.size())};
}

double probe_rate(const Horizon& horizon, const Probe& probe, std::int64_t hour, double& gpus) {
  FleetPools pools(horizon.fleet);
  pools.move_to(hour);
  std::vector<std::int64_t> free;
  for (const FleetPool& pool : pools.pools()) free.push_back(pool.available());
  const Team team = best_team(horizon.fleet, pools.pools(), routes_of(probe.options, pools.pools()), free,
                              {.spread = probe.spread,
                               .gpus_min = 1,
                               .gpus_max = probe.gpus_max,
                               .tokens_per_step = probe.tokens_per_step,
                               .gradient_bytes = probe.gradient_bytes});
  gpus = static_cast<double>(team.total);
  return team.rate;
}

std::vector<Period> simulate_horizon(const Horizon& horizon, HorizonState& state, const std::vector<std::int64_t>& cuts,
                                     const RunControl& control) {
  check(state.campaigns.size() == horizon.campaigns.size(), "the state is of another horizon");
  Simulation simulation(horizon, state);
  std::vector<Period> out;
  for (const std::int64_t cut : cuts) {
    check(cut > state.hour, "cuts of a horizon ascend");
    if (control.stopped()) break;
    out.push_back(simulation.run(cut));
    control.report(static_cast<double>(out.size()) / static_cast<double>(cuts.size()), "months");
  }
  return out;
}

std::string horizon_problem(const Horizon& horizon) {
  for (const FleetLot& lot : horizon.fleet.lots) {
    if (lot.site < 0 || lot.site >= static_cast<int>(horizon.fleet.sites.size())) return "lot " + lot.name + " has no site";
    if (lot.count < 0 || lot.leaves < lot.arrives) return "lot " + lot.name + " leaves before it arrives";
  }
  for (const Campaign& campaign : horizon.campaigns)
    if (campaign.gpus_min < 1 || campaign.gpus_max < campaign.gpus_min)
      return "campaign " + campaign.name + " takes fewer accelerators at most than at least";
  return {};
}

}  // namespace gpufleet::sim
