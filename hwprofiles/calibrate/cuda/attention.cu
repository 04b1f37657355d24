// Attention forward with an online softmax (Dao 2022, 2023), BF16 on the tensor cores: a block takes 64 queries of one head, its
// four warps 16 each; keys and values come in tiles of 64, the next tile while this one is worked on. Layout: [batch, heads,
// length, width].
#include "core/random.h"
#include "hwprofiles/calibrate/cuda/attention_reference.cuh"
#include "hwprofiles/calibrate/cuda/tensor_core.cuh"

namespace gpufleet::hw::cuda {

namespace {

constexpr int kRows = 64, kKeys = 64, kThreads = 128;
constexpr float kLog2E = 1.4426950408889634f;

struct Shape {
  const __nv_bfloat16 *q, *k, *v;
  __nv_bfloat16* o;
  std::int64_t q_len, kv_len;
  int q_heads, kv_heads;
  bool causal;
};

template <int Qk, int V>
constexpr std::size_t shared_bytes() {
  return 2 * kKeys * (Qk + 8 + V + 8) * sizeof(__nv_bfloat16);
}

/// Scores of one tile in log2 units, masked.
template <int Qk>
__device__ void score(float (&s)[kKeys / 8][4], const std::uint32_t (&q)[Qk / 16][4], const __nv_bfloat16* keys,
                      std::int64_t tile, std::int64_t first_row, std::int64_t kv_len, std::int64_t offset, bool causal,
                      float scale) {
  const int t = threadIdx.x % 4;
#pragma unroll
  for (int j = 0; j < kKeys / 8; ++j) {
    s[j][0] = s[j][1] = s[j][2] = s[j][3] = 0;
#pragma unroll
    for (int step = 0; step < Qk / 16; ++step) {
      std::uint32_t b0, b1;
      load_b_transposed(b0, b1, keys + 8 * j * (Qk + 8) + 16 * step, Qk + 8);
      multiply(s[j], q[step], b0, b1);
    }
#pragma unroll
    for (int i = 0; i < 4; ++i) {
      const std::int64_t key = tile + 8 * j + 2 * t + i % 2;
      const std::int64_t row = first_row + i / 2 * 8;
      const bool seen = key < kv_len && (!causal || key <= row + offset);
      s[j][i] = seen ? s[j][i] * scale : -INFINITY;
    }
  }
}

/// Turns scores into weights against the running maximum, and scales what was summed so far.
template <int V>
__device__ void renormalise(float (&s)[kKeys / 8][4], float (&o)[V / 8][4], float (&largest)[2], float (&total)[2]) {
#pragma unroll
  for (int half = 0; half < 2; ++half) {
    float most = largest[half];
#pragma unroll
    for (int j = 0; j < kKeys / 8; ++j) most = fmaxf(most, fmaxf(s[j][2 * half], s[j][2 * half + 1]));
    most = fmaxf(most, __shfl_xor_sync(~0u, most, 1));
    most = fmaxf(most, __shfl_xor_sync(~0u, most, 2));
    const float base = most == -INFINITY ? 0.0f : most;
    const float shrink = exp2f(largest[half] - base);
    largest[half] = most;
    total[half] *= shrink;
#pragma unroll
    for (int j = 0; j < kKeys / 8; ++j)
#pragma unroll
      for (int i = 0; i < 2; ++i) total[half] += s[j][2 * half + i] = exp2f(s[j][2 * half + i] - base);
#pragma unroll
    for (int j = 0; j < V / 8; ++j) {
      o[j][2 * half] *= shrink;
      o[j][2 * half + 1] *= shrink;
    }
  }
}

template <int V>
__device__ void accumulate(float (&o)[V / 8][4], const float (&s)[kKeys / 8][4], const __nv_bfloat16* values) {
#pragma unroll
  for (int step = 0; step < kKeys / 16; ++step) {
    const float(&left)[4] = s[2 * step];
    const float(&right)[4] = s[2 * step + 1];
    const std::uint32_t p[4] = {pack(left[0], left[1]), pack(left[2], left[3]), pack(right[0], right[1]),
                                pack(right[2], right[3])};
#pragma unroll
    for (int j = 0; j < V / 8; ++j) {
      std::uint32_t b0, b1;
      load_b(b0, b1, values + 16 * step * (V + 8) + 8 * j, V + 8);
      multiply(o[j], p, b0, b1);
    }
  }
}

template <int Qk, int V>
__global__ void __launch_bounds__(kThreads) attend(Shape shape) {
  extern __shared__ __align__(16) unsigned char memory[];
  auto* keys = reinterpret_cast<__nv_bfloat16*>(memory);
  __nv_bfloat16* values = keys + 2 * kKeys * (Qk + 8);
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32, g = lane / 4, t = lane % 4;
  const std::int64_t batch = blockIdx.z, head = blockIdx.y, kv_head = head / (shape.q_heads / shape.kv_heads);
  // Under a causal mask the last queries have most to do: they start first.
  const std::int64_t first = static_cast<std::int64_t>(gridDim.x - 1 - blockIdx.x) * kRows;
  const std::int64_t offset = shape.kv_len - shape.q_len;
  const __nv_bfloat16* q = shape.q + ((batch * shape.q_heads + head) * shape.q_len + first) * Qk;
  const __nv_bfloat16* k = shape.k + (batch * shape.kv_heads + kv_head) * shape.kv_len * Qk;
  const __nv_bfloat16* v = shape.v + (batch * shape.kv_heads + kv_head) * shape.kv_len * V;

  // Queries pass through the keys' memory into registers.
  load_rows<Qk>(keys, q, kRows, shape.q_len - first);
  close_copies();
  wait_copies<0>();
  __syncthreads();
  std::uint32_t own[Qk / 16][4];
#pragma unroll
  for (int step = 0; step < Qk / 16; ++step) load_a(own[step], keys + 16 * warp * (Qk + 8) + 16 * step, Qk + 8);
  __syncthreads();

  const std::int64_t last = shape.causal ? min(shape.kv_len, first + kRows + offset) : shape.kv_len;
  const int tiles = static_cast<int>((last + kKeys - 1) / kKeys);
  const auto fetch = [&](int tile) {
    const std::int64_t key = static_cast<std::int64_t>(tile) * kKeys;
    load_rows<Qk>(keys + tile % 2 * kKeys * (Qk + 8), k + key * Qk, kKeys, shape.kv_len - key);
    load_rows<V>(values + tile % 2 * kKeys * (V + 8), v + key * V, kKeys, shape.kv_len - key);
    close_copies();
  };
  float o[V / 8][4] = {}, largest[2] = {-INFINITY, -INFINITY}, total[2] = {};
  const float scale = rsqrtf(static_cast<float>(Qk)) * kLog2E;
  fetch(0);
  for (int tile = 0; tile < tiles; ++tile) {
    if (tile + 1 < tiles) {
      fetch(tile + 1);
      wait_copies<1>();
    } else {
      wait_copies<0>();
    }
    __syncthreads();
    float s[kKeys / 8][4];
    score<Qk>(s, own, keys + tile % 2 * kKeys * (Qk + 8), static_cast<std::int64_t>(tile) * kKeys, first + 16 * warp + g,
              shape.kv_len, offset, shape.causal, scale);
    renormalise<V>(s, o, largest, total);
    accumulate<V>(o, s, values + tile % 2 * kKeys * (V + 8));
    __syncthreads();
  }
#pragma unroll
  for (int half = 0; half < 2; ++half) {
    float sum = total[half];
    sum += __shfl_xor_sync(~0u, sum, 1);
    sum += __shfl_xor_sync(~0u, sum, 2);
    const std::int64_t row = first + 16 * warp + g + 8 * half;
    if (row >= shape.q_len) continue;
    __nv_bfloat16* out = shape.o + ((batch * shape.q_heads + head) * shape.q_len + row) * V;
#pragma unroll
    for (int j = 0; j < V / 8; ++j)
      *reinterpret_cast<std::uint32_t*>(out + 8 * j + 2 * t) = pack(o[j][2 * half] / sum, o[j][2 * half + 1] / sum);
  }
}

class FlashAttention final : public LaunchedKernel {
 public:
  using Function = void (*)(Shape);
  FlashAttention(const Context& context, const Attention& shape, Function function, std::size_t shared)
      : LaunchedKernel(context), shape_(shape), function_(function), shared_(shared) {}

