// Physical forms, one function a class. Roofline with tile and wave quantisation after NVIDIA's matrix-multiplication guide
// (docs.nvidia.com/deeplearning/performance); split-K after CUTLASS's stream-K description.
#include "hwprofiles/kernel_forms.h"

namespace gpufleet::hw {

namespace {

constexpr double kMicro = 1e-6;

// (a^4 + b^4)^(1/4): the longer of the two where they differ, 19 % above where they are equal (they share issue slots and power).
double smooth_max(double a, double b) {
  const double a2 = a * a, b2 = b * b;
  return std::sqrt(std::sqrt(a2 * a2 + b2 * b2));
}

double blocks(double length, double tile) { return std::ceil(length / tile); }

// Waves of `tiles` over the SMs: `strictness` 1 = the last wave costs a whole one, 0 = perfectly balanced.
double waves(double tiles, double sms, double strictness) {
  const double even = tiles / sms;
  return tiles <= sms ? 1.0 : even + strictness * (std::ceil(even) - even);
}

struct Tile {
  double rows, columns;
};
constexpr std::array<Tile, 4> kTiles{{{0, 128}, {64, 256}, {128, 128}, {128, 256}}};  // rows 0: the fitted least row tile

// Indices into Parameters of the GEMM form.
enum GemmParameter : std::size_t {
  launch,
  compute_efficiency,
  memory_efficiency,
  k_fill,
  wave_strictness,
  memory_saturation,
  least_rows,
  tile_side,
  split_us
};

struct TiledProblem {
  double groups = 1, m = 0, n = 0, k = 0;  // m: rows of one group
  double tiles_scale = 1;                  // > 1: uneven groups pad more tiles
  double peak = 1, bytes = 0;
};

// The best of the tile shapes, as a library's heuristic would choose.
double tiled_seconds(const Machine& machine, const Parameters& p, const TiledProblem& problem) {
  const double sm_rate = problem.peak * p[compute_efficiency] / machine.all_sms;
  const double full_rate = machine.bandwidth * p[memory_efficiency];
  double best = 1e30;
  for (const Tile& candidate : kTiles) {
    const double rows = candidate.rows > 0 ? candidate.rows : p[least_rows];
    const double columns = candidate.columns;
    const double tiles = problem.groups * blocks(problem.m, rows) * blocks(problem.n, columns) * problem.tiles_scale;
    // Operands of a tile come through shared memory: rate falls with the tile's circumference over its area.
    const double reuse = 1 + p[tile_side] * (1 / rows + 1 / columns);
    // Split-K only where tiles leave SMs idle and k is long enough for slices of 256.
    const double split = std::clamp(std::floor(machine.sms / tiles), 1.0, std::max(1.0, std::floor(problem.k / 256)));
    const double slice = 2 * rows * columns * (problem.k / split + p[k_fill]) * reuse / sm_rate;
    const double compute = slice * waves(tiles * split, machine.sms, p[wave_strictness]);
    const double busy = std::min(tiles * split, machine.sms);
    const double rate = full_rate * std::min(1.0, busy / (p[memory_saturation] * machine.all_sms));
    const double reduce = split > 1 ? p[split_us] * kMicro : 0;
    best = std::min(best, smooth_max(compute, problem.bytes / rate) + reduce);
  }
  return best + p[launch] * kMicro;
}

}  // namespace

double gemm_seconds(const Machine& machine, const Parameters& p, const Gemm& gemm) {
  const auto m = static_cast<double>(gemm.m), n = static_cast<double>(gemm.n), k = static_cast<double>(gemm.k);
  const double in = bytes_per_value(gemm.dtype), out = std::max(in, 2.0);
  return tiled_seconds(machine, p,
                       {.m = m,
                        .n = n,
                        .k = k,
                        .peak = machine.peak[static_cast<std::size_t>(gemm.dtype)],
                        .bytes = (m * k + n * k) * in + m * n * out});
}

double grouped_gemm_seconds(const Machine& machine, const Parameters& p, const GroupedGemm& gemm) {
  const auto n = static_cast<double>(gemm.n), k = static_cast<double>(gemm.k), rows = static_cast<double>(gemm.rows);
  const double busy = std::min(static_cast<double>(gemm.groups), rows), each = rows / busy;
  const double in = bytes_per_value(gemm.dtype), out = std::max(in, 2.0);
  // Uneven groups do not fill their last tile: half a tile more for each, on the mean, as soon as sizes spread.
  const double uneven = 1 + std::min(1.0, gemm.imbalance - 1) * 0.5 * 64 / std::max(each, 64.0);
  return tiled_seconds(machine, p,
                       {.groups = busy,
                        .m = each,
                        .n = n,
                        .k = k,
                        .tiles_scale = uneven,
                        .peak = machine.peak[static_cast<std::size_t>(gemm.dtype)],
                        .bytes = busy * n * k * in + rows * (k * in + n * out)});
}

double wire_bytes(const Collective& collective) {
  const auto ranks = static_cast<double>(collective.ranks);
  const double others = (ranks - 1) / ranks;
  switch (collective.op) {
    case CollectiveOp::all_reduce: return 2 * others * collective.bytes;
    case CollectiveOp::all_gather:
    case CollectiveOp::reduce_scatter:
    case CollectiveOp::all_to_all: return others * collective.bytes;
    case CollectiveOp::send_recv:
    case CollectiveOp::broadcast: return collective.bytes;
  }
  return collective.bytes;
}

// p: latency_us, link_efficiency, rank_us (per further rank), ramp: square-root term of the pipeline's fill.
double collective_seconds(const Machine& machine, const Parameters& p, const Collective& collective) {
  const double steps = std::log2(std::max(2.0, static_cast<double>(collective.ranks)));
  const double latency = (p[0] + p[2] * (steps - 1)) * kMicro;
  const double transfer = wire_bytes(collective) / (machine.link * p[1]);
  return latency + transfer + p[3] * std::sqrt(latency * transfer);
}

// p: launch_us, efficiency, ramp_us: time in which the memory pipe fills.
double stream_seconds(const Machine& machine, const Parameters& p, const Stream& stream) {
  return static_cast<double>(std::max<std::int64_t>(stream.launches, 1)) * p[0] * kMicro +
         stream.bytes / (machine.bandwidth * p[1]);
}

}  // namespace gpufleet::hw
