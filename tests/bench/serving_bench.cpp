// CPU time of the serving simulator: one decode iteration at batch 16 and at batch 16,000 (should be alike), and requests a
// second of a whole simulation.
#include <benchmark/benchmark.h>

#include "sim/serving/instance.h"
#include "sim/serving/simulate.h"

namespace gpufleet::sim {
namespace {

ServingPool pool_of(int sequences) {
  ServingPool pool{.name = "bench", .role = PoolRole::joint, .instances = 1, .iteration = IterationModel::constant(1e-6, 0.02)};
  pool.limits = {
      .kv_blocks = std::int64_t{1} << 40, .block = 64, .groups = 1, .max_batched_tokens = 1 << 24, .max_sequences = sequences};
  return pool;
}

// Sequences that never end while the clock runs: the cost of an iteration alone.
void decode_iteration(benchmark::State& state) {
  const auto sequences = static_cast<int>(state.range(0));
  const ServingPool pool = pool_of(sequences);
  Instance instance(pool);
  RequestTable table;
  WaitQueue none(QueueOrder::arrival);
  IterationOutcome outcome;
  for (int i = 0; i < sequences; ++i) {
    const Slot32 slot = table.take();
    table[slot].prompt = table[slot].asked = 100 + i % 50;
    table[slot].output = table[slot].answer = 1 << 30;
    table[slot].first = -1;
    instance.enqueue(table, slot);
  }
  while (instance.running() < sequences) {
    instance.start(table, none);
    instance.finish(table, outcome);
  }
  for (auto _ : state) {
    outcome.clear();
    benchmark::DoNotOptimize(instance.start(table, none));
    instance.finish(table, outcome);
  }
}
BENCHMARK(decode_iteration)->Arg(16)->Arg(256)->Arg(16000);

void whole_simulation(benchmark::State& state) {
  ServingJob job;
  job.pools.push_back(pool_of(4096));
  job.workload.arrivals = {.kind = ArrivalKind::poisson, .rate = 200};
  job.workload.prompt = {.kind = LengthKind::lognormal, .mean = 2000, .variation = 1, .most = 32768};
  job.workload.output = {.kind = LengthKind::lognormal, .mean = 300, .variation = 1, .most = 8192};
  job.workload.requests = 100'000;
  for (auto _ : state) benchmark::DoNotOptimize(simulate_serving(job, 1, {}));
  state.SetItemsProcessed(state.iterations() * 100'000);
}
BENCHMARK(whole_simulation)->Unit(benchmark::kMillisecond);

// Queueing laws over 10^7 requests, batching off: simulated waiting over the closed form, as counters. A microsecond a token, one
// prompt at a time; M/M/1, M/D/1 (Pollaczek-Khinchine) and M/M/4 (Erlang C).
void queueing_law(benchmark::State& state) {
  constexpr double kService = 0.1;
  const auto servers = static_cast<int>(state.range(0));
  const bool fixed = state.range(1) != 0;
  const double rho = 0.7, offered = servers * rho;
  ServingJob job;
  ServingPool pool = pool_of(1);
  pool.instances = servers;
  pool.limits.kv_blocks = std::int64_t{1} << 24;
  pool.iteration = IterationModel::constant(1e-6, 0);
  job.pools.push_back(pool);
  job.router = RouterPolicy::central;
  job.workload.arrivals = {.kind = ArrivalKind::poisson, .rate = offered / kService};
  job.workload.prompt = {.kind = fixed ? LengthKind::fixed : LengthKind::exponential, .mean = kService / 1e-6, .most = 1 << 24};
  job.workload.output = {.kind = LengthKind::fixed, .mean = 1};
  job.workload.requests = 10'000'000;
  job.sample_period = 0;
  double term = 1, sum = 0;
  for (int k = 0; k < servers; ++k) {
    sum += term;
    term *= offered / (k + 1);
  }
  const double erlang = term / (1 - rho) / (sum + term / (1 - rho));
  const double law = erlang * kService / (servers * (1 - rho)) * (fixed ? 0.5 : 1.0);
  double wait = 0;
  for (auto _ : state) wait = simulate_serving(job, 7, {}).e2e.mean() - kService;
  state.counters["over_law"] = wait / law;
}
BENCHMARK(queueing_law)->Args({1, 0})->Args({1, 1})->Args({4, 0})->Iterations(1)->Unit(benchmark::kMillisecond);

// As the 60-minute tool-and-agent trace of Mooncake: 23,608 requests, 8,596 tokens in and 182 out on the mean, blocks of 512.
void mooncake_hour(benchmark::State& state) {
  ServingJob job;
  ServingPool pool = pool_of(256);
  pool.instances = 8;
  pool.iteration = IterationModel::constant(4e-5, 0.02);
  pool.prefix.blocks = {20'000, 0, 0};
  job.pools.push_back(pool);
  job.router = RouterPolicy::cache_aware;
  job.workload.arrivals = {.kind = ArrivalKind::poisson, .rate = 23'608 / 3600.0};
  job.workload.prompt = {.kind = LengthKind::lognormal, .mean = 4300, .variation = 1.2, .most = 120'000};
  job.workload.output = {.kind = LengthKind::lognormal, .mean = 182, .variation = 1, .most = 2048};
  job.workload.sessions = {.turns = 2, .think_seconds = 30};
  job.workload.requests = 23'608;
  for (auto _ : state) benchmark::DoNotOptimize(simulate_serving(job, 1, {}));
}
BENCHMARK(mooncake_hour)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace gpufleet::sim
