#include "scenarios/run_horizon.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "sim/fleet/limits.h"

namespace gpufleet::scenarios {
namespace {

constexpr double kMicro = 1e-6, kMilli = 1e-3;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr std::int64_t kSecondsPerHour = 3600, kSecondsPerDay = 86400;

std::vector<sim::WorkOption> options_of(const std::vector<int>& indices, const HorizonSpec& spec,
                                        const std::vector<KnownCurve>& curves) {
  std::vector<sim::WorkOption> out;
  for (const int i : indices) {
    const CurveSpec& named = spec.curves[static_cast<std::size_t>(i)];
    const KnownCurve& known = curves[static_cast<std::size_t>(i)];
    out.push_back({named.accelerator, named.site, known.curve, known.unit});
  }
  return out;
}

// 6 · active parameters · tokens = FLOP, with the model of the first curve.
double tokens_of(const std::optional<double>& flop, double tokens, const std::vector<int>& indices,
                 const std::vector<KnownCurve>& curves) {
  if (!flop || indices.empty()) return tokens;
  const double active = curves[static_cast<std::size_t>(indices.front())].active_parameters;
  return active > 0 ? *flop / (6 * active) : 0;
}

std::vector<sim::TokenPrice> revenue_of(const LoadSpec& load, const HorizonSpec& spec, const Catalogs& catalogs) {
  std::vector<sim::TokenPrice> out;
  if (load.model.empty()) return out;
  for (std::int64_t hour = spec.from; hour < spec.to; hour = next_month(hour)) {
    const Result<hw::ApiPrice> price = hw::look_up_api_price(catalogs.prices, load.model, date_of(hour));
    if (!price) continue;
    const double input = price->input * (1 - load.cached_share) + price->cached_input * load.cached_share;
    out.push_back({hour, price->output + load.input_per_output * input});
  }
  return out;
}

std::vector<std::int64_t> month_cuts(const HorizonSpec& spec) {
  std::vector<std::int64_t> out;
  for (std::int64_t hour = next_month(spec.from); hour < spec.to; hour = next_month(hour)) out.push_back(hour);
  out.push_back(spec.to);
  return out;
}

// One figure of the whole horizon, so that runs at other speeds and prices can give its interval.
struct Whole {
  sim::Ledger ledger;
  double days = 0;
};

Whole whole_of(const std::vector<sim::Period>& periods, const HorizonSpec& spec) {
  Whole out;
  for (const sim::Period& period : periods) out.ledger += period.ledger;
  out.days = static_cast<double>(spec.to - spec.from) / 24;
  return out;
}

struct Figure {
  std::string name;
  double value = 0;
};

std::vector<Figure> figures(const Whole& whole) {
  const sim::Ledger& l = whole.ledger;
  const double served = static_cast<double>(l.tokens[static_cast<std::size_t>(sim::FleetUse::serving)]);
  const double asked = served + static_cast<double>(l.unmet_tokens);
  const double used = static_cast<double>(l.used_in_all()), serving = static_cast<double>(l.of(sim::FleetUse::serving));
  const double accrued = static_cast<double>(l.accrued()) * kMicro;
  std::vector<Figure> out;
  if (asked > 0) {
    out.push_back({"served_tokens", served});
    out.push_back({"unmet_share", static_cast<double>(l.unmet_tokens) / asked});
  }
  out.push_back({"gpu_utilisation", l.owned > 0 ? used / static_cast<double>(l.owned) : 0});
  out.push_back({"horizon_cost", accrued});
  out.push_back({"horizon_cash", static_cast<double>(l.of(sim::CostItem::purchases) - l.of(sim::CostItem::resale) + l.accrued() -
                                                     l.of(sim::CostItem::amortisation)) *
                                     kMicro});
  out.push_back({"horizon_rent_value", static_cast<double>(l.of(sim::CostItem::market_rent)) * kMicro});
  if (l.of(sim::CostItem::revenue) > 0)
    out.push_back({"horizon_revenue", static_cast<double>(l.of(sim::CostItem::revenue)) * kMicro});
  out.push_back({"horizon_energy", static_cast<double>(l.energy) * 1e-9});
  out.push_back({"horizon_carbon", static_cast<double>(l.carbon) * 1e-9});
  if (served > 0 && used > 0) out.push_back({"cost_per_million_served_tokens", accrued * serving / used / served * 1e6});
  return out;
}

// The same horizon with faster or slower machines, and dearer or cheaper everything.
sim::Horizon shifted(sim::Horizon horizon, const std::vector<std::vector<double>>& sigmas, double speed, double price) {
  std::size_t group = 0;
  const auto shift = [&](std::vector<sim::WorkOption>& options) {
    for (std::size_t i = 0; i < options.size(); ++i)
      options[i].curve = options[i].curve.faster(std::exp(speed * sigmas[group][i]));
    ++group;
  };
  for (sim::ServingLoad& load : horizon.loads) shift(load.options);
  for (sim::Campaign& campaign : horizon.campaigns) shift(campaign.options);
  const auto pick = [&](Estimate& e) {
    const double value = price > 0 ? e.high : price < 0 ? e.low : e.value;
    e = {value, value, value};
  };
  for (sim::FleetLot& lot : horizon.fleet.lots) {
    pick(lot.price), pick(lot.surroundings), pick(lot.rent), pick(lot.operations);
    const double watts = price > 0 ? lot.watts_high : price < 0 ? lot.watts_low : 1;
    lot.busy_watts *= watts, lot.idle_watts *= watts;
    const double life = price > 0 ? lot.life_hours.low : price < 0 ? lot.life_hours.high : lot.life_hours.value;
    lot.life_hours = {life, life, life};
  }
  for (sim::FleetSite& site : horizon.fleet.sites) pick(site.electricity), pick(site.carbon);
  return horizon;
}

double days_of(double tokens, double rate) { return rate > 0 ? tokens / rate / static_cast<double>(kSecondsPerDay) : kNan; }

ResultTable monthly_table(const HorizonSpec& spec, const std::vector<sim::Period>& periods,
                          const std::vector<KnownCurve>& curves) {
  using Compared = TableColumn::Compared;
  ResultTable out{.name = "monthly", .columns = {{"month", ""}, {"gpus", ""}, {"legal_share", ""}}};
  for (std::size_t i = 0; i < spec.probes.size(); ++i) {
    const bool days = spec.probes[i].tokens > 0 || spec.probes[i].flop;
    out.columns.push_back({spec.probes[i].probe.name, days ? "days" : "tok/s", Compared::yes});
  }
  for (const char* plain : {"served_tokens", "unmet_tokens"}) out.columns.push_back({plain, ""});
  for (std::size_t use = 0; use < sim::kFleetUses; ++use)
    out.columns.push_back({std::string(sim::name(static_cast<sim::FleetUse>(use))) + "_gpu_hours", ""});
  out.columns.insert(out.columns.end(), {{"idle_gpu_hours", ""},
                                         {"down_gpu_hours", ""},
                                         {"utilisation", ""},
                                         {"cost", "USD"},
                                         {"cash", "USD"},
                                         {"rent_value", "USD"},
                                         {"revenue", "USD"},
                                         {"cost_per_million_tokens", "USD", Compared::yes},
                                         {"cost_per_million_at_capacity", "USD", Compared::yes},
                                         {"energy", "MWh"},
                                         {"carbon", "t"},
                                         {"peak_power", "MW"}});
  for (const sim::Period& p : periods) {
    const sim::Ledger& l = p.ledger;
    const auto hours = [](std::int64_t milli) { return static_cast<double>(milli) * kMilli; };
    const auto usd = [](std::int64_t micro) { return static_cast<double>(micro) * kMicro; };
    std::vector<TableCell> row{date_of(p.from).substr(0, 7), static_cast<double>(p.gpus_at_end),
                               l.owned > 0 ? static_cast<double>(l.lawful) / static_cast<double>(l.owned) : 0.0};
    for (std::size_t i = 0; i < spec.probes.size(); ++i) {
      const double tokens = tokens_of(spec.probes[i].flop, spec.probes[i].tokens, spec.probes[i].curves, curves);
      row.emplace_back(tokens > 0 ? days_of(tokens, p.probes[i]) : p.probes[i]);
    }
    const double served = static_cast<double>(l.tokens[static_cast<std::size_t>(sim::FleetUse::serving)]);
    row.emplace_back(served);
    row.emplace_back(static_cast<double>(l.unmet_tokens));
    for (const std::int64_t used : l.used) row.emplace_back(hours(used));
    row.emplace_back(hours(l.idle));
    row.emplace_back(hours(l.down));
    const double used = static_cast<double>(l.used_in_all());
    row.emplace_back(l.owned > 0 ? used / static_cast<double>(l.owned) : 0.0);
    row.emplace_back(usd(l.accrued()));
    row.emplace_back(
        usd(l.of(sim::CostItem::purchases) - l.of(sim::CostItem::resale) + l.accrued() - l.of(sim::CostItem::amortisation)));
    row.emplace_back(usd(l.of(sim::CostItem::market_rent)));
    row.emplace_back(usd(l.of(sim::CostItem::revenue)));
    // Serving bears its share of the month's cost by the hours it used; idle hours are everybody's.
    const double serving = static_cast<double>(l.of(sim::FleetUse::serving));
    row.emplace_back(served > 0 && used > 0 ? usd(l.accrued()) * serving / used / served * 1e6 : kNan);
    // And with the whole fleet serving all month, at the rate of the first probe that asks for one.
    double capacity = 0;
    for (std::size_t i = 0; i < spec.probes.size() && capacity == 0; ++i)
      if (spec.probes[i].tokens == 0 && !spec.probes[i].flop) capacity = p.probes[i];
    row.emplace_back(capacity > 0 ? usd(l.accrued()) / (capacity * static_cast<double>((p.to - p.from) * kSecondsPerHour)) * 1e6
                                  : kNan);
    row.emplace_back(static_cast<double>(l.energy) * 1e-9);
    row.emplace_back(static_cast<double>(l.carbon) * 1e-9);
    row.emplace_back(p.peak_power * kMicro);
    out.rows.push_back(std::move(row));
  }
  return out;
}

ResultTable campaign_table(const sim::Horizon& horizon, const sim::HorizonState& state, const std::vector<sim::Period>& periods,
                           const std::vector<double>& usd_per_hour) {
  using Compared = TableColumn::Compared;
  ResultTable out{.name = "campaigns",
                  .columns = {{"campaign", ""},
                              {"use", ""},
                              {"started", ""},
                              {"finished", ""},
                              {"days", "", Compared::yes},
                              {"done", ""},
                              {"gpu_hours", ""},
                              {"mean_gpus", ""},
                              {"left_of_fleet", ""},
                              {"interruptions", ""},
                              {"cost", "USD"},
                              {"with research and staff", "USD"}}};
  for (std::size_t i = 0; i < horizon.campaigns.size(); ++i) {
    const sim::Campaign& campaign = horizon.campaigns[i];
    const sim::CampaignState& at = state.campaigns[i];
    double hours = 0;
    const bool over = at.finished != sim::kNever, begun = at.started != sim::kNever;
    const std::int64_t end = over ? at.finished : state.hour;
    double owned = 0;  // while it ran
    for (const sim::Period& p : periods) {
      hours += static_cast<double>(p.campaign_gpu_time[i]) * kMilli;
      const std::int64_t overlap = begun ? std::min(end, p.to) - std::max(at.started, p.from) : 0;
      if (overlap > 0)
        owned += static_cast<double>(p.ledger.owned) * kMilli * static_cast<double>(overlap) / static_cast<double>(p.to - p.from);
    }
    const double days = begun ? static_cast<double>(end - at.started) / 24 : 0;
    out.rows.push_back({campaign.name, std::string(sim::name(campaign.use)), begun ? date_of(at.started) : "never",
                        over ? date_of(at.finished) : "not yet", over ? days : kNan,
                        campaign.tokens > 0 ? at.done / campaign.tokens : 0.0, hours, days > 0 ? hours / days / 24 : 0.0,
                        owned > 0 ? 1 - hours / owned : 1.0, static_cast<double>(at.interruptions), hours * usd_per_hour[0],
                        hours * usd_per_hour[1]});
  }
  return out;
}

}  // namespace

sim::Horizon make_horizon(const HorizonSpec& spec, const PlannedFleet& plan, const std::vector<KnownCurve>& curves,
                          const Catalogs& catalogs) {
  sim::Horizon out{.fleet = plan.fleet};
  for (const LoadSpec& load : spec.loads) {
    out.loads.push_back(load.load);
    out.loads.back().options = options_of(load.curves, spec, curves);
    out.loads.back().revenue = revenue_of(load, spec, catalogs);
  }
  for (const CampaignSpec& campaign : spec.campaigns) {
    out.campaigns.push_back(campaign.campaign);
    out.campaigns.back().options = options_of(campaign.curves, spec, curves);
    out.campaigns.back().tokens = tokens_of(campaign.flop, campaign.campaign.tokens, campaign.curves, curves);
  }
  for (const ProbeSpec& probe : spec.probes) {
    out.probes.push_back(probe.probe);
    out.probes.back().options = options_of(probe.curves, spec, curves);
  }
  return out;
}

Result<std::vector<KnownCurve>> known_curves(const HorizonSpec& spec, const Catalogs& catalogs, const HardwareData& hardware,
                                             CurveMemory& memory, const RunControl& control, RunResult& result) {
  std::vector<KnownCurve> curves;
  for (const CurveSpec& curve : spec.curves) {
    control.report(static_cast<double>(curves.size()) / static_cast<double>(spec.curves.size()), "curves");
    Result<KnownCurve> known = capacity_curve(curve, catalogs, hardware, memory, control);
    if (!known) {
      // What the chip cannot do is an answer: it takes no part in it.
      const Diagnostics& why = known.diagnostics();
      const auto infeasible = [](const Diagnostic& d) { return d.kind == DiagnosticKind::infeasible; };
      if (!std::all_of(why.begin(), why.end(), infeasible)) return why;
      for (const Diagnostic& d : why) result.warnings.push_back(fmt::format("curve {}: {}", curve.name, d.message));
      curves.emplace_back();
      continue;
    }
    result.warnings.insert(result.warnings.end(), known->notes.begin(), known->notes.end());
    const sim::CurvePoint best = known->curve.points().back();
    result.breakdown.push_back({fmt::format("{}: on {:.0f} {}", curve.name, best.gpus, curve.accelerator), "tok/s", best.rate});
    curves.push_back(std::move(known).value());
    if (control.stopped()) break;
  }
  return curves;
}

Diagnostics run_horizon(const HorizonSpec& spec, const FleetSpec& fleet, const Catalogs& catalogs, const HardwareData& hardware,
                        CurveMemory& memory, const RunControl& control, RunResult& result) {
  const Result<PlannedFleet> plan = plan_fleet(fleet, catalogs);
  if (!plan) return plan.diagnostics();
  const Result<std::vector<KnownCurve>> worked_out = known_curves(spec, catalogs, hardware, memory, control, result);
  if (!worked_out) return worked_out.diagnostics();
  if (control.stopped()) return {};
  const std::vector<KnownCurve>& curves = *worked_out;
  const sim::Horizon horizon = make_horizon(spec, *plan, curves, catalogs);
  for (const std::string& why : {sim::horizon_problem(horizon), sim::books_problem(horizon, spec.from, spec.to)})
    if (!why.empty()) return {{.where = {}, .key = "horizon", .message = why, .hint = {}}};
  std::vector<std::vector<double>> sigmas;
  const auto spread_of = [&](const std::vector<int>& indices) {
    std::vector<double> out;
    for (const int i : indices) out.push_back(curves[static_cast<std::size_t>(i)].log_sigma);
    sigmas.push_back(std::move(out));
  };
  for (const LoadSpec& load : spec.loads) spread_of(load.curves);
  for (const CampaignSpec& campaign : spec.campaigns) spread_of(campaign.curves);

  const std::vector<std::int64_t> cuts = month_cuts(spec);
  sim::HorizonState state = sim::begin_horizon(horizon, spec.from);
  const std::vector<sim::Period> periods = sim::simulate_horizon(horizon, state, cuts, control);
  const Whole middle = whole_of(periods, spec);
  std::vector<Figure> centre = figures(middle);
  std::vector<Estimate> spans(centre.size());
  for (std::size_t i = 0; i < centre.size(); ++i) spans[i] = {centre[i].value, centre[i].value, centre[i].value};
  // Speed and prices err independently: each end is run alone, and distances add as squares.
  const auto deviate = [&](double speed, double price, std::vector<double>& to) {
    const sim::Horizon other = shifted(horizon, sigmas, speed, price);
    sim::HorizonState start = sim::begin_horizon(other, spec.from);
    const std::vector<Figure> found = figures(whole_of(sim::simulate_horizon(other, start, {spec.to}, control), spec));
    for (std::size_t i = 0; i < to.size(); ++i) {
      const auto same = std::find_if(found.begin(), found.end(), [&](const Figure& f) { return f.name == centre[i].name; });
      to[i] = same == found.end() ? 0 : same->value - centre[i].value;
    }
  };
  std::array<std::vector<double>, 4> moved;
  for (std::vector<double>& to : moved) to.resize(centre.size());
  deviate(kNormalQuantile90, 0, moved[0]);
  deviate(-kNormalQuantile90, 0, moved[1]);
  deviate(0, 1, moved[2]);
  deviate(0, -1, moved[3]);
  for (std::size_t i = 0; i < centre.size(); ++i) {
    double up = 0, down = 0;
    for (const std::vector<double>& to : moved) (to[i] > 0 ? up : down) = std::hypot(to[i] > 0 ? up : down, to[i]);
    result.metrics.push_back(
        {centre[i].name, {centre[i].value, centre[i].value - down, centre[i].value + up}, hw::Provenance::measured});
  }
  result.tables.push_back(monthly_table(spec, periods, curves));
  if (!horizon.campaigns.empty()) {
    const double used = static_cast<double>(middle.ledger.used_in_all()) * kMilli;
    const double rate = used > 0 ? static_cast<double>(middle.ledger.accrued()) * kMicro / used : 0;
    const double whole_project = plan->research_multiplier.value / (1 - plan->staff_share.value);
    result.tables.push_back(campaign_table(horizon, state, periods, {rate, rate * whole_project}));
  }
  return {};
}

}  // namespace gpufleet::scenarios
