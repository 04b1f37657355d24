// The grids, and their order: a fixed shuffle, so that a slow drift of clocks falls on all shapes alike and a calibration that
// runs out of time has seen all regions.
#include "hwprofiles/calibrate/grid.h"

#include <algorithm>
#include <array>
#include <span>

#include "core/random.h"
#include "hwprofiles/calibrate/work.h"

namespace gpufleet::hw {

namespace {

using Sizes = std::vector<std::int64_t>;
struct Weights {
  std::int64_t n, k;
};

constexpr double kKi = 1024, kMi = 1024 * 1024;

void add_gemms(std::vector<Kernel>& grid, Dtype dtype, const Sizes& rows, std::span<const Weights> weights) {
  for (const std::int64_t m : rows)
    for (const auto& [n, k] : weights) grid.emplace_back(Gemm{dtype, m, n, k});
}

void add_streams(std::vector<Kernel>& grid, const std::vector<double>& sizes) {
  for (const double bytes : sizes)
    for (const StreamKind kind : {StreamKind::copy, StreamKind::elementwise}) grid.emplace_back(Stream{kind, bytes, 1});
  // Launch cost alone, once and eightfold: 48 bytes are a copy of three FP64 pairs or two triads of FP64.
  for (const std::int64_t launches : {1, 8})
    grid.emplace_back(Stream{StreamKind::elementwise, 48.0 * static_cast<double>(launches), launches});
}

/// Keeps what fits: inputs twice (two sets at the least) within half the memory.
std::vector<Kernel> in_order(std::vector<Kernel> grid, const DeviceDescription& device) {
  const auto memory = static_cast<double>(device.memory.value());
  std::erase_if(grid, [&](const Kernel& kernel) { return memory > 0 && 4 * work_of(kernel).bytes > memory; });
  std::stable_sort(grid.begin(), grid.end(),
                   [](const Kernel& a, const Kernel& b) { return stable_hash(describe(a)) < stable_hash(describe(b)); });
  return grid;
}

void add_grouped(std::vector<Kernel>& grid, Effort effort) {
  const Sizes groups = effort == Effort::quick ? Sizes{8, 32} : Sizes{4, 8, 16, 32, 64};
  const Sizes per_group = effort == Effort::quick ? Sizes{4, 64, 512} : Sizes{1, 4, 16, 64, 128, 256, 512, 1024, 4096};
  // Up and down projections of DeepSeek-V3's and Qwen3-30B-A3B's experts.
  constexpr std::array<Weights, 3> kExperts{{{4096, 7168}, {7168, 2048}, {1536, 2048}}};
  for (const std::int64_t g : groups)
    for (const std::int64_t rows : per_group)
      for (const auto& [n, k] : kExperts)
        grid.emplace_back(GroupedGemm{Dtype::bf16, g, g * rows, n, k, 1.0, GroupLayout::contiguous});
}

void add_attention(std::vector<Kernel>& grid, Effort effort) {
  const Sizes lengths = effort == Effort::quick ? Sizes{512, 2048, 8192} : Sizes{128, 512, 1024, 2048, 4096, 8192, 16384};
  const Sizes batches = effort == Effort::quick ? Sizes{1, 4} : Sizes{1, 2, 8};
  struct Heads {
    std::int64_t q, kv, qk, v;
  };
  // MLA not absorbed (whole, and one of 8 tensor-parallel shares), GQA and MHA of 128, and a narrow head.
  constexpr std::array<Heads, 4> kHeads{{{128, 128, 192, 128}, {16, 16, 192, 128}, {32, 8, 128, 128}, {16, 16, 64, 64}}};
  for (const std::int64_t length : lengths)
    for (const std::int64_t batch : batches)
      for (const Heads& heads : kHeads)
        for (const Mask mask : {Mask::causal, Mask::full})
          if (mask == Mask::causal || (effort == Effort::full && batch == 1))
            grid.emplace_back(Attention{Dtype::bf16, Pass::forward, mask, AttentionKind::flash, batch, heads.q, heads.kv, length,
                                        length, heads.qk, heads.v});
}

void add_mla_decode(std::vector<Kernel>& grid, Effort effort) {
  const Sizes batches = effort == Effort::quick ? Sizes{1, 16, 128} : Sizes{1, 4, 16, 32, 64, 128, 256};
  const Sizes contexts = effort == Effort::quick ? Sizes{1024, 8192} : Sizes{512, 1024, 2048, 4096, 8192, 16384, 32768};
  const Sizes heads = effort == Effort::quick ? Sizes{16, 128} : Sizes{16, 32, 64, 128};
  for (const std::int64_t batch : batches)
    for (const std::int64_t context : contexts)
      for (const std::int64_t head : heads)
        for (const std::int64_t queries : {1, 2})
          if (queries == 1 || effort == Effort::full)
            grid.emplace_back(MlaDecode{Dtype::bf16, batch, head, queries, context, 512, 64});
}

void add_collectives(std::vector<Kernel>& grid, const DeviceDescription& device) {
  for (std::int64_t ranks = 2; ranks <= device.peers; ranks *= 2)
    for (double bytes = kKi; bytes <= 1024 * kMi; bytes *= 4)
      for (const CollectiveOp op : {CollectiveOp::all_reduce, CollectiveOp::all_gather, CollectiveOp::reduce_scatter,
                                    CollectiveOp::all_to_all, CollectiveOp::send_recv, CollectiveOp::broadcast})
        grid.emplace_back(Collective{op, ranks, bytes});
}

}  // namespace

std::vector<Kernel> cpu_grid(const DeviceDescription& device, Effort effort) {
  std::vector<Kernel> grid;
  constexpr std::array<Weights, 4> kQuick{{{256, 256}, {768, 768}, {512, 2048}, {2048, 512}}};
  constexpr std::array<Weights, 8> kFull{
      {{256, 256}, {1024, 1024}, {768, 3072}, {3072, 768}, {500, 900}, {2048, 2048}, {4096, 1024}, {128, 8192}}};
  if (effort == Effort::quick) {
    add_gemms(grid, Dtype::fp32, {1, 4, 16, 64, 128, 200, 512}, kQuick);
    add_gemms(grid, Dtype::fp64, {1, 16, 64, 256}, kQuick);
    add_streams(grid, {64 * kKi, kMi, 16 * kMi, 128 * kMi});
  } else {
    add_gemms(grid, Dtype::fp32, {1, 2, 4, 8, 16, 32, 64, 100, 128, 200, 256, 512, 1000, 2048}, kFull);
    add_gemms(grid, Dtype::fp64, {1, 4, 16, 64, 100, 256, 512, 1024}, kFull);
    add_streams(grid, {4 * kKi, 16 * kKi, 64 * kKi, 256 * kKi, kMi, 4 * kMi, 16 * kMi, 64 * kMi, 128 * kMi, 256 * kMi});
  }
  return in_order(std::move(grid), device);
}

std::vector<Kernel> cuda_grid(const DeviceDescription& device, Effort effort) {
  std::vector<Kernel> grid;
  // Projections of DeepSeek-V3 and of dense models of 8 to 405 B, and sizes off every tile.
  constexpr std::array<Weights, 6> kQuick{{{2112, 7168}, {24576, 1536}, {7168, 16384}, {4096, 4096}, {1024, 1024}, {576, 7168}}};
  constexpr std::array<Weights, 14> kFull{{{2112, 7168},
                                           {24576, 1536},
                                           {32768, 512},
                                           {7168, 16384},
                                           {4096, 7168},
                                           {7168, 2048},
                                           {4096, 4096},
                                           {28672, 8192},
                                           {8192, 8192},
                                           {16384, 53248},
                                           {1024, 1024},
                                           {576, 7168},
                                           {1536, 7168},
                                           {5120, 640}}};
  const Sizes rows = effort == Effort::quick ? Sizes{1, 16, 64, 128, 256, 1024, 4096, 8192}
                                             : Sizes{1,   2,   4,   8,   16,   32,   48,   64,   96,   128,  192,
                                                     256, 384, 512, 768, 1024, 1536, 2048, 3072, 4096, 8192, 16384};
  const std::span<const Weights> weights = effort == Effort::quick ? std::span<const Weights>(kQuick) : kFull;
  add_gemms(grid, Dtype::bf16, rows, weights);
  const Family family = device.family;
  const bool has_fp8 =
      family == Family::ada || family == Family::hopper || family == Family::blackwell || family == Family::blackwell_rtx;
  if (has_fp8) add_gemms(grid, Dtype::fp8, rows, weights);
  add_grouped(grid, effort);
  add_attention(grid, effort);
  add_mla_decode(grid, effort);
  add_streams(grid, effort == Effort::quick ? std::vector<double>{kMi, 16 * kMi, 256 * kMi, 2048 * kMi}
                                            : std::vector<double>{64 * kKi, 256 * kKi, kMi, 4 * kMi, 16 * kMi, 64 * kMi,
                                                                  256 * kMi, 1024 * kMi, 4096 * kMi});
  add_collectives(grid, device);
  return in_order(std::move(grid), device);
}

}  // namespace gpufleet::hw
