// Laws of a fleet over months: money, energy and hours add up over any split; nothing works before it arrives or after it leaves.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <numeric>

#include "sim/fleet/fleet_pools.h"
#include "sim/fleet/horizon.h"
#include "sim/fleet/limits.h"
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

TEST(FleetLaws, SlowLinksLeaveAJobAtItsFastestSite) {
  Horizon horizon = small_horizon();
  Probe probe{.spread = Spread::anywhere, .tokens_per_step = 1e6, .gradient_bytes = 1e12};
  probe.options = horizon.campaigns[0].options;
  double gpus = 0;
  horizon.fleet.links = {};
  const double alone = probe_rate(horizon, probe, 200, gpus);
  EXPECT_GT(alone, 0);
  for (const double rate : {1e6, 1e9, 1e12, 1e15}) {
    horizon.fleet.links = {{0, 1, rate}};
    EXPECT_GE(probe_rate(horizon, probe, 200, gpus), alone) << rate;
  }
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

// One hour by hand: two instances of 8 serve 150 of the 200 tokens/s that they could. Power: 16 · 200 W idle and 3/4 of 16 · 800
// W more, times the PUE of 1.5.
TEST(FleetBooks, AnHourOfServingByHand) {
  Horizon horizon;
  horizon.fleet.sites = {{.name = "a", .pue = 1.5, .electricity = sure(0.10), .carbon = sure(400)}};
  FleetLot chips = lot("x", 0, 24, 0, kNever);
  chips.busy_watts = 1000, chips.idle_watts = 200, chips.mtbf_hours = 0;
  chips.rent = sure(2), chips.operations = sure(0.5);
  chips.price = sure(1000), chips.surroundings = sure(600), chips.life_hours = sure(100);
  horizon.fleet.lots = {chips};
  ServingLoad load{.name = "users", .demand = {{0, 150}}};
  load.daily.fill(1);
  load.options = {option("x", {{8, 100}}, 8, CapacityCurve::Beyond::proportional)};
  load.revenue = {{0, 1e-6}, {1, 2e-6}};
  horizon.loads = {load};
  HorizonState state = begin_horizon(horizon, 0);
  const std::vector<Period> hours = simulate_horizon(horizon, state, {1, 3}, {});
  const Ledger& first = hours[0].ledger;
  EXPECT_EQ(first.owned, 24'000);
  EXPECT_EQ(first.of(FleetUse::serving), 16'000);
  EXPECT_EQ(first.idle, 8'000);
  EXPECT_EQ(first.lawful, 24'000);
  EXPECT_EQ(first.tokens[0], 150 * 3600);
  EXPECT_EQ(hours[0].load_tokens[0], 150 * 3600);
  EXPECT_EQ(first.unmet_tokens, 0);
  EXPECT_EQ(first.of(CostItem::revenue), 540'000);
  EXPECT_DOUBLE_EQ(hours[0].peak_power, 1.5 * (24 * 200 + 0.75 * 16 * 800));
  EXPECT_EQ(first.energy, 21'600'000);
  EXPECT_EQ(first.carbon, 8'640'000);
  EXPECT_EQ(first.of(CostItem::electricity), 2'160'000);
  EXPECT_EQ(first.of(CostItem::market_rent), 32'000'000);
  EXPECT_EQ(first.of(CostItem::operations), 12'000'000);
  EXPECT_EQ(first.of(CostItem::amortisation), 24 * 16'000'000);
  EXPECT_EQ(first.accrued(), 2'160'000 + 12'000'000 + 24 * 16'000'000);
  EXPECT_EQ(hours[0].gpus_at_end, 24);
  // Two hours of the dearer price, everything else twice.
  EXPECT_EQ(hours[1].ledger.of(CostItem::revenue), 2 * 2 * 540'000);
  EXPECT_EQ(hours[1].ledger.energy, 2 * first.energy);
  // Of more than the fleet can do, the rest is missed, and every instance is full.
  horizon.loads[0].demand = {{0, 1000}};
  HorizonState flooded = begin_horizon(horizon, 0);
  const Period busy = simulate_horizon(horizon, flooded, {1}, {}).front();
  EXPECT_EQ(busy.ledger.tokens[0], 300 * 3600);
  EXPECT_EQ(busy.ledger.unmet_tokens, 700 * 3600);
  EXPECT_EQ(busy.load_unmet[0], 700 * 3600);
  EXPECT_DOUBLE_EQ(busy.peak_power, 1.5 * 24 * 1000);
  // Instances are never more than the option allows, nor than are free after whoever comes first.
  horizon.loads[0].options[0].gpus_most = 15;
  HorizonState bounded = begin_horizon(horizon, 0);
  EXPECT_EQ(simulate_horizon(horizon, bounded, {1}, {}).front().ledger.of(FleetUse::serving), 8'000);
}

// 8 chips at 1,000 tokens/s have done 9 million tokens after two and a half hours.
TEST(FleetBooks, ACampaignHoldsItsChipsUntilItsLastToken) {
  Horizon horizon;
  horizon.fleet.sites = {{.name = "a"}};
  horizon.fleet.lots = {lot("x", 0, 12, 0, kNever)};
  horizon.fleet.lots[0].mtbf_hours = 0;
  Campaign run{.name = "run", .tokens = 9e6, .start = 2, .gpus_min = 8, .gpus_max = 8};
  run.options = {option("x", {{8, 1000}}, 4, CapacityCurve::Beyond::flat)};
  horizon.campaigns = {run};
  HorizonState state = begin_horizon(horizon, 0);
  const Period all = simulate_horizon(horizon, state, {10}, {}).front();
  EXPECT_EQ(state.campaigns[0].started, 2);
  EXPECT_EQ(state.campaigns[0].finished, 5);
  EXPECT_EQ(state.campaigns[0].done, 9e6);
  EXPECT_EQ(state.campaigns[0].interruptions, 0);
  EXPECT_FALSE(state.campaigns[0].running);
  EXPECT_EQ(all.campaign_gpu_time[0], 8 * 2500);
  EXPECT_EQ(all.campaign_tokens[0], 9'000'000);
  EXPECT_EQ(all.ledger.tokens[static_cast<std::size_t>(FleetUse::pretraining)], 9'000'000);
  EXPECT_EQ(all.ledger.of(FleetUse::pretraining), 8 * 2500);
  horizon.campaigns[0].end = 4;  // before its tokens are done
  HorizonState cut = begin_horizon(horizon, 0);
  (void)simulate_horizon(horizon, cut, {10}, {});
  EXPECT_EQ(cut.campaigns[0].done, 2 * 3600 * 1000);
  EXPECT_EQ(cut.campaigns[0].finished, kNever);
}

TEST(FleetBooks, DemandIsLinearBetweenItsPoints) {
  const std::vector<DemandPoint> points{{10, 100}, {20, 300}, {40, 200}};
  EXPECT_EQ(demand_at(points, 9), 0);
  EXPECT_EQ(demand_at(points, 10), 100);
  EXPECT_EQ(demand_at(points, 15), 200);
  EXPECT_EQ(demand_at(points, 20), 300);
  EXPECT_EQ(demand_at(points, 30), 250);
  EXPECT_EQ(demand_at(points, 400), 200);
}

// Waste sqrt(2 c / M) + (c/2 + r) / M with M = 1000 h / 20 = 50 h, c = 0.25 h, r = 0.5 h: 0.1 + 0.0125.
TEST(FleetBooks, EffectiveTimeIsDalys) {
  EXPECT_NEAR(effective_time(20, 1000, 0.25, 0.5), 1 - 0.1125, 1e-12);
  EXPECT_EQ(effective_time(0, 1000, 0.25, 0.5), 1);
  EXPECT_EQ(effective_time(20, 0, 0.25, 0.5), 1);
  EXPECT_NEAR(effective_time(1, 1, 0, 2), 0.25 / 2, 1e-12);  // all but lost: the first order no longer holds
}

// Each of the sums that the books bound, at its bound and a little beyond.
TEST(FleetBooks, SumsBeyondWholeNumbersAreRefused) {
  Horizon horizon;
  horizon.fleet.sites = {{.name = "a"}};
  FleetLot many = lot("x", 0, 5'000'000, 0, kNever);
  many.price = many.surroundings = many.rent = many.operations = sure(0);
  horizon.fleet.lots = {many};
  const auto sound = [&] { return books_problem(horizon, 500, 1500).empty(); };
  EXPECT_TRUE(sound());
  horizon.fleet.lots[0].count += 1;
  EXPECT_FALSE(sound());
  FleetLot& dear = horizon.fleet.lots[0];
  dear.count = 1'000'000;
  dear.price = dear.surroundings = sure(1e6), dear.rent = dear.operations = sure(1e3);
  EXPECT_TRUE(sound());
  for (Estimate* part : {&dear.price, &dear.surroundings, &dear.rent, &dear.operations}) {
    const Estimate before = *part;
    part->high *= 1.01;
    EXPECT_FALSE(sound());
    *part = before;
  }
  // 24 · 4e10 tokens/s over 3.6e6 s are 3.456e18 tokens, at 1e-6 $ each 3.456e12 $.
  ServingLoad load{.name = "users", .demand = {{0, 4e10}}};
  load.revenue = {{0, 1e-6}};
  horizon.loads = {load};
  EXPECT_TRUE(sound());
  horizon.loads[0].revenue = {{0, 1.2e-6}};
  EXPECT_FALSE(sound());
  horizon.loads[0].revenue.clear();
  horizon.loads[0].demand = {{0, 4.7e10}};
  EXPECT_FALSE(sound());
  // What the fleet could do counts twice: 2 · 3.6e6 s · 5.5e11 tokens/s.
  horizon.loads[0].demand.clear();
  horizon.loads[0].options = {option("x", {{1e6, 5.5e11}}, 8, CapacityCurve::Beyond::flat)};
  EXPECT_TRUE(sound());
  horizon.loads[0].options[0].curve = CapacityCurve({{1e6, 5.6e11}}, CapacityCurve::Beyond::flat);
  EXPECT_FALSE(sound());
}

// The sum of independent spans is that of their squares, a product's that of its ratios.
TEST(FleetTotals, SpansOfIndependentEstimates) {
  const Estimate sum = independent_sum({{10, 7, 14}, {20, 16, 23}});
  EXPECT_DOUBLE_EQ(sum.value, 30);
  EXPECT_DOUBLE_EQ(sum.low, 25);
  EXPECT_DOUBLE_EQ(sum.high, 35);
  const double e = std::exp(1.0);
  const Estimate product =
      independent_product({10, 10 / std::pow(e, 3), 10 * std::pow(e, 5)}, {2, 2 / std::pow(e, 4), 2 * std::pow(e, 12)});
  EXPECT_NEAR(product.value, 20, 1e-12);
  EXPECT_NEAR(product.low, 20 / std::pow(e, 5), 1e-9);
  EXPECT_NEAR(product.high / (20 * std::pow(e, 13)), 1, 1e-9);
  const Estimate ratio = independent_ratio({10, 10, 10}, {4, 2, 5});
  EXPECT_DOUBLE_EQ(ratio.value, 2.5);
  EXPECT_NEAR(ratio.low, 2, 1e-12);
  EXPECT_NEAR(ratio.high, 5, 1e-12);
}

TEST(CapacityCurve, IsLinearBetweenPointsAndNothingBelow) {
  const CapacityCurve curve({{100, 10}, {300, 40}}, CapacityCurve::Beyond::flat);
  EXPECT_EQ(curve.at(99), 0);
  EXPECT_EQ(curve.at(100), 10);
  EXPECT_EQ(curve.at(150), 17.5);
  EXPECT_EQ(curve.at(300), 40);
  EXPECT_EQ(curve.at(200), 25);
  EXPECT_EQ(curve.at(1e6), 40);
  EXPECT_EQ(CapacityCurve({{8, 4}}, CapacityCurve::Beyond::proportional).at(80), 40);
}

}  // namespace
}  // namespace gpufleet::sim::fleet_test
