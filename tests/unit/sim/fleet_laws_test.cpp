// Laws of a fleet over months: money, energy and hours add up over any split; nothing works before it arrives or after it leaves.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <numeric>

#include "sim/fleet/fleet_pools.h"
#include "sim/fleet/horizon.h"
#include "sim/fleet/totals.h"

namespace gpufleet::sim::fleet_test {
namespace {

Estimate sure(double value) { return {value, value, value}; }

FleetLot lot(std::string chip, int site, std::int64_t count, std::int64_t arrives, std::int64_t leaves) {
  FleetLot out{.name = chip, .chip = chip, .site = site, .count = count, .arrives = arrives, .leaves = leaves};
  out.price = sure(12345.67);
  out.surroundings = sure(7600.1);
  out.life_hours = sure(43830);
  out.rent = sure(1.37);
  out.operations = sure(0.1428);
  out.resale_share = 0.3;
  out.busy_watts = 1013.7, out.idle_watts = 287.3;
  out.mtbf_hours = 50700, out.repair_hours = 48;
  out.tpp = 2368, out.bandwidth = 4e12, out.memory = 96e9;
  return out;
}

WorkOption option(std::string chip, std::vector<CurvePoint> points, std::int64_t unit, CapacityCurve::Beyond beyond) {
  return {.chip = std::move(chip), .curve = CapacityCurve(std::move(points), beyond), .unit = unit};
}

// Two sites, three lots that come and go, a load by day and night, three campaigns.
Horizon small_horizon() {
  Horizon out;
  out.fleet.sites = {{.name = "a", .power_limit = 1.1e6, .pue = 1.31, .electricity = sure(0.0871), .carbon = sure(551.3)},
                     {.name = "b", .pue = 1.2, .electricity = sure(0.0613), .carbon = sure(371.7)}};
  out.fleet.links = {{0, 1, 5e11}};
  out.fleet.lots = {lot("x", 0, 800, -500, kNever), lot("y", 1, 513, 100, kNever), lot("x", 1, 160, 37, 411)};
  ServingLoad load{.name = "users", .priority = 1, .demand = {{0, 3000}, {600, 9000}}};
  load.daily.fill(1);
  for (std::size_t h = 0; h < 24; ++h) load.daily[h] = 1 + 0.5 * std::sin(static_cast<double>(h) / 24 * 6.283185307179586);
  load.options = {option("y", {{16, 160}}, 16, CapacityCurve::Beyond::proportional),
                  option("x", {{8, 100}}, 8, CapacityCurve::Beyond::proportional)};
  load.revenue = {{0, 2.19e-6}};
  out.loads = {load};
  Campaign run{.name = "run", .priority = 2, .tokens = 3.1e9, .start = 50, .gpus_min = 128, .gpus_max = 640};
  run.spread = Spread::anywhere;
  run.gradient_bytes = 1e12, run.tokens_per_step = 1e6;
  run.options = {option("x", {{128, 1300}, {512, 4700}}, 64, CapacityCurve::Beyond::flat)};
  Campaign rollouts = run;
  rollouts.name = "rollouts", rollouts.use = FleetUse::reinforcement, rollouts.priority = 3,
  rollouts.elasticity = Elasticity::elastic;
  rollouts.gpus_min = 1, rollouts.tokens = 1e12, rollouts.spread = Spread::one_pool;
  rollouts.options = {option("y", {{1, 11}}, 1, CapacityCurve::Beyond::proportional)};
  out.campaigns = {run, rollouts};
  return out;
}

Ledger total(const std::vector<Period>& periods) {
  return std::accumulate(periods.begin(), periods.end(), Ledger{}, [](Ledger sum, const Period& p) { return sum += p.ledger; });
}

Ledger whole_run(const Horizon& horizon, std::int64_t to, HorizonState& state) {
  state = begin_horizon(horizon, 0);
  return total(simulate_horizon(horizon, state, {to}, {}));
}

constexpr std::int64_t kTo = 900;

RC_GTEST_PROP(FleetLaws, AnySplitOfTheHorizonGivesTheSameCentsAndWattHours, ()) {
  const Horizon horizon = small_horizon();
  HorizonState at_once, in_parts = begin_horizon(horizon, 0);
  const Ledger expected = whole_run(horizon, kTo, at_once);
  Ledger sum;
  while (in_parts.hour < kTo) {
    // Each part is a simulation of its own, taken up from the state alone.
    const std::int64_t next = std::min(kTo, in_parts.hour + *rc::gen::inRange<std::int64_t>(1, 300));
    sum += total(simulate_horizon(horizon, in_parts, {next}, {}));
  }
  RC_ASSERT(sum == expected);
  RC_ASSERT(in_parts == at_once);
}

RC_GTEST_PROP(FleetLaws, HoursUsedIdleAndDownAreTheHoursOwned, ()) {
  Horizon horizon = small_horizon();
  horizon.fleet.lots[0].count = *rc::gen::inRange(1, 2000);
  horizon.fleet.lots[1].mtbf_hours = *rc::gen::inRange(10, 100000);
  horizon.fleet.sites[0].power_limit = *rc::gen::inRange(0, 3) * 0.4e6;
  HorizonState state;
  const Ledger ledger = whole_run(horizon, kTo, state);
  RC_ASSERT(ledger.used_in_all() + ledger.idle + ledger.down == ledger.owned);
  RC_ASSERT(ledger.idle >= 0);
  std::int64_t owned = 0;
  for (const FleetLot& l : horizon.fleet.lots)
    owned += l.count * 1000 * (std::min(kTo, l.leaves) - std::max<std::int64_t>(0, l.arrives));
  RC_ASSERT(ledger.owned == owned);
}

TEST(FleetLaws, NothingWorksBeforeItArrivesOrAfterItLeaves) {
  Horizon horizon = small_horizon();
  horizon.fleet.lots = {lot("x", 1, 160, 37, 411)};
  HorizonState state = begin_horizon(horizon, 0);
  const std::vector<Period> periods = simulate_horizon(horizon, state, {37, 411, kTo}, {});
  EXPECT_EQ(periods[0].ledger.owned + periods[0].ledger.used_in_all() + periods[0].ledger.energy, 0);
  EXPECT_GT(periods[1].ledger.used_in_all(), 0);
  EXPECT_EQ(periods[2].ledger.owned + periods[2].ledger.used_in_all() + periods[2].ledger.energy, 0);
  EXPECT_GT(periods[2].ledger.unmet_tokens, 0);
}

TEST(FleetLaws, WhatIsWrittenOffIsPriceLessResale) {
  Ledger ledger;
  const FleetLot sold = lot("x", 0, 160, 37, 411);
  for (std::int64_t hour = 0; hour < kTo; hour += 7) book_standing_costs(sold, hour, hour + 7, ledger);
  EXPECT_EQ(ledger.of(CostItem::amortisation), ledger.of(CostItem::purchases) - ledger.of(CostItem::resale));
  EXPECT_EQ(ledger.of(CostItem::purchases), whole(160 * (12345.67 + 7600.1) * 1e6));
}

TEST(FleetLaws, EnergyLiesBetweenAllIdleAndAllBusy) {
  Horizon horizon = small_horizon();
  horizon.fleet.lots = {lot("y", 1, 513, 0, kNever)};
  HorizonState state;
  const Ledger ledger = whole_run(horizon, kTo, state);
  const double hours = static_cast<double>(ledger.owned) / 1e3;
  EXPECT_GT(static_cast<double>(ledger.energy) / 1e3, hours * 287.3 * 1.2);
  EXPECT_LT(static_cast<double>(ledger.energy) / 1e3, hours * 1013.7 * 1.2);
}

// 800 x at 1013.7 W and PUE 1.31 need 1.062 MW; at 0.6 MW a share stays dark, and the site never draws more.
TEST(FleetLaws, ASiteNeverDrawsMoreThanItsLimit) {
  Horizon horizon = small_horizon();
  horizon.fleet.lots = {lot("x", 0, 800, 0, kNever)};
  horizon.fleet.sites[0].power_limit = 0.6e6;
  horizon.loads[0].demand = {{0, 1e9}};
  HorizonState state = begin_horizon(horizon, 0);
  const std::vector<Period> periods = simulate_horizon(horizon, state, {100}, {});
  EXPECT_LE(periods[0].peak_power, 0.6e6);
  EXPECT_GT(periods[0].peak_power, 0.55e6);
}

TEST(FleetLaws, NightsAreLentUnlessKept) {
  Horizon horizon = small_horizon();
  horizon.campaigns = {horizon.campaigns[1]};
  horizon.fleet.lots = {lot("y", 1, 512, 0, kNever)};
  horizon.loads[0].demand = {{0, 3300}};
  HorizonState state;
  const Ledger lent = whole_run(horizon, kTo, state);
  horizon.loads[0].lending = Lending::keep;
  const Ledger kept = whole_run(horizon, kTo, state);
  EXPECT_EQ(lent.tokens[0], kept.tokens[0]);
  EXPECT_GT(lent.of(FleetUse::reinforcement), kept.of(FleetUse::reinforcement));
}

TEST(FleetLaws, StepsOverSitesPayForTheirLinks) {
  // 1e6 tokens in 1 s, and 2 · 1/2 · 1e12 B over 5e11 B/s = 2 s more: a third of the rate.
  EXPECT_DOUBLE_EQ(rate_across_sites(1e6, 1e6, 1e12, 2, 5e11), 1e6 / 3);
  EXPECT_EQ(rate_across_sites(1e6, 1e6, 1e12, 1, 0), 1e6);
  EXPECT_EQ(rate_across_sites(1e6, 1e6, 1e12, 3, 0), 0);
}

TEST(FleetLaws, ALongerStarOfLinksIsAsFastAsItsSlowest) {
  Fleet fleet;
  fleet.links = {{0, 1, 10}, {0, 2, 4}};
  EXPECT_EQ(bottleneck(fleet, {0, 1, 2}), 4);
  EXPECT_EQ(bottleneck(fleet, {0, 1}), 10);
  EXPECT_EQ(bottleneck(fleet, {1, 2}), 0);
}

TEST(FleetLaws, AnInterruptedRunLosesItsRestarts) {
  Horizon horizon = small_horizon();
  horizon.fleet.lots = {lot("x", 0, 520, 0, kNever)};
  horizon.fleet.lots[0].mtbf_hours = 0;
  Campaign& run = horizon.campaigns[0];
  run.gpus_min = run.gpus_max = 512;
  run.restart_hours = 0.5;
  run.options[0].curve = CapacityCurve({{512, 4700}}, CapacityCurve::Beyond::flat);
  run.tokens = 1e15;
  horizon.campaigns.resize(1);
  // By day the load leaves fewer than 512.
  horizon.loads[0].demand = {{0, 100}};
  horizon.loads[0].daily.fill(0);
  for (std::size_t h = 8; h < 20; ++h) horizon.loads[0].daily[h] = 2;
  HorizonState state = begin_horizon(horizon, 0);
  (void)simulate_horizon(horizon, state, {50 + 24 * 10}, {});
  EXPECT_EQ(state.campaigns[0].interruptions, 10);
  HorizonState free = begin_horizon(horizon, 0);
  horizon.loads.clear();
  (void)simulate_horizon(horizon, free, {50 + 24 * 10}, {});
  EXPECT_LT(state.campaigns[0].done, free.campaigns[0].done / 2);
}

TEST(FleetTotals, AddUpBySite) {
  const Horizon horizon = small_horizon();
  const FleetTotals totals = fleet_totals(horizon.fleet, 200, {15832, 3.35e12});
  EXPECT_EQ(totals.gpus, 800 + 513 + 160);
  EXPECT_DOUBLE_EQ(totals.tpp, totals.gpus * 2368);
  EXPECT_DOUBLE_EQ(totals.equivalents_bandwidth, totals.gpus * 4 / 3.35);
  EXPECT_DOUBLE_EQ(totals.power.value, 800 * 1013.7 * 1.31 + 673 * 1013.7 * 1.2);
  EXPECT_NEAR(totals.capex.value, totals.gpus * 12345.67, 1e-3);
  EXPECT_EQ(totals.lawful_share, 1);
}

TEST(CapacityCurve, IsLinearBetweenPointsAndNothingBelow) {
  const CapacityCurve curve({{100, 10}, {300, 40}}, CapacityCurve::Beyond::flat);
  EXPECT_EQ(curve.at(99), 0);
  EXPECT_EQ(curve.at(200), 25);
  EXPECT_EQ(curve.at(1e6), 40);
  EXPECT_EQ(CapacityCurve({{8, 4}}, CapacityCurve::Beyond::proportional).at(80), 40);
}

}  // namespace
}  // namespace gpufleet::sim::fleet_test