  Diagnostics set_up() {
    q_ = shape_.batch * shape_.q_heads * shape_.q_len * shape_.head_dim_qk;
    k_ = shape_.batch * shape_.kv_heads * shape_.kv_len * shape_.head_dim_qk;
    v_ = shape_.batch * shape_.kv_heads * shape_.kv_len * shape_.head_dim_v;
    const std::int64_t o = shape_.batch * shape_.q_heads * shape_.q_len * shape_.head_dim_v;
    layout_ = sets_of(context_.arena_bytes, static_cast<std::size_t>(q_ + k_ + v_) * 2, static_cast<std::size_t>(o) * 2);
    if (layout_.count == 0 || shape_.batch > 65535 || shape_.q_heads > 65535) return {refusal("it does not fit the device")};
    arena_ = &context_.arena(Value::bf16);
    if (!arena_->inputs) return {refusal("no memory on the device")};
    return failure(cudaFuncSetAttribute(function_, cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(shared_)),
                   "cudaFuncSetAttribute");
  }

  std::string engine() const override { return "gpufleet flash attention (mma.sync), CUDA " + context_.runtime; }

  Result<double> relative_error() override {
    if (Diagnostics errors = launch(0); !errors.empty()) return errors;
    const Shape at = place(0);
    RandomStream random(2, "sampled queries");
    std::vector<AttentionRow> rows;
    for (int i = 0; i < 32; ++i) {
      const auto pick = [&](std::int64_t bound) {
        return static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(bound)));
      };
      const std::int64_t batch = pick(shape_.batch), head = pick(shape_.q_heads), query = pick(shape_.q_len);
      const std::int64_t kv_head = head / (shape_.q_heads / shape_.kv_heads);
      const std::int64_t row = (batch * shape_.q_heads + head) * shape_.q_len + query;
      const std::int64_t first_key = (batch * shape_.kv_heads + kv_head) * shape_.kv_len;
      rows.push_back({.query = at.q + row * shape_.head_dim_qk,
                      .keys = at.k + first_key * shape_.head_dim_qk,
                      .values = at.v + first_key * shape_.head_dim_v,
                      .output = at.o + row * shape_.head_dim_v,
                      .k_stride = shape_.head_dim_qk,
                      .v_stride = shape_.head_dim_v,
                      .count = at.causal ? shape_.kv_len - shape_.q_len + query + 1 : shape_.kv_len});
    }
    return attention_error(rows, static_cast<int>(shape_.head_dim_qk), static_cast<int>(shape_.head_dim_v), context_.stream);
  }

