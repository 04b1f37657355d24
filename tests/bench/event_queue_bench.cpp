// The hold model: pop the earliest event, push it again later, at a constant number of pending events. Reported per hold.
#include <benchmark/benchmark.h>

#include <vector>

#include "core/random.h"
#include "sim/engine/event_queue.h"

namespace {

using gpufleet::RandomStream;
using gpufleet::Time;
using gpufleet::sim::EventQueue;

enum Increments { exponential, bimodal, ties };

std::vector<std::int64_t> draw(Increments kind) {
  RandomStream random(1, "hold");
  std::vector<std::int64_t> increments(1 << 16);
  for (auto& x : increments) {
    if (kind == exponential) x = static_cast<std::int64_t>(random.exponential() * 1e9);
    if (kind == bimodal) x = static_cast<std::int64_t>(random.uniform() * (random.uniform() < 0.9 ? 1e6 : 1e10));
    if (kind == ties) x = 1'000'000;
  }
  return increments;
}

void hold(benchmark::State& state) {
  const auto increments = draw(static_cast<Increments>(state.range(1)));
  EventQueue queue;
  std::uint32_t i = 0;
  for (std::int64_t n = 0; n < state.range(0); ++n) queue.push(Time(increments[i++ & 0xFFFF]), 0);
  // The queue first turns over once, so that the times pending are those of the steady state.
  for (std::int64_t n = 0; n < state.range(0); ++n) {
    const auto event = queue.pop();
    queue.push(Time(event.time.value() + increments[i++ & 0xFFFF]), event.payload);
  }
  for (auto _ : state) {
    const auto event = queue.pop();
    queue.push(Time(event.time.value() + increments[i++ & 0xFFFF]), event.payload);
  }
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK(hold)->ArgNames({"pending", "kind"})->ArgsProduct({{1000, 10000, 100000, 1000000}, {exponential, bimodal, ties}});

}  // namespace
