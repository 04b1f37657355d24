#include "scenarios/run_horizon.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "scenarios/horizon_tables.h"
#include "sim/fleet/limits.h"

namespace gpufleet::scenarios {
namespace {

constexpr double kMicro = 1e-6, kMilli = 1e-3;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

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

Estimate end_of(const Estimate& estimate, double price) {
  const double value = price > 0 ? estimate.high : price < 0 ? estimate.low : estimate.value;
  return {value, value, value};
}

}  // namespace

void shift_prices(sim::FleetLot& lot, double price) {
  for (Estimate* estimate : {&lot.price, &lot.surroundings, &lot.rent, &lot.operations}) *estimate = end_of(*estimate, price);
  const double watts = price > 0 ? lot.watts_high : price < 0 ? lot.watts_low : 1;
  lot.busy_watts *= watts, lot.idle_watts *= watts;
  lot.life_hours = end_of(lot.life_hours, -price);
}

sim::Horizon shifted(sim::Horizon horizon, const std::vector<std::vector<double>>& sigmas, double speed, double price) {
  std::size_t group = 0;
  const auto shift = [&](std::vector<sim::WorkOption>& options) {
    for (std::size_t i = 0; i < options.size(); ++i)
      options[i].curve = options[i].curve.faster(std::exp(speed * sigmas[group][i]));
    ++group;
  };
  for (sim::ServingLoad& load : horizon.loads) shift(load.options);
  for (sim::Campaign& campaign : horizon.campaigns) shift(campaign.options);
  for (sim::Probe& probe : horizon.probes) shift(probe.options);
  for (sim::FleetLot& lot : horizon.fleet.lots) shift_prices(lot, price);
  for (sim::FleetSite& site : horizon.fleet.sites)
    site.electricity = end_of(site.electricity, price), site.carbon = end_of(site.carbon, price);
  return horizon;
}

std::vector<std::vector<double>> curve_sigmas(const HorizonSpec& spec, const std::vector<KnownCurve>& curves) {
  std::vector<std::vector<double>> out;
  const auto add = [&](const std::vector<int>& indices) {
    out.emplace_back();
    for (const int i : indices) out.back().push_back(curves[static_cast<std::size_t>(i)].log_sigma);
  };
  for (const LoadSpec& load : spec.loads) add(load.curves);
  for (const CampaignSpec& campaign : spec.campaigns) add(campaign.curves);
  for (const ProbeSpec& probe : spec.probes) add(probe.curves);
  return out;
}

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
  const std::vector<std::vector<double>> sigmas = curve_sigmas(spec, curves);

  const std::vector<std::int64_t> cuts = month_cuts(spec);
  sim::HorizonState state = sim::begin_horizon(horizon, spec.from);
  const std::vector<sim::Period> periods = sim::simulate_horizon(horizon, state, cuts, control);
  const Whole middle = whole_of(periods, spec);
  std::vector<Figure> centre = figures(middle);
  // Speed and prices err independently: each end is run alone.
  const ResultTable monthly = monthly_table(spec, periods, curves);
  std::vector<ResultTable> others;
  std::vector<std::vector<double>> moved(centre.size());
  for (const auto& [speed, price] : {std::pair{kNormalQuantile90, 0.0}, {-kNormalQuantile90, 0.0}, {0.0, 1.0}, {0.0, -1.0}}) {
    const sim::Horizon other = shifted(horizon, sigmas, speed, price);
    sim::HorizonState start = sim::begin_horizon(other, spec.from);
    const std::vector<sim::Period> months = sim::simulate_horizon(other, start, cuts, control);
    if (control.stopped()) return {};
    const std::vector<Figure> found = figures(whole_of(months, spec));
    for (std::size_t i = 0; i < centre.size(); ++i) {
      const auto same = std::find_if(found.begin(), found.end(), [&](const Figure& f) { return f.name == centre[i].name; });
      if (same != found.end()) moved[i].push_back(same->value);
    }
    others.push_back(monthly_table(spec, months, curves));
  }
  for (std::size_t i = 0; i < centre.size(); ++i) {
    const auto [low, high] = around(centre[i].name, centre[i].value, moved[i]);
    result.metrics.push_back({centre[i].name, {centre[i].value, low, high}, hw::Provenance::measured});
  }
  result.tables.push_back(monthly);
  result.tables.push_back(interval_table(spec, monthly, others));
  if (!horizon.campaigns.empty()) {
    const double used = static_cast<double>(middle.ledger.used_in_all()) * kMilli;
    const double rate = used > 0 ? static_cast<double>(middle.ledger.accrued()) * kMicro / used : 0;
    const double whole_project = plan->research_multiplier.value / (1 - plan->staff_share.value);
    result.tables.push_back(campaign_table(horizon, state, periods, {rate, rate * whole_project}));
  }
  return {};
}

}  // namespace gpufleet::scenarios
