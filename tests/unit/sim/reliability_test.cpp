// Laws of runs under faults: what goes in comes out, intervals between saves against closed forms and against the simulation.
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <limits>

#include "sim/reliability/checkpoint.h"
#include "sim/reliability/long_run.h"

namespace gpufleet::sim {
namespace {

constexpr double kHour = 3600, kDay = 24 * kHour;

/// 60 days on 2,048 hosts of 8: a fault every three hours, saves of 4 s.
LongRun sixty_days() {
  LongRun run;
  run.work = {{.steps = 86400, .step_seconds = 60, .tokens_per_step = 16e6, .gpus = 16384}};
  run.pools = {{.gpus = 16384,
                .nodes = 2048,
                .nodes_per_switch = 2,
                .spare_nodes = 20,
                .rates = {.gpu = 1 / (79000 * kHour), .node = 1 / (50000 * kHour), .network_switch = 1 / (38000 * kHour)}}};
  run.recovery = {.detection = 300, .restart = 120, .repair = kDay, .switch_repair = 4 * kHour};
  run.checkpoint = {.stall = 4, .durable = 4};
  run.interval = 300;
  return run;
}

void expect_law(const LongRun& run, const LongRunResult& result) {
  EXPECT_EQ(result.tokens_in, result.tokens_trained + result.tokens_lost);
  EXPECT_NEAR(result.parts.total(), result.wall, 1e-9 * result.wall + 1e-6);
  double steps = 0;
  for (const WorkPhase& phase : run.work) steps += static_cast<double>(phase.steps) * phase.tokens_per_step;
  if (!run.horizon) {
    EXPECT_EQ(result.tokens_trained, steps);
  }
}

RC_GTEST_PROP(LongRunProperty, TokensInAreTrainedOrLostAndTheClockAddsUp, (std::uint64_t seed)) {
  LongRun run;
  const int phases = *rc::gen::inRange(1, 4);
  for (int i = 0; i < phases; ++i)
    run.work.push_back({.steps = *rc::gen::inRange<std::int64_t>(1, 5000),
                        .step_seconds = *rc::gen::inRange(1, 400) / 8.0,
                        .tokens_per_step = *rc::gen::inRange(1, 1000) * 1024.0,
                        .gpus = 64});
  const int pools = *rc::gen::inRange(1, 3);
  for (int i = 0; i < pools; ++i)
    run.pools.push_back({.gpus = 64,
                         .nodes = 8,
                         .nodes_per_switch = *rc::gen::inRange(1, 5),
                         .spare_nodes = *rc::gen::inRange(0, 3),
                         .rates = {.gpu = 1e-6, .node = 1e-5, .network_switch = 1e-5, .software = 1e-6, .planned = 1e-6}});
  run.recovery = {.detection = 60, .restart = 30, .repair = *rc::gen::inRange(10, 5000) * 1.0, .switch_repair = 600};
  const double stall = *rc::gen::inRange(0, 80) / 8.0;
  run.checkpoint = {.stall = stall, .durable = stall + *rc::gen::inRange(0, 800) / 8.0};
  run.interval = *rc::gen::inRange(1, 5000);
  run.shortage = *rc::gen::element(Shortage::wait, Shortage::shrink);
  run.replicas = *rc::gen::element(1, 2, 8);
  run.stragglers = {.share = *rc::gen::element(0.0, 0.2), .slowdown = 0.1, .evict_after = *rc::gen::element(0.0, 2000.0)};
  if (*rc::gen::arbitrary<bool>()) run.horizon = *rc::gen::inRange(1, 200000) * 1.0;
  const LongRunResult result = simulate_long_run(run, seed);
  RC_ASSERT(result.tokens_in == result.tokens_trained + result.tokens_lost);
  RC_ASSERT(std::abs(result.parts.total() - result.wall) <= 1e-9 * result.wall + 1e-6);
  double steps = 0;
  for (const WorkPhase& phase : run.work) steps += static_cast<double>(phase.steps) * phase.tokens_per_step;
  RC_ASSERT((run.horizon ? result.wall <= *run.horizon + 1e-6 : result.tokens_trained == steps));
}

TEST(LongRun, WithoutFaultsItIsWorkAndSaves) {
  LongRun run = sixty_days();
  run.pools[0].rates = {};
  const LongRunResult result = simulate_long_run(run, 1);
  // 300 s are five steps of 60 s, so there are 86400 / 5 saves, the last at the end.
  EXPECT_DOUBLE_EQ(result.wall, 86400 * 60.0 + 17280 * 4.0);
  EXPECT_EQ(result.parts.lost, 0);
  EXPECT_EQ(result.unplanned(), 0);
}

TEST(LongRun, ATraceGivesTheTimelineOfAHandCalculation) {
  LongRun run;
  run.work = {{.steps = 100, .step_seconds = 10, .tokens_per_step = 1, .gpus = 8}};
  run.pools = {{.gpus = 8, .nodes = 1, .spare_nodes = 1, .rates = {}}};
  run.recovery = {.detection = 0, .restart = 50, .repair = 1000, .switch_repair = 1000};
  run.checkpoint = {.stall = 5, .durable = 5};
  run.interval = 100;
  // Saves end at 105, 210, 315 s; at 350 s three steps of the fourth interval are done and half of the next.
  run.trace = {{.at = 350, .kind = FaultKind::node, .pool = 0, .nodes = 1}};
  const LongRunResult result = simulate_long_run(run, 1);
  EXPECT_EQ(result.tokens_lost, 3);
  EXPECT_DOUBLE_EQ(result.parts.lost, 35);
  EXPECT_DOUBLE_EQ(result.parts.recovery, 50);
  EXPECT_DOUBLE_EQ(result.parts.checkpoint, 50);
  EXPECT_DOUBLE_EQ(result.wall, 1000 + 35 + 50 + 50);
  expect_law(run, result);
}

TEST(LongRun, AnAsynchronousSaveCountsOnlyOnceItIsWritten) {
  LongRun run;
  run.work = {{.steps = 100, .step_seconds = 10, .tokens_per_step = 1, .gpus = 8}};
  run.pools = {{.gpus = 8, .nodes = 1, .spare_nodes = 1, .rates = {}}};
  run.recovery = {.detection = 0, .restart = 0, .repair = 1000, .switch_repair = 1000};
  run.checkpoint = {.stall = 0, .durable = 60};
  run.interval = 100;
  run.trace = {{.at = 150, .kind = FaultKind::software, .pool = 0, .nodes = 0}};
  EXPECT_EQ(simulate_long_run(run, 1).tokens_lost, 15);  // the save of 100 s would be complete at 160 s
  run.trace[0].at = 165;
  EXPECT_EQ(simulate_long_run(run, 1).tokens_lost, 6);
}

// Two of eight hosts are one of four replicas: the others carry its share, at three quarters of the speed.
TEST(LongRun, ShrinksByWholeReplicas) {
  LongRun run;
  run.work = {{.steps = 100, .step_seconds = 10, .tokens_per_step = 1, .gpus = 64}};
  run.pools = {{.gpus = 64, .nodes = 8, .spare_nodes = 0, .rates = {}}};
  run.recovery = {.detection = 0, .restart = 50, .repair = 1e12, .switch_repair = 1e12};
  run.checkpoint = {.stall = 0, .durable = 0};
  run.interval = 100;
  run.shortage = Shortage::shrink;
  run.replicas = 4;
  run.trace = {{.at = 300, .kind = FaultKind::node, .pool = 0, .nodes = 2}};
  const LongRunResult result = simulate_long_run(run, 1);
  EXPECT_NEAR(result.wall, 300 + 50 + 70 * 10 * 4.0 / 3, 1e-6);
  EXPECT_NEAR(result.parts.slow, 70 * 10 / 3.0, 1e-6);
  expect_law(run, result);
}

TEST(LongRun, InterruptionsComeAtTheSumOfTheRates) {
  const LongRun run = sixty_days();
  double interruptions = 0, wall = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const LongRunResult result = simulate_long_run(run, seed);
    interruptions += static_cast<double>(result.unplanned());
    wall += result.wall;
    expect_law(run, result);
  }
  const double expected = unplanned_rate(run.pools) * wall;
  EXPECT_NEAR(interruptions, expected, 4 * std::sqrt(expected));
}

TEST(LongRun, ItsMeanLengthIsTheExpectedOne) {
  const LongRun run = sixty_days();
  double wall = 0;
  constexpr int kReplicas = 60;
  for (std::uint64_t seed = 0; seed < kReplicas; ++seed) wall += simulate_long_run(run, seed).wall / kReplicas;
  const double expected = 86400 * 60.0 * expected_stretch(300, run.checkpoint, 420, unplanned_rate(run.pools));
  EXPECT_NEAR(wall / expected, 1, 0.01);  // whole steps and a uniform detection time are not in the closed form
}

TEST(Checkpoint, TheBestIntervalIsYoungsAndDalysWhereSavesAreShort) {
  for (const double stall : {0.5, 4.0, 30.0})
    for (const double mean : {2 * kHour, 10 * kHour, 100 * kHour}) {
      const CheckpointCost cost{stall, stall};
      const double best = best_interval(cost, 400, 1 / mean, 1);
      EXPECT_NEAR(best / daly_interval(cost, 1 / mean), 1, 0.01) << stall << ' ' << mean;
      EXPECT_NEAR(best / young_interval(cost, 1 / mean), 1, 0.05) << stall << ' ' << mean;
    }
}

TEST(Checkpoint, TheBestIntervalIsNoWorseThanItsNeighboursInTheSimulationEither) {
  LongRun run = sixty_days();
  run.work[0].step_seconds = 5;
  run.work[0].steps = 400000;
  run.checkpoint = {.stall = 20, .durable = 20};
  const double best = best_interval(run.checkpoint, 420, unplanned_rate(run.pools), 5);
  const auto wall = [&](double interval) {
    run.interval = interval;
    double total = 0;
    for (std::uint64_t seed = 0; seed < 30; ++seed) total += simulate_long_run(run, seed).wall;
    return total;
  };
  const double at_best = wall(best);
  EXPECT_LT(at_best, wall(best / 3));
  EXPECT_LT(at_best, wall(best * 3));
}

// e^((R + lag) λ) (e^((τ + stall) λ) - 1) / (λ τ) with τ = 100, stall 5, 20 more until the save is safe, R = 10, one fault in
// 1,000.
TEST(Checkpoint, TheExpectedStretchByHand) {
  const CheckpointCost cost{.stall = 5, .durable = 25};
  EXPECT_NEAR(expected_stretch(100, cost, 10, 1e-3), std::exp(0.03) * (std::exp(0.105) - 1) / 0.1, 1e-12);
  EXPECT_NEAR(expected_stretch(100, {.stall = 5, .durable = 5}, 10, 1e-3), std::exp(0.01) * (std::exp(0.105) - 1) / 0.1, 1e-12);
  EXPECT_EQ(expected_stretch(100, cost, 10, 0), 1.05);
  EXPECT_NEAR(young_interval(cost, 1e-3), 100, 1e-12);
}

TEST(Checkpoint, NothingFailsMeansNoSaves) {
  EXPECT_EQ(best_interval({4, 4}, 100, 0, 1), std::numeric_limits<double>::infinity());
}

TEST(LongRun, ShrinkingBeatsWaitingWhenSparesRunOut) {
  LongRun run = sixty_days();
  run.pools[0].spare_nodes = 0;
  run.replicas = 128;
  run.recovery.repair = 10 * kDay;
  const double waiting = simulate_long_run(run, 3).wall;
  run.shortage = Shortage::shrink;
  const LongRunResult shrunk = simulate_long_run(run, 3);
  EXPECT_LT(shrunk.wall, waiting);
  EXPECT_GT(shrunk.parts.slow, 0);
  expect_law(run, shrunk);
}

TEST(LongRun, SlowHostsSetThePaceUntilTheyAreReplaced) {
  LongRun run = sixty_days();
  run.stragglers = {.share = 0.005, .slowdown = 0.1, .evict_after = 0};
  const LongRunResult slow = simulate_long_run(run, 5);
  run.stragglers.evict_after = kDay;
  const LongRunResult evicted = simulate_long_run(run, 5);
  EXPECT_GT(slow.parts.slow, 0.05 * slow.parts.trained);
  EXPECT_LT(evicted.wall, slow.wall);
  expect_law(run, evicted);
}

TEST(LongRun, TheSameSeedGivesTheSameRun) {
  const LongRun run = sixty_days();
  EXPECT_EQ(simulate_long_run(run, 9).wall, simulate_long_run(run, 9).wall);
  EXPECT_NE(simulate_long_run(run, 9).wall, simulate_long_run(run, 10).wall);
}

}  // namespace
}  // namespace gpufleet::sim
