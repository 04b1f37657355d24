#include "scenarios/horizon_tables.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <string_view>

#include "core/check.h"
#include "hwprofiles/export_rules.h"
#include "scenarios/plan_fleet.h"

namespace gpufleet::scenarios {
namespace {

constexpr double kMicro = 1e-6, kMilli = 1e-3;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr std::int64_t kSecondsPerHour = 3600, kSecondsPerDay = 86400;

double days_of(double tokens, double rate) { return rate > 0 ? tokens / rate / static_cast<double>(kSecondsPerDay) : kNan; }

/// Columns of the monthly table that rest on speed or prices.
bool uncertain(const TableColumn& column, const HorizonSpec& spec) {
  constexpr std::array<std::string_view, 9> kUncertain{
      "unmet_tokens", "utilisation", "cost",      "cash", "cost_per_million_tokens", "cost_per_million_at_capacity",
      "energy",       "carbon",      "peak_power"};
  return std::find(kUncertain.begin(), kUncertain.end(), column.name) != kUncertain.end() ||
         std::any_of(spec.probes.begin(), spec.probes.end(), [&](const ProbeSpec& p) { return p.probe.name == column.name; });
}

}  // namespace

double tokens_of(const std::optional<double>& flop, double tokens, const std::vector<int>& indices,
                 const std::vector<KnownCurve>& curves) {
  if (!flop || indices.empty()) return tokens;
  const double active = curves[static_cast<std::size_t>(indices.front())].active_parameters;
  return active > 0 ? *flop / (6 * active) : 0;
}

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
                                         {"peak_power", "MW"},
                                         {"notice", ""}});
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
    row.emplace_back(std::string(hw::kExportNotice));
    out.rows.push_back(std::move(row));
  }
  return out;
}

std::array<double, 2> around(std::string_view figure, double centre, std::span<const double> moved) {
  double up = 0, down = 0;
  for (const double to : moved) (to > centre ? up : down) = std::hypot(to > centre ? up : down, to - centre);
  const bool share = figure == "utilisation" || figure == "gpu_utilisation" || figure == "unmet_share";
  const bool cash = figure == "cash" || figure == "horizon_cash";
  return {cash ? centre - down : std::max(centre - down, 0.0), share ? std::min(centre + up, 1.0) : centre + up};
}

ResultTable interval_table(const HorizonSpec& spec, const ResultTable& centre, std::span<const ResultTable> others) {
  ResultTable out{.name = "monthly-intervals", .columns = {centre.columns.front()}};
  std::vector<std::size_t> of;
  for (std::size_t c = 0; c < centre.columns.size(); ++c) {
    const TableColumn& column = centre.columns[c];
    if (!uncertain(column, spec)) continue;
    of.push_back(c);
    out.columns.push_back({column.name + " low", column.unit});
    out.columns.push_back({column.name + " high", column.unit});
  }
  out.columns.push_back({"notice", ""});
  for (std::size_t r = 0; r < centre.rows.size(); ++r) {
    std::vector<TableCell> row{centre.rows[r].front()};
    for (const std::size_t c : of) {
      std::vector<double> moved;
      for (const ResultTable& other : others) moved.push_back(std::get<double>(other.rows[r][c]));
      for (const double end : around(centre.columns[c].name, std::get<double>(centre.rows[r][c]), moved)) row.emplace_back(end);
    }
    row.emplace_back(std::string(hw::kExportNotice));
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
                              {"with research and staff", "USD"},
                              {"notice", ""}}};
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
                        hours * usd_per_hour[1], std::string(hw::kExportNotice)});
  }
  return out;
}

}  // namespace gpufleet::scenarios