 private:
  std::size_t sets() const override { return layout_.count; }

  Shape place(std::size_t set) const {
    const auto* q = reinterpret_cast<const __nv_bfloat16*>(static_cast<const char*>(arena_->inputs.get()) + set * layout_.stride);
    auto* o = reinterpret_cast<__nv_bfloat16*>(static_cast<char*>(arena_->outputs.get()) + set * layout_.stride);
    return {q,
            q + q_,
            q + q_ + k_,
            o,
            shape_.q_len,
            shape_.kv_len,
            static_cast<int>(shape_.q_heads),
            static_cast<int>(shape_.kv_heads),
            shape_.mask == Mask::causal};
  }

  Diagnostics launch(std::size_t set) override {
    const dim3 grid(static_cast<unsigned>((shape_.q_len + kRows - 1) / kRows), static_cast<unsigned>(shape_.q_heads),
                    static_cast<unsigned>(shape_.batch));
    function_<<<grid, kThreads, shared_, context_.stream>>>(place(set));
    return failure(cudaGetLastError(), "attention");
  }

  Attention shape_;
  Function function_;
  std::size_t shared_;
  std::int64_t q_ = 0, k_ = 0, v_ = 0;
  Sets layout_;
  const Arena* arena_ = nullptr;
};

template <int Qk, int V>
std::unique_ptr<FlashAttention> make(const Context& context, const Attention& shape) {
  return std::make_unique<FlashAttention>(context, shape, attend<Qk, V>, shared_bytes<Qk, V>());
}

}  // namespace

Prepared prepare_attention(const Context& context, const Attention& shape) {
  if (shape.dtype != Dtype::bf16 || shape.pass != Pass::forward || shape.kind != AttentionKind::flash)
    return refusal("only the BF16 forward pass of flash attention is measured");
  std::unique_ptr<FlashAttention> attention;
  if (shape.head_dim_qk == 192 && shape.head_dim_v == 128) attention = make<192, 128>(context, shape);
  if (shape.head_dim_qk == 128 && shape.head_dim_v == 128) attention = make<128, 128>(context, shape);
  if (shape.head_dim_qk == 64 && shape.head_dim_v == 64) attention = make<64, 64>(context, shape);
  if (!attention) return refusal("no kernel for these head widths");
  if (Diagnostics errors = attention->set_up(); !errors.empty()) return errors;
  return std::unique_ptr<PreparedKernel>(std::move(attention));
}

}  // namespace gpufleet::hw::cuda
