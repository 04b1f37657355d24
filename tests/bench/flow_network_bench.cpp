// The workloads of tests/support/fat_tree_workloads.h at full size; `finish_s` is the simulated finish time.
#include <benchmark/benchmark.h>

#include <numeric>

#include "sim/net/collective_pattern.h"
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

/// The lone pattern of a2a by its link loads, routes included.
void lone_all_to_all(benchmark::State& state) {
  const FatTree tree = k1024;
  const std::vector<gpufleet::BytesPerSecond> capacities(tree.links(), gpufleet::BytesPerSecond(50e9));
  double finish = 0;
  for (auto _ : state) {
    gpufleet::sim::FlowPattern pattern;
    const std::size_t n = tree.size();
    pattern.reserve(n * n, 4 * n * n);
    for (std::uint32_t i = 0; i < n; ++i)
      for (std::uint32_t j = 0; j < n; ++j)
        if (i != j) pattern.add(route_of(tree, i, j).span(), 1e9, 1);
    finish = gpufleet::sim::pattern_time(capacities, pattern).value();
  }
  state.counters["finish_s"] = finish;
}
BENCHMARK(lone_all_to_all)->Unit(benchmark::kMillisecond);

gpufleet::hw::HallSpec hall(const char* name, int nodes, double scale_up) {
  gpufleet::hw::HallSpec out;
  out.name = name;
  out.nodes = nodes;
  out.scale_up_rate = gpufleet::BytesPerSecond(scale_up);
  out.nic_rate = gpufleet::BytesPerSecond(50e9);
  out.pcie_rate = gpufleet::BytesPerSecond(64e9);
  out.layers = 3;
  return out;
}
gpufleet::hw::FabricGraph fleet() {
  return *gpufleet::hw::build_fabric(
      {{hall("h20", 3750, 450e9), hall("h800", 1250, 200e9), hall("h100", 1250, 450e9)}, gpufleet::BytesPerSecond(6.4e12)});
}

/// 30,000 H20 + 10,000 H800 + 10,000 H100 in three halls.
void build_fleet(benchmark::State& state) {
  std::size_t cables = 0;
  for (auto _ : state) cables = fleet().cables.size();
  state.counters["cables"] = static_cast<double>(cables);
}
BENCHMARK(build_fleet)->Unit(benchmark::kMillisecond);

/// A ring all-reduce of 1 GB over 2,048 nodes of the H20 hall: routes, flows and solution.
void all_reduce_16384(benchmark::State& state) {
  const auto graph = fleet();
  const gpufleet::hw::Failures none(graph);
  const auto rates = graph.link_rates();
  std::vector<std::uint32_t> gpus(16384);
  std::iota(gpus.begin(), gpus.end(), 0U);
  double finish = 0;
  for (auto _ : state) {
    gpufleet::sim::FlowPattern pattern;
    const auto result = gpufleet::sim::add_collective({graph, none, gpufleet::hw::Routing::ecmp},
                                                      gpufleet::sim::CollectiveOp::all_reduce, 1e9, {gpus, 8}, 1, pattern);
    gpufleet::check(result == gpufleet::sim::PatternResult::complete, "the hall is connected");
    finish = gpufleet::sim::pattern_time(rates, pattern).value();
  }
  state.counters["finish_s"] = finish;
}
BENCHMARK(all_reduce_16384)->Unit(benchmark::kMillisecond);

}  // namespace
