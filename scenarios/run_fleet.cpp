#include "scenarios/run_fleet.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "hwprofiles/export_rules.h"

namespace gpufleet::scenarios {
namespace {

void add(RunResult& result, std::string name, const Estimate& estimate) {
  result.metrics.push_back({std::move(name), estimate, hw::Provenance::datasheet});
}

ResultTable purchase_table(const PlannedFleet& plan) {
  ResultTable out{.name = "purchases",
                  .columns = {{"lot", ""},
                              {"chip", ""},
                              {"date", ""},
                              {"gpus", ""},
                              {"price", "USD"},
                              {"status", ""},
                              {"buyer's side", ""},
                              {"rule", ""},
                              {"reason", ""},
                              {"uncertain", ""},
                              {"delivered", ""},
                              {"notice", ""}}};
  for (const Purchase& p : plan.purchases)
    out.rows.push_back({p.lot, p.chip, p.date, static_cast<double>(p.count), p.price, p.verdict.status(), p.verdict.gate_status(),
                        p.verdict.rule, p.verdict.reason, fmt::format("{}", fmt::join(p.verdict.uncertain, "; ")),
                        std::string(p.delivered ? (p.origin == LotOrigin::official ? "yes" : name(p.origin)) : "no"),
                        std::string(hw::kExportNotice)});
  return out;
}

}  // namespace

Diagnostics run_fleet(const FleetSpec& spec, const Catalogs& catalogs, RunResult& result) {
  const Result<PlannedFleet> plan = plan_fleet(spec, catalogs);
  if (!plan) return plan.diagnostics();
  const sim::FleetTotals totals = sim::fleet_totals(plan->fleet, plan->totals_at, plan->reference);
  const auto exact = [](double value) { return Estimate{value, value, value}; };
  add(result, "gpus", exact(totals.gpus));
  add(result, "tpp_total", exact(totals.tpp));
  add(result, "h100_equivalents_compute", exact(totals.equivalents_compute));
  add(result, "h100_equivalents_bandwidth", exact(totals.equivalents_bandwidth));
  add(result, "fleet_memory", exact(totals.memory / 1e15));
  add(result, "capex", totals.capex);
  add(result, "capex_all_in", totals.capex_all_in);
  add(result, "opex_per_year", totals.opex);
  add(result, "cost_per_year", totals.yearly);
  // Staff is a share of what development costs in all.
  const Estimate compute_share{1 - plan->staff_share.value, 1 - plan->staff_share.high, 1 - plan->staff_share.low};
  add(result, "cost_per_year_with_staff", sim::independent_ratio(totals.yearly, compute_share));
  add(result, "power", sim::scaled(totals.power, 1e-6));
  add(result, "legal_share", exact(totals.lawful_share));

  const auto part = [&](std::string what, double value, std::string unit) {
    result.breakdown.push_back({std::move(what), std::move(unit), value});
  };
  for (const sim::ChipShare& chip : totals.chips) {
    part(chip.chip + " share of accelerators", chip.gpus, "ratio");
    part(chip.chip + " share of compute", chip.compute, "ratio");
    part(chip.chip + " share of bandwidth", chip.bandwidth, "ratio");
    part(chip.chip + " share of memory", chip.memory, "ratio");
  }
  part("bought lawfully, share of compute", totals.lawful_compute, "ratio");
  part("memory bandwidth", totals.bandwidth / 1e15, "PB/s");
  part("written off a year", totals.amortisation.value, "USD");
  part("electricity a year, all busy", totals.electricity.value, "USD");
  part("site and operations a year", totals.operations.value, "USD");
  if (totals.rent.value > 0) part("rent a year", totals.rent.value, "USD");

  result.tables.push_back(purchase_table(*plan));
  ResultTable parameters{
      .name = "parameters",
      .columns = {{"parameter", ""}, {"region", ""}, {"value", ""}, {"low", ""}, {"high", ""}, {"source", ""}}};
  for (const UsedParameter& p : plan->parameters) parameters.rows.push_back({p.key, p.region, p.value, p.low, p.high, p.source});
  result.tables.push_back(std::move(parameters));
  std::int64_t refused = 0, unlawful = 0, open = 0;
  for (const Purchase& p : plan->purchases) {
    if (!p.delivered) refused += p.count;
    if (!p.verdict.uncertain.empty()) open += p.count;
    if (p.delivered && (p.origin == LotOrigin::grey || spec.lots.front().always_delivered) &&
        !hw::purchase_plausible(p.verdict, hw::Funding::ordinary))
      unlawful += p.count;
  }
  result.warnings.push_back(std::string(hw::kExportNotice));
  if (open > 0)
    result.warnings.push_back(
        fmt::format("the status of {} accelerators rests on numbers that nobody published: see \"uncertain\"", open));
  if (refused > 0)
    result.warnings.push_back(fmt::format("{} accelerators were not delivered: the law of their day stands against it", refused));
  if (unlawful > 0)
    result.warnings.push_back(
        fmt::format("{} accelerators are counted that no maker could have sold there on their day", unlawful));
  return {};
}

}  // namespace gpufleet::scenarios
