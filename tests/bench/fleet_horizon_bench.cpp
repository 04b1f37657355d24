// A fleet of 50,000 accelerators over three years by the hour: one load, twenty campaigns on pools of four lots.
#include <benchmark/benchmark.h>

#include <cmath>

#include "sim/fleet/horizon.h"

namespace gpufleet::sim {
namespace {

Horizon three_years() {
  Horizon out;
  for (int s = 0; s < 3; ++s)
    out.fleet.sites.push_back({.name = "site", .pue = 1.3, .electricity = {0.09, 0.09, 0.09}, .carbon = {550, 550, 550}});
  const char* const chips[] = {"a", "b", "c", "d"};
  for (int i = 0; i < 48; ++i) {
    FleetLot lot{.name = "lot", .chip = chips[i % 4], .site = i % 3, .count = 50000 / 48, .arrives = i * 300};
    lot.price = {12000, 12000, 12000}, lot.life_hours = {43830, 43830, 43830}, lot.rent = {1, 1, 1},
    lot.operations = {0.1, 0.1, 0.1};
    lot.busy_watts = 1000, lot.idle_watts = 300, lot.mtbf_hours = 50700, lot.repair_hours = 48;
    out.fleet.lots.push_back(lot);
  }
  const auto option = [](const char* chip) {
    return WorkOption{.chip = chip, .curve = CapacityCurve({{64, 64e3}, {4096, 3.5e6}}, CapacityCurve::Beyond::flat), .unit = 8};
  };
  ServingLoad load{.name = "users", .demand = {{0, 1e6}, {26000, 2e7}}};
  for (std::size_t h = 0; h < 24; ++h) load.daily[h] = 1 + 0.4 * std::sin(static_cast<double>(h) / 24 * 6.28);
  for (const char* chip : chips)
    load.options.push_back({.chip = chip, .curve = CapacityCurve({{8, 6000}}, CapacityCurve::Beyond::proportional), .unit = 8});
  out.loads = {load};
  for (int i = 0; i < 20; ++i) {
    Campaign campaign{.name = "run", .priority = 2 + i % 4, .tokens = 1e15, .start = i * 1000, .gpus_min = 64, .gpus_max = 4096};
    campaign.spread = i % 2 == 0 ? Spread::one_pool : Spread::one_site;
    campaign.elasticity = i % 3 == 0 ? Elasticity::elastic : Elasticity::rigid;
    for (const char* chip : chips) campaign.options.push_back(option(chip));
    out.campaigns.push_back(campaign);
  }
  return out;
}

void three_years_by_the_hour(benchmark::State& bench) {
  const Horizon horizon = three_years();
  for (auto _ : bench) {
    HorizonState state = begin_horizon(horizon, 0);
    benchmark::DoNotOptimize(simulate_horizon(horizon, state, {26304}, {}));
  }
}
BENCHMARK(three_years_by_the_hour)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace gpufleet::sim
