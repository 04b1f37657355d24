// Queueing laws that a simulator must obey when batching is off: M/M/1 and M/D/1 (Pollaczek-Khinchine: W = rho·S·(1 + C²)/(2(1 -
// rho))), M/M/c (Erlang C), Little's law exactly; and conservation of tokens and KV blocks.
#include <gtest/gtest.h>

#include <cmath>
#include <thread>

#include "sim/serving/capacity_search.h"
#include "sim/serving/simulate.h"

namespace gpufleet::sim {
namespace {

// A server that prefills one prompt at a time, a microsecond a token, and answers with one token.
constexpr double kPerToken = 1e-6;
constexpr double kService = 0.1;  // s on the mean

ServingPool server(int instances) {
  ServingPool pool{
      .name = "servers", .role = PoolRole::joint, .instances = instances, .iteration = IterationModel::constant(kPerToken, 0)};
  pool.limits = {.kv_blocks = 1 << 24, .block = 1024, .groups = 1, .max_batched_tokens = 1 << 24, .max_sequences = 1};
  return pool;
}

ServingJob queue(int servers, double rate, LengthKind kind, std::uint64_t requests) {
  ServingJob job;
  job.pools.push_back(server(servers));
  job.router = RouterPolicy::central;
  job.workload.arrivals = {.kind = ArrivalKind::poisson, .rate = rate};
  job.workload.prompt = {.kind = kind, .mean = kService / kPerToken, .most = 1 << 24};
  job.workload.output = {.kind = LengthKind::fixed, .mean = 1};
  job.workload.requests = requests;
  job.sample_period = 0;
  return job;
}

double mean_wait(const ServingResult& result) { return result.e2e.mean() - kService; }

// Long enough for 4 %; serving_bench holds 10^7 requests within 1 %.
constexpr std::uint64_t kRequests = 300'000;
constexpr double kTolerance = 0.04;

TEST(ServingLaws, WaitingInMM1) {
  const double rho = 0.6;
  const ServingResult result = simulate_serving(queue(1, rho / kService, LengthKind::exponential, kRequests), 7, {});
  EXPECT_NEAR(mean_wait(result) / (rho * kService / (1 - rho)), 1.0, kTolerance);
}

TEST(ServingLaws, WaitingInMD1) {
  const double rho = 0.7;
  const ServingResult result = simulate_serving(queue(1, rho / kService, LengthKind::fixed, kRequests), 11, {});
  EXPECT_NEAR(mean_wait(result) / (rho * kService / (2 * (1 - rho))), 1.0, kTolerance);
}

TEST(ServingLaws, WaitingInMMc) {
  const int c = 4;
  const double rho = 0.75, offered = c * rho;
  double term = 1, sum = 0;
  for (int k = 0; k < c; ++k) {
    sum += term;
    term *= offered / (k + 1);
  }
  const double erlang = term / (1 - rho) / (sum + term / (1 - rho));
  const ServingResult result = simulate_serving(queue(c, offered / kService, LengthKind::exponential, kRequests), 13, {});
  EXPECT_NEAR(mean_wait(result) / (erlang * kService / (c * (1 - rho))), 1.0, kTolerance);
}

TEST(ServingLaws, LittleIsExact) {
  // Time average of requests in the system = sum of their times in it / length, to rounding.
  const ServingResult result = simulate_serving(queue(3, 20, LengthKind::exponential, 100'000), 3, {});
  EXPECT_NEAR(result.requests_in_system, result.residence / result.makespan, 1e-9 * result.requests_in_system);
}

ServingJob batching(double rate, int instances) {
  ServingJob job;
  ServingPool pool{
      .name = "gpus", .role = PoolRole::joint, .instances = instances, .iteration = IterationModel::constant(2e-5, 0.01)};
  pool.limits = {.kv_blocks = 1200, .block = 16, .groups = 1, .max_batched_tokens = 2048, .max_sequences = 64};
  job.pools.push_back(pool);
  job.workload.arrivals = {.kind = ArrivalKind::gamma, .rate = rate, .variation = 2};
  job.workload.prompt = {.kind = LengthKind::lognormal, .mean = 300, .variation = 1.2, .most = 4000};
  job.workload.output = {.kind = LengthKind::lognormal, .mean = 120, .variation = 1, .most = 2000};
  job.workload.requests = 4000;
  job.slo = {.ttft = 2, .tpot = 0.05};
  job.keep_requests = true;
  return job;
}

TEST(ServingLaws, TokensAndBlocksAreConserved) {
  for (const auto admission : {Admission::prompt, Admission::prompt_and_output})
    for (const auto policy : {IterationPolicy::mixed, IterationPolicy::prefill_first}) {
      ServingJob job = batching(30, 1);
      job.pools[0].limits.admission = admission;
      job.pools[0].limits.policy = policy;
      const ServingResult result = simulate_serving(job, 5, {});
      double output = 0, input = 0;
      for (const RequestRecord& r : result.requests) output += r.output, input += r.prompt;
      EXPECT_EQ(result.completed, 4000U);
      EXPECT_EQ(result.total_output_tokens, output);
      EXPECT_EQ(result.total_input_tokens, input);
      EXPECT_EQ(result.leaked_blocks, 0U);
      EXPECT_EQ(result.pools[0].preemptions > 0, admission == Admission::prompt);
    }
}

TEST(ServingLaws, DisaggregationConservesTokensAndBlocks) {
  ServingJob job = batching(20, 2);
  job.pools[0].role = PoolRole::prefill;
  job.pools[0].kv_bytes_per_token = 1e5;
  job.pools[0].transfer_bandwidth = 1e9;
  job.pools.push_back(job.pools[0]);
  job.pools[1].role = PoolRole::decode;
  const ServingResult result = simulate_serving(job, 5, {});
  double output = 0;
  for (const RequestRecord& r : result.requests) output += r.output;
  EXPECT_EQ(result.completed, 4000U);
  EXPECT_EQ(result.total_output_tokens, output);
  EXPECT_EQ(result.leaked_blocks, 0U);
}

// Prompts and answers simulated apart, in turn or on two threads, are what they are when simulated together; decode instances
// that could fail keep them together.
TEST(ServingLaws, HalvesGiveWhatTheWholeGives) {
  ServingJob job = batching(60, 3);
  job.workload.requests = 20'000;  // several batches
  job.sample_period = 10;
  job.pools[0].role = PoolRole::prefill;
  job.pools[0].kv_bytes_per_token = 1e5;
  job.pools[0].transfer_bandwidth = 1e9;
  job.pools.push_back(job.pools[0]);
  job.pools[1].role = PoolRole::decode;
  job.pools[1].name = "decode";
  job.pools[1].autoscaler = {.on = true, .period = 20, .start_seconds = 2};
  const ServingResult in_turn = simulate_serving(job, 5, {});
  const ServingResult at_once = simulate_serving(job, 5, {}, [](const auto& first, const auto& second) {
    const std::jthread other(second);
    first();
  });
  EXPECT_EQ(in_turn, at_once);
  constexpr double kNeverInThisRun = 1e5;
  job.pools[1].failures.mean_time_between = kNeverInThisRun;
  const ServingResult together = simulate_serving(job, 5, {});
  ASSERT_EQ(together.pools[1].failures, 0U);
  EXPECT_EQ(in_turn.requests.size(), together.requests.size());
  EXPECT_EQ(in_turn.e2e.count(), together.e2e.count());
  EXPECT_DOUBLE_EQ(in_turn.ttft.mean(), together.ttft.mean());
  EXPECT_NEAR(in_turn.tpot.mean(), together.tpot.mean(), 1e-9);
  EXPECT_EQ(in_turn.total_output_tokens, together.total_output_tokens);
  EXPECT_NEAR(in_turn.requests_in_system, together.requests_in_system, 1e-6 * together.requests_in_system);
  EXPECT_NEAR(in_turn.pools[1].instance_hours, together.pools[1].instance_hours, 1e-6);
  ASSERT_EQ(in_turn.samples.size(), together.samples.size());
  for (std::size_t i = 0; i < in_turn.samples.size(); ++i) {
    EXPECT_NEAR(in_turn.samples[i].running, together.samples[i].running, 1e-9);
    EXPECT_NEAR(in_turn.samples[i].kv_used, together.samples[i].kv_used, 1e-9);
  }
}

TEST(ServingLaws, AStopEndsBothHalvesWhateverIsStillToArrive) {
  ServingJob job = batching(60, 3);
  job.workload.requests = 1'000'000'000;  // an hour of drawing alone
  job.pools[0].role = PoolRole::prefill;
  job.pools.push_back(job.pools[0]);
  job.pools[1].role = PoolRole::decode;
  job.pools[1].name = "decode";
  std::stop_source stop;
  constexpr int kReports = 3;
  int reports = 0;
  const RunControl control{stop.get_token(), [&](double, std::string_view) {
                             if (++reports == kReports) stop.request_stop();
                           }};
  job.workload.duration = 3600;
  const ServingResult result = simulate_serving(job, 5, control);
  EXPECT_TRUE(result.stopped);
  EXPECT_LT(result.arrived, 200'000U);
}

// What would take years is refused before it begins; what turns out to is given up.
TEST(ServingLaws, WorkOfMoreThanAMonthIsRefused) {
  ServingJob job = batching(60, 3);
  EXPECT_EQ(serving_problem(job), "");
  job.workload.requests = 1'000'000'000'000;
  job.workload.arrivals.rate = 1e9;
  EXPECT_NE(serving_problem(job).find("days or more"), std::string::npos);
  job.workload.arrivals = {.kind = ArrivalKind::closed_loop, .clients = 2};
  EXPECT_NE(serving_problem(job).find("days or more"), std::string::npos);
  job.workload.requests = 1000;
  EXPECT_EQ(serving_problem(job), "");
  job.workload.arrivals = {.kind = ArrivalKind::burst};
  job.workload.requests = kMostAtOnce + 1;
  EXPECT_NE(serving_problem(job), "");
}

TEST(ServingLaws, ACrowdThatOnlyGrowsIsGivenUp) {
  ServingJob job = batching(60, 1);
  job.pools[0].iteration = IterationModel::constant(10, 0);  // a prompt takes hours
  job.workload.arrivals.rate = 1e9;
  job.workload.requests = 2 * kMostAtOnce;
  job.keep_requests = false;
  const ServingResult result = simulate_serving(job, 5, {});
  EXPECT_EQ(result.overrun, Overrun::crowd);
  EXPECT_FALSE(result.stopped);
  EXPECT_LT(result.arrived, job.workload.requests);
}

TEST(ServingLaws, AnHourOfWorkForAMonthOfRequestsIsGivenUp) {
  ServingJob job = batching(60, 1);
  job.pools[0].iteration = IterationModel::constant(1, 0);  // prompts of minutes
  job.workload.arrivals = {.kind = ArrivalKind::closed_loop, .clients = 4};
  job.workload.requests = 1'000'000;
  job.keep_requests = false;
  EXPECT_EQ(simulate_serving(job, 5, {}).overrun, Overrun::time);
}

// A rate at which nobody asks within the run keeps no promise.
TEST(ServingLaws, NoRateKeepsAPromiseThatCannotBeKept) {
  ServingJob job = batching(60, 3);
  job.workload.requests = 0;
  job.workload.duration = 100;
  job.slo.ttft = 1e-9;
  const Capacity found = largest_load(job, {}, 5, {});
  EXPECT_EQ(found.load, 0);
}

// Swapping brings keys and values back over the host link; computing them again costs prefill: with a fast link it pays.
TEST(ServingLaws, SwappedSequencesConserveTokensAndReturnSooner) {
  ServingJob job = batching(30, 1);
  double makespan[2] = {};
  for (const auto preemption : {Preemption::recompute, Preemption::swap}) {
    job.pools[0].limits.preemption = preemption;
    job.pools[0].limits.swap_seconds_per_token = 1e-7;
    const ServingResult result = simulate_serving(job, 5, {});
    double output = 0;
    for (const RequestRecord& r : result.requests) output += r.output;
    EXPECT_EQ(result.completed, 4000U);
    EXPECT_EQ(result.total_output_tokens, output);
    EXPECT_EQ(result.leaked_blocks, 0U);
    EXPECT_GT(result.pools[0].preemptions, 0U);
    makespan[static_cast<int>(preemption)] = result.makespan;
  }
  EXPECT_LT(makespan[1], makespan[0]);
}

// Speculation: with every draft accepted a step yields 1 + drafts tokens, with none accepted one.
TEST(ServingLaws, DraftsYieldTheirGeometricSum) {
  EXPECT_DOUBLE_EQ((Speculation{.drafts = 2, .acceptance = 0.5}.tokens_per_step()), 1.75);
  EXPECT_DOUBLE_EQ((Speculation{.drafts = 3, .acceptance = 1}.tokens_per_step()), 4);
  EXPECT_DOUBLE_EQ((Speculation{.drafts = 0, .acceptance = 0.9}.tokens_per_step()), 1);
}

TEST(ServingLaws, ThePromiseHoldsUpToTheLargestLoadAndNotBeyond) {
  ServingJob job = batching(5, 2);
  job.workload.arrivals.kind = ArrivalKind::poisson;
  job.workload.requests = 600;
  job.keep_requests = false;
  const CapacityGoal goal{.attainment = 0.9, .precision = 0.1, .repeats = 1, .most = 1e4};
  const Capacity found = largest_load(job, goal, 3, {});
  ASSERT_GT(found.load, 0);
  EXPECT_LE(found.high - found.low, 0.1 * found.high);
  const auto kept = [&](double rate) {
    job.workload.arrivals.rate = rate;
    const ServingResult result = simulate_serving(job, 3, {});
    return static_cast<double>(result.slo_met) / static_cast<double>(result.counted + result.refused);
  };
  EXPECT_GE(kept(found.low), 0.9);
  EXPECT_LT(kept(found.high), 0.9);
}

TEST(ServingLaws, FailuresLoseNoRequest) {
  ServingJob job = batching(20, 3);
  job.pools[0].failures = {.mean_time_between = 40, .repair = 5};
  const ServingResult result = simulate_serving(job, 9, {});
  EXPECT_EQ(result.completed, 4000U);
  EXPECT_GT(result.pools[0].failures, 0U);
  double output = 0;
  for (const RequestRecord& r : result.requests) output += r.output;
  EXPECT_EQ(result.total_output_tokens, output);
}

TEST(ServingLaws, TheSameSeedGivesTheSameResult) {
  const ServingJob job = batching(25, 2);
  EXPECT_EQ(simulate_serving(job, 42, {}), simulate_serving(job, 42, {}));
  EXPECT_NE(simulate_serving(job, 42, {}), simulate_serving(job, 43, {}));
}

TEST(ServingLaws, GoodputGrowsWithInstances) {
  double before = 0;
  for (int instances = 1; instances <= 6; ++instances) {
    const ServingResult result = simulate_serving(batching(60, instances), 1, {});
    const double goodput = static_cast<double>(result.slo_met) / result.makespan;
    EXPECT_GE(goodput, before * 0.999);
    before = goodput;
  }
}

}  // namespace
}  // namespace gpufleet::sim
