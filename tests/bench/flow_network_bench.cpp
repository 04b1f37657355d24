// The workloads of tests/support/fat_tree_workloads.h at full size; `finish_s` is the simulated finish time.
#include <benchmark/benchmark.h>

#include "tests/support/fat_tree_workloads.h"

namespace {

using namespace gpufleet::testing;

constexpr FatTree k64{8, 8, 8}, k64Half{8, 8, 4}, k256{16, 16, 16}, k256Half{16, 16, 8}, k1024{32, 32, 32}, k1024Half{32, 32, 16};

template <class Run>
void measure(benchmark::State& state, Run run, FatTree tree, double spread) {
  double finish = 0;
  for (auto _ : state) finish = run(Workload{tree, spread});
  state.counters["finish_s"] = finish;
}
#define WORKLOAD(name, run, tree, spread) BENCHMARK_CAPTURE(measure, name, run, tree, spread)->Unit(benchmark::kMillisecond)
WORKLOAD(a2a_64_equal, all_to_all, k64, 0.0);
WORKLOAD(a2a_64_spread_2to1, all_to_all, k64Half, 0.5);
WORKLOAD(a2a_256_equal, all_to_all, k256, 0.0);
WORKLOAD(a2a_256_equal_2to1, all_to_all, k256Half, 0.0);
WORKLOAD(a2a_1024_equal, all_to_all, k1024, 0.0);
WORKLOAD(shift_256_spread_2to1, shift, k256Half, 0.5);
WORKLOAD(shift_1024_equal, shift, k1024, 0.0);
WORKLOAD(shift_1024_spread_2to1, shift, k1024Half, 0.5);
WORKLOAD(chain_64_spread_2to1, chain, k64Half, 0.5);
WORKLOAD(chain_256_spread_2to1, chain, k256Half, 0.5);
WORKLOAD(chain_1024_spread_2to1, chain, k1024Half, 0.5);

}  // namespace
