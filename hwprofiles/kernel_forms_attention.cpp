// Attention forms: flash attention tiles queries by 128 and streams keys (Dao 2022, 2023; Shah 2024); decode streams the cache
// and splits it over the SMs (Flash-Decoding); the unfused form pays for the score matrix in memory traffic.
#include "hwprofiles/kernel_forms.h"

#include "hwprofiles/warm_cache.h"

namespace gpufleet::hw {

namespace {

constexpr double kMicro = 1e-6;
constexpr double kQueryTile = 128;

double smooth_max(double a, double b) {
  const double a2 = a * a, b2 = b * b;
  return std::sqrt(std::sqrt(a2 * a2 + b2 * b2));
}

// Positive and far below 2^53, so truncation is exact.
double floor_of(double x) { return static_cast<double>(static_cast<std::int64_t>(x)); }
double ceil_of(double x) {
  const double whole = floor_of(x);
  return whole < x ? whole + 1 : whole;
}

// Keys that a query sees on the mean.
double mean_keys(const Attention& a) {
  const auto q = static_cast<double>(a.q_len), kv = static_cast<double>(a.kv_len);
  return a.mask == Mask::causal ? std::max(kv - (q - 1) / 2, 1.0) : kv;
}

// Pieces that the keys of one item are cut into where items leave SMs idle; `will` 0: the engine never splits, 1: it always does.
double split_over(double items, double sms, double keys, double least_keys, double will) {
  if (items >= sms) return 1;
  const double most = std::max(1.0, floor_of(keys / least_keys));
  return 1 + will * (std::min(floor_of(sms / items), most) - 1);
}

enum AttentionParameter : std::size_t {
  launch,
  compute_efficiency,
  memory_efficiency,
  score_cycles,
  fill_us,
  wave_strictness,
  split_will,
  group_packing,
  cache_gain,
  cache_reach
};
enum DecodeParameter : std::size_t {
  d_launch,
  d_compute,
  d_memory,
  d_rows,
  d_score_cycles,
  d_fill_us,
  d_sm_bytes,
  d_split_will,
  d_cache_gain,
  d_cache_reach
};

}  // namespace

double attention_flops(const Attention& a) {
  return 2.0 * static_cast<double>(a.batch * a.q_heads) * static_cast<double>(a.q_len) * mean_keys(a) *
         static_cast<double>(a.head_dim_qk + a.head_dim_v);
}

double attention_seconds(const Machine& machine, const Parameters& p, const Attention& a) {
  const auto q = static_cast<double>(a.q_len), kv = static_cast<double>(a.kv_len), batch = static_cast<double>(a.batch);
  const auto heads = static_cast<double>(a.q_heads), kv_heads = static_cast<double>(a.kv_heads);
  const auto dims = static_cast<double>(a.head_dim_qk + a.head_dim_v);
  const bool backward = a.pass == Pass::backward;
  // Short queries of one group may share a tile.
  const double apart = heads * ceil_of(q / kQueryTile), packed = kv_heads * ceil_of(q * heads / kv_heads / kQueryTile);
  const double items = batch * (apart + p[group_packing] * (std::min(apart, packed) - apart));
  const double keys = mean_keys(a);
  // The diagonal tiles are computed whole: half a tile more keys for a causal mask.
  const double computed = keys + (a.mask == Mask::causal ? 0.5 * std::min(kQueryTile, q) : 0.0);
  const double split = backward ? 1.0 : split_over(items, machine.sms, computed, 512, p[split_will]);
  // Products scale with the peak; the softmax's exponentials and rescaling take cycles of the vector units.
  const double second_per_score =
      2 * dims * machine.all_sms / (machine.peak[static_cast<std::size_t>(a.dtype)] * p[compute_efficiency]) +
      p[score_cycles] / machine.clock_hz;
  const double work = kQueryTile * computed / split * second_per_score * (backward ? 2.5 : 1.0) + p[fill_us] * kMicro;
  const double even = items * split / machine.sms;
  // A causal mask gives tiles of unequal length; the longest start first, so that the tail is short but the first wave is long.
  const double longest = a.mask == Mask::causal ? std::min(kv / computed, 2.0) : 1.0;
  const double waves = even <= 1 ? longest : std::max(longest, even + p[wave_strictness] * (ceil_of(even) - even));
  const double value = bytes_per_value(a.dtype);
  const double bytes = batch * value * dims * (q * heads + kv * kv_heads) * (backward ? 3.0 : 1.0);
  const double rate = machine.bandwidth * p[memory_efficiency] * warm_factor(machine, p[cache_gain], p[cache_reach], bytes);
  return p[launch] * kMicro * (backward ? 2.0 : 1.0) + smooth_max(work * waves, bytes / rate);
}

double unfused_attention_seconds(const Machine& machine, const Parameters& p, double stream_efficiency, const Attention& a) {
  const auto q = static_cast<double>(a.q_len), kv = static_cast<double>(a.kv_len);
  const double maps = static_cast<double>(a.batch * a.q_heads), scores = maps * q * kv;
  const bool backward = a.pass == Pass::backward;
  // Passes over the score matrix. Forward: product writes, scale-mask-softmax reads and writes, dropout reads and writes (and its
  // one-byte mask), product reads. Backward: two products read it, one writes its gradient, dropout and softmax read two and
  // write one, two products read the gradient.
  const double value = bytes_per_value(a.dtype);
  const double traffic = scores * (backward ? value * 9 + 1 : value * 6 + 1);
  const double launches = backward ? 7 : 5;
  // Both products fill the whole square; each is one batched GEMM whose short side is the head.
  const GroupedGemm score{
      .dtype = a.dtype, .groups = a.batch * a.q_heads, .rows = a.batch * a.q_heads * a.q_len, .n = a.kv_len, .k = a.head_dim_qk};
  const GroupedGemm mix{
      .dtype = a.dtype, .groups = a.batch * a.q_heads, .rows = a.batch * a.q_heads * a.q_len, .n = a.head_dim_v, .k = a.kv_len};
  const double products = grouped_gemm_seconds(machine, p, score) + grouped_gemm_seconds(machine, p, mix);
  // The products' own reading and writing of the scores is inside `products`.
  const double inside = scores * value * (backward ? 4 : 2);
  return products * (backward ? 2.0 : 1.0) + std::max(traffic - inside, 0.0) / (machine.bandwidth * stream_efficiency) +
         (launches - 2) * p[0] * kMicro;
}

namespace {

struct DecodeWork {
  double streams = 0;  // independent caches read: sequences times KV heads
  double keys = 0;
  double rows = 0;  // query rows that share a cache
  double flops_per_row_key = 0, bytes_per_key = 0, other_bytes = 0, peak = 1;
};

// Each cache is read once by its tile of rows; many short caches or one long one both spread over all SMs, each piece with a
// fixed time to start, combine and drain.
double decode_seconds(const Machine& machine, const Parameters& p, const DecodeWork& work) {
  const double tile = p[d_rows];
  const double tiles = work.streams * ceil_of(work.rows / tile);
  const double split = split_over(tiles, machine.sms, work.keys, 256, p[d_split_will]);
  const double second_per_score =
      work.flops_per_row_key * machine.all_sms / (work.peak * p[d_compute]) + p[d_score_cycles] / machine.clock_hz;
  const double piece = tile * work.keys / split * second_per_score + p[d_fill_us] * kMicro;
  const double even = tiles * split / machine.sms;
  const double waves = even <= 1 ? 1.0 : even + 0.5 * (ceil_of(even) - even);
  const double busy = std::min(tiles * split, machine.sms);
  const double bytes = work.streams * work.keys * work.bytes_per_key + work.other_bytes;
  const double warm = warm_factor(machine, p[d_cache_gain], p[d_cache_reach], bytes);
  const double rate = std::min(machine.bandwidth * p[d_memory] * warm, busy * p[d_sm_bytes] * machine.clock_hz);
  return p[d_launch] * kMicro + smooth_max(piece * waves, bytes / rate);
}

}  // namespace

double mla_decode_seconds(const Machine& machine, const Parameters& p, const MlaDecode& d) {
  const auto latent = static_cast<double>(d.kv_lora), rope = static_cast<double>(d.rope);
  const auto rows = static_cast<double>(d.heads * d.q_len), batch = static_cast<double>(d.batch);
  // Products run in BF16 whatever the cache holds: FP8 caches are widened on the way (FlashMLA); engines that do not, fit better.
  return decode_seconds(machine, p,
                        {.streams = batch,
                         .keys = static_cast<double>(d.kv_len),
                         .rows = rows,
                         .flops_per_row_key = 2 * (2 * latent + rope),
                         .bytes_per_key = (latent + rope) * bytes_per_value(d.kv_dtype),
                         .other_bytes = batch * rows * 2 * (2 * latent + rope),
                         .peak = machine.peak[static_cast<std::size_t>(Dtype::bf16)]});
}

double gqa_decode_seconds(const Machine& machine, const Parameters& p, const GqaDecode& d) {
  const auto dim = static_cast<double>(d.head_dim), batch = static_cast<double>(d.batch);
  const auto kv_heads = static_cast<double>(d.kv_heads);
  const double rows = static_cast<double>(d.q_heads) / kv_heads * static_cast<double>(d.q_len);
  return decode_seconds(machine, p,
                        {.streams = batch * kv_heads,
                         .keys = static_cast<double>(d.kv_len),
                         .rows = rows,
                         .flops_per_row_key = 4 * dim,
                         .bytes_per_key = 2 * dim * bytes_per_value(d.kv_dtype),
                         .other_bytes = batch * kv_heads * rows * dim * 4,
                         .peak = machine.peak[static_cast<std::size_t>(Dtype::bf16)]});
}

}  // namespace gpufleet::hw
