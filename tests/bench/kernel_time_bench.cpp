// Kernel times per second on one core, by class and for a mix; the goal is five million. Needs the shipped fits (run from the
// repository's root, or set GPUFLEET_DATA).
#include <benchmark/benchmark.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "hwprofiles/accelerator_catalog.h"
#include "hwprofiles/kernel_time.h"

namespace {

using namespace gpufleet::hw;

const KernelTimeModel& model() {
  static const KernelTimeModel made = [] {
    const char* folder = std::getenv("GPUFLEET_DATA");
    const std::filesystem::path data = folder != nullptr ? folder : "hwprofiles/data";
    const auto fits = load_kernel_fits(data / "kernel_fits");
    const auto catalog = load_accelerators(data / "accelerators");
    if (!fits || !catalog) std::fputs("no fits under hwprofiles/data: run from the repository's root\n", stderr), std::exit(2);
    return make_kernel_time_model(*find_accelerator(*catalog, "H100 SXM5"), *fits);
  }();
  return made;
}

// Shapes differ from call to call, so that nothing is hoisted and branches are as in a simulation.
std::vector<Kernel> shapes(const std::string& which) {
  std::vector<Kernel> out;
  for (std::int64_t i = 0; i < 1024; ++i) {
    const std::int64_t m = 1 + (i * 7919) % 8192;
    const bool mixed = which == "mix";
    if (which == "gemm" || (mixed && i % 2 == 0)) out.emplace_back(Gemm{Dtype::fp8, m, 4096 + 128 * (i % 7), 7168});
    if (which == "grouped_gemm" || (mixed && i % 8 == 1)) out.emplace_back(GroupedGemm{Dtype::fp8, 8, 8 * m, 4096, 7168});
    if (which == "attention" || (mixed && i % 8 == 3))
      out.emplace_back(Attention{
          .batch = 1, .q_heads = 32, .kv_heads = 8, .q_len = m, .kv_len = 2 * m, .head_dim_qk = 128, .head_dim_v = 128});
    if (which == "mla_decode" || (mixed && i % 8 == 5)) out.emplace_back(MlaDecode{Dtype::bf16, 1 + i % 256, 128, 1, m});
    if (which == "collective" || (mixed && i % 8 == 7))
      out.emplace_back(Collective{CollectiveOp::all_reduce, 8, 1024.0 * static_cast<double>(m)});
  }
  return out;
}

void evaluate(benchmark::State& state, const char* which) {
  const std::vector<Kernel> kernels = shapes(which);
  const KernelTimeModel& times = model();
  std::int64_t evaluated = 0;
  for (auto _ : state) {
    double sum = 0;
    for (const Kernel& kernel : kernels) sum += times.time(kernel).seconds;
    benchmark::DoNotOptimize(sum);
    evaluated += static_cast<std::int64_t>(kernels.size());
  }
  state.SetItemsProcessed(evaluated);
}

BENCHMARK_CAPTURE(evaluate, mix, "mix");
BENCHMARK_CAPTURE(evaluate, gemm, "gemm");
BENCHMARK_CAPTURE(evaluate, grouped_gemm, "grouped_gemm");
BENCHMARK_CAPTURE(evaluate, attention, "attention");
BENCHMARK_CAPTURE(evaluate, mla_decode, "mla_decode");
BENCHMARK_CAPTURE(evaluate, collective, "collective");

}  // namespace
