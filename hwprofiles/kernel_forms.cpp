// Physical forms, one function a class. Roofline with tile and wave quantisation after NVIDIA's matrix-multiplication guide
// (docs.nvidia.com/deeplearning/performance); split-K after CUTLASS's stream-K description.
#include "hwprofiles/kernel_forms.h"

#include "hwprofiles/warm_cache.h"

namespace gpufleet::hw {

namespace {

constexpr double kMicro = 1e-6;
constexpr double kSharedBytesPerCycle = 128;     // of one SM's shared memory, all generations since Volta
constexpr double kMegaProducts = 1024.0 * 1024;  // multiply-adds

// Shapes are positive and far below 2^53: truncation is exact and much cheaper than a library call.
double floor_of(double x) { return static_cast<double>(static_cast<std::int64_t>(x)); }
double ceil_of(double x) {
  const double whole = floor_of(x);
  return whole < x ? whole + 1 : whole;
}

struct Tile {
  double rows, columns;
};
constexpr double kWholeWaves = 1e-9;  // rounding, by which a whole number of waves may seem more

// Indices into Parameters of the GEMM form, in the order of form_parameters.
enum GemmParameter : std::size_t {
  launch,
  compute_efficiency,
  memory_efficiency,
  lost_cycles,
  side_share,
  fill_us,
  wave_strictness,
  sm_bytes_per_cycle,
  least_rows,
  least_columns,
  split_us,
  split_will,
  cache_gain,
  cache_reach
};

struct TiledProblem {
  double groups = 1, m = 0, n = 0, k = 0;  // m: rows of one group
  double tiles_scale = 1;                  // > 1: uneven groups pad more tiles
  double least_rows = 1;                   // of the least tile
  double value = 2;                        // bytes of an operand's value
  double peak = 1, bytes = 0;
};

// The fitted least tile and the usual ones above it.
std::array<Tile, 4> tiles_of(const Parameters& p, double rows) {
  return {{{rows, p[least_columns]}, {64, 128}, {128, 128}, {128, 256}}};
}

// The best of the tile shapes, as a library's heuristic would choose. What the tensor cores do scales with the peak; what feeds
// them (shared memory, scales and epilogue on the vector units, filling the pipeline) takes cycles: a chip with throttled tensor
// cores is better fed.
double tiled_seconds(const Machine& machine, const Parameters& p, const TiledProblem& problem) {
  const double second_per_product =
      2 * machine.all_sms / (problem.peak * p[compute_efficiency]) + p[lost_cycles] / (kMegaProducts * machine.clock_hz);
  const double second_per_side = p[side_share] * problem.value / (kSharedBytesPerCycle * machine.clock_hz);
  const double full_rate =
      machine.bandwidth * p[memory_efficiency] * warm_factor(machine, p[cache_gain], p[cache_reach], problem.bytes);
  const double sm_rate = p[sm_bytes_per_cycle] * machine.clock_hz;  // what one SM can ask for
  const double fill = p[fill_us] * kMicro, per_sm = 1 / machine.sms;
  const double all_stream = problem.bytes / std::min(full_rate, machine.sms * sm_rate);
  const double slices = std::max(1.0, floor_of(problem.k / 256));
  const double tile_count = problem.groups * problem.tiles_scale;
  double best = 1e300;
  for (const Tile& tile : tiles_of(p, problem.least_rows)) {
    const double tiles = tile_count * ceil_of(problem.m / tile.rows) * ceil_of(problem.n / tile.columns);
    const double products = tile.rows * tile.columns * second_per_product, sides = (tile.rows + tile.columns) * second_per_side;
    const double step = std::sqrt(products * products + sides * sides);
    double compute = 0, stream = all_stream;
    if (tiles >= machine.sms) {
      const double even = tiles * per_sm;
      compute = (problem.k * step + fill) * (even + p[wave_strictness] * (ceil_of(even - kWholeWaves) - even));
    } else {
      // Tiles leave SMs idle: split-K where k is long enough for slices of 256. Never more than one wave.
      const double split = 1 + p[split_will] * (std::min(floor_of(machine.sms / tiles), slices) - 1);
      compute = problem.k / split * step + fill + (split > 1 ? p[split_will] * p[split_us] * kMicro : 0.0);
      stream = problem.bytes / std::min(full_rate, tiles * split * sm_rate);
    }
    // (a^4 + b^4)^(1/4) without its root: the longer where they differ, 19 % above where equal, for they share issue slots and
    // power.
    const double a = compute * compute, b = stream * stream;
    best = std::min(best, a * a + b * b);
  }
  return std::sqrt(std::sqrt(best)) + p[launch] * kMicro;
}

}  // namespace

double gemm_seconds(const Machine& machine, const Parameters& p, const Gemm& gemm) {
  const auto m = static_cast<double>(gemm.m), n = static_cast<double>(gemm.n), k = static_cast<double>(gemm.k);
  const double in = bytes_per_value(gemm.dtype), out = std::max(in, 2.0);
  // One row in a wide format is a matrix-vector product, for which libraries have kernels that pad nothing.
  const bool is_vector = gemm.m == 1 && in >= 4;
  return tiled_seconds(machine, p,
                       {.m = m,
                        .n = n,
                        .k = k,
                        .least_rows = is_vector ? 1.0 : p[least_rows],
                        .value = in,
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
                        .least_rows = p[least_rows],
                        .value = in,
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

// p: launch_us, efficiency, cache_gain, cache_reach. Without launches it is traffic that rides in a neighbouring kernel.
double stream_seconds(const Machine& machine, const Parameters& p, const Stream& stream) {
  const auto launches = static_cast<double>(std::max<std::int64_t>(stream.launches, 0));
  const double rate = machine.bandwidth * p[1] * warm_factor(machine, p[2], p[3], stream.bytes / std::max(launches, 1.0));
  return launches * p[0] * kMicro + stream.bytes / rate;
}

}  // namespace gpufleet::hw
