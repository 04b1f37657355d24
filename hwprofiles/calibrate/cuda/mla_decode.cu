// Decode of multi-head latent attention in its absorbed form (DeepSeek-V2, arXiv 2405.04434): all heads of a sequence read one
// cache of 512 + 64 values a position; its first 512 are the values too. A block takes 16 to 64 query rows of one sequence and a
// stretch of the context ("flash decoding"); a second kernel joins the stretches. Layout: queries [batch, q_len, heads, 576],
// cache [batch, kv_len, 576].
#include <algorithm>

#include "core/random.h"
#include "hwprofiles/calibrate/cuda/attention_reference.cuh"
#include "hwprofiles/calibrate/cuda/tensor_core.cuh"

namespace gpufleet::hw::cuda {

namespace {

constexpr int kWidth = 576, kLatent = 512, kStride = kWidth + 8;
constexpr int kKeys = 64, kWarps = 8, kThreads = 32 * kWarps;
constexpr int kScoreStride = kKeys + 4, kWeightStride = kKeys + 8;
constexpr int kColumns = kLatent / kWarps;  // of the output, per warp
constexpr float kLog2E = 1.4426950408889634f;

struct Shape {
  const __nv_bfloat16 *q, *cache;
  float *partial, *weight;  ///< [batch, splits, rows, 512] and [batch, splits, rows]: outputs and log2 of their softmax's sum
  __nv_bfloat16* o;
  std::int64_t kv_len, keys_per_split;
  int rows, heads, q_len, splits;
};

template <int Tiles>
constexpr std::size_t shared_bytes() {
  return (16 * Tiles + kKeys) * kStride * 2 + 16 * Tiles * (kScoreStride * 4 + kWeightStride * 2 + 3 * 4);
}

/// One warp turns a row of scores into weights: lanes take columns lane and lane + 32.
__device__ void soften(float* scores, __nv_bfloat16* weights, float& largest, float& total, float& shrink, std::int64_t seen) {
  const int lane = threadIdx.x % 32;
  const float a = lane < seen ? scores[lane] : -INFINITY, b = lane + 32 < seen ? scores[lane + 32] : -INFINITY;
  float most = fmaxf(a, b);
  for (int step = 16; step > 0; step /= 2) most = fmaxf(most, __shfl_xor_sync(~0u, most, step));
  most = fmaxf(most, largest);
  const float base = most == -INFINITY ? 0.0f : most;
  const float pa = exp2f(a - base), pb = exp2f(b - base);
  float sum = pa + pb;
  for (int step = 16; step > 0; step /= 2) sum += __shfl_xor_sync(~0u, sum, step);
  weights[lane] = __float2bfloat16(pa);
  weights[lane + 32] = __float2bfloat16(pb);
  __syncwarp();
  if (lane != 0) return;
  shrink = exp2f(largest - base);
  total = total * shrink + sum;
  largest = most;
}

template <int Tiles>
__global__ void __launch_bounds__(kThreads) decode(Shape shape) {
  constexpr int kRows = 16 * Tiles;
  extern __shared__ __align__(16) unsigned char memory[];
  auto* q = reinterpret_cast<__nv_bfloat16*>(memory);
  __nv_bfloat16* cache = q + kRows * kStride;
  auto* scores = reinterpret_cast<float*>(cache + kKeys * kStride);
  auto* weights = reinterpret_cast<__nv_bfloat16*>(scores + kRows * kScoreStride);
  auto* largest = reinterpret_cast<float*>(weights + kRows * kWeightStride);
  float *total = largest + kRows, *shrink = total + kRows;
  const int lane = threadIdx.x % 32, warp = threadIdx.x / 32, g = lane / 4, t = lane % 4;
  const int first_row = blockIdx.x * kRows, split = blockIdx.y;
  const std::int64_t batch = blockIdx.z;
  const std::int64_t begin = split * shape.keys_per_split, end = min(shape.kv_len, begin + shape.keys_per_split);
  const __nv_bfloat16* from = shape.cache + batch * shape.kv_len * kWidth;

  load_rows<kWidth>(q, shape.q + (batch * shape.rows + first_row) * kWidth, kRows, shape.rows - first_row);
  if (threadIdx.x < kRows) {
    largest[threadIdx.x] = -INFINITY;
    total[threadIdx.x] = 0;
  }
  float o[Tiles][kColumns / 8][4] = {};
  const float scale = rsqrtf(static_cast<float>(kWidth)) * kLog2E;
  for (std::int64_t tile = begin; tile < end; tile += kKeys) {
    load_rows<kWidth>(cache, from + tile * kWidth, kKeys, end - tile);
    close_copies();
    wait_copies<0>();
    __syncthreads();

    float s[Tiles][4] = {};  // this warp's eight keys against all rows
    for (int step = 0; step < kWidth / 16; ++step) {
      std::uint32_t b0, b1;
      load_b_transposed(b0, b1, cache + 8 * warp * kStride + 16 * step, kStride);
#pragma unroll
      for (int i = 0; i < Tiles; ++i) {
        std::uint32_t a[4];
        load_a(a, q + 16 * i * kStride + 16 * step, kStride);
        multiply(s[i], a, b0, b1);
      }
    }
#pragma unroll
    for (int i = 0; i < Tiles; ++i)
#pragma unroll
      for (int j = 0; j < 4; ++j) scores[(16 * i + g + j / 2 * 8) * kScoreStride + 8 * warp + 2 * t + j % 2] = s[i][j] * scale;
    __syncthreads();

    for (int row = warp; row < kRows; row += kWarps) {
      // Drafts see one position more each; the last sees all.
      const std::int64_t visible = shape.kv_len - shape.q_len + (first_row + row) / shape.heads + 1;
      soften(scores + row * kScoreStride, weights + row * kWeightStride, largest[row], total[row], shrink[row],
             min(end, visible) - tile);
    }
    __syncthreads();

#pragma unroll
    for (int i = 0; i < Tiles; ++i) {
      const float upper = shrink[16 * i + g], lower = shrink[16 * i + g + 8];
#pragma unroll
      for (int j = 0; j < kColumns / 8; ++j) {
        o[i][j][0] *= upper;
        o[i][j][1] *= upper;
        o[i][j][2] *= lower;
        o[i][j][3] *= lower;
      }
    }
    for (int step = 0; step < kKeys / 16; ++step) {
      std::uint32_t p[Tiles][4];
#pragma unroll
      for (int i = 0; i < Tiles; ++i) load_a(p[i], weights + 16 * i * kWeightStride + 16 * step, kWeightStride);
#pragma unroll
      for (int j = 0; j < kColumns / 8; ++j) {
        std::uint32_t b0, b1;
        load_b(b0, b1, cache + 16 * step * kStride + kColumns * warp + 8 * j, kStride);
#pragma unroll
        for (int i = 0; i < Tiles; ++i) multiply(o[i][j], p[i], b0, b1);
      }
    }
    __syncthreads();
  }

#pragma unroll
  for (int i = 0; i < Tiles; ++i)
#pragma unroll
    for (int half = 0; half < 2; ++half) {
      const int local = 16 * i + g + 8 * half, row = first_row + local;
      if (row >= shape.rows) continue;
      const std::int64_t place = (batch * shape.splits + split) * shape.rows + row;
      const float sum = total[local];
      float* out = shape.partial + place * kLatent + kColumns * warp + 2 * t;
#pragma unroll
      for (int j = 0; j < kColumns / 8; ++j) {
        out[8 * j] = sum > 0 ? o[i][j][2 * half] / sum : 0.0f;
        out[8 * j + 1] = sum > 0 ? o[i][j][2 * half + 1] / sum : 0.0f;
      }
      if (warp == 0 && t == 0) shape.weight[place] = sum > 0 ? largest[local] + log2f(sum) : -INFINITY;
    }
}

/// Weights each stretch's output by its share of the softmax's sum; a block a row, a thread a column.
__global__ void join(Shape shape) {
  const std::int64_t batch = blockIdx.y, row = blockIdx.x;
  const std::int64_t base = batch * shape.splits * shape.rows + row;
  float most = -INFINITY;
  for (int split = 0; split < shape.splits; ++split) most = fmaxf(most, shape.weight[base + split * shape.rows]);
  float sum = 0, value = 0;
  for (int split = 0; split < shape.splits; ++split) {
    const std::int64_t place = base + split * shape.rows;
    const float share = exp2f(shape.weight[place] - most);
    sum += share;
    value += share * shape.partial[place * kLatent + threadIdx.x];
  }
  shape.o[(batch * shape.rows + row) * kLatent + threadIdx.x] = __float2bfloat16(value / sum);
}

class LatentDecode final : public LaunchedKernel {
 public:
  LatentDecode(const Context& context, const MlaDecode& shape) : LaunchedKernel(context), shape_(shape) {}

  Diagnostics set_up() {
    rows_ = static_cast<int>(shape_.heads * shape_.q_len);
    tiles_ = rows_ > 32 && context_.shared_memory >= shared_bytes<4>() ? 4 : rows_ > 16 ? 2 : 1;
    function_ = tiles_ == 4 ? decode<4> : tiles_ == 2 ? decode<2> : decode<1>;
    shared_ = tiles_ == 4 ? shared_bytes<4>() : tiles_ == 2 ? shared_bytes<2>() : shared_bytes<1>();
    row_blocks_ = (rows_ + 16 * tiles_ - 1) / (16 * tiles_);
    int units = 1;
    cudaDeviceGetAttribute(&units, cudaDevAttrMultiProcessorCount, context_.device);
    const std::int64_t tiles = (shape_.kv_len + kKeys - 1) / kKeys;
    const std::int64_t wanted = std::clamp<std::int64_t>(units / (shape_.batch * row_blocks_), 1, (tiles + 3) / 4);
    keys_per_split_ = (tiles + wanted - 1) / wanted * kKeys;
    splits_ = static_cast<int>((shape_.kv_len + keys_per_split_ - 1) / keys_per_split_);

    const std::int64_t all_rows = shape_.batch * rows_;
    q_ = all_rows * kWidth;
    layout_ = sets_of(context_.arena_bytes, static_cast<std::size_t>(q_ + shape_.batch * shape_.kv_len * kWidth) * 2,
                      static_cast<std::size_t>(all_rows) * kLatent * 2);
    if (layout_.count == 0 || shape_.batch > 65535) return {refusal("it does not fit the device")};
    arena_ = &context_.arena(Value::bf16);
    scratch_ = allocate(static_cast<std::size_t>(all_rows * splits_) * (kLatent + 1) * sizeof(float));
    if (!arena_->inputs || !scratch_) return {refusal("no memory on the device")};
    return failure(cudaFuncSetAttribute(function_, cudaFuncAttributeMaxDynamicSharedMemorySize, static_cast<int>(shared_)),
                   "cudaFuncSetAttribute");
  }

  std::string engine() const override { return "gpufleet MLA decode (mma.sync), CUDA " + context_.runtime; }

  Result<double> relative_error() override {
    if (Diagnostics errors = launch(0); !errors.empty()) return errors;
    const Shape at = place(0);
    RandomStream random(3, "sampled queries");
    std::vector<AttentionRow> rows;
    for (int i = 0; i < 32; ++i) {
      const auto batch = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(shape_.batch)));
      const auto row = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(rows_)));
      const __nv_bfloat16* cache = at.cache + batch * shape_.kv_len * kWidth;
      rows.push_back({.query = at.q + (batch * rows_ + row) * kWidth,
                      .keys = cache,
                      .values = cache,
                      .output = at.o + (batch * rows_ + row) * kLatent,
                      .k_stride = kWidth,
                      .v_stride = kWidth,
                      .count = shape_.kv_len - shape_.q_len + row / shape_.heads + 1});
    }
    return attention_error(rows, kWidth, kLatent, context_.stream);
  }

 private:
  std::size_t sets() const override { return layout_.count; }

  Shape place(std::size_t set) const {
    const auto* q = reinterpret_cast<const __nv_bfloat16*>(static_cast<const char*>(arena_->inputs.get()) + set * layout_.stride);
    auto* partial = static_cast<float*>(scratch_.get());
    return {.q = q,
            .cache = q + q_,
            .partial = partial,
            .weight = partial + shape_.batch * rows_ * splits_ * kLatent,
            .o = reinterpret_cast<__nv_bfloat16*>(static_cast<char*>(arena_->outputs.get()) + set * layout_.stride),
            .kv_len = shape_.kv_len,
            .keys_per_split = keys_per_split_,
            .rows = rows_,
            .heads = static_cast<int>(shape_.heads),
            .q_len = static_cast<int>(shape_.q_len),
            .splits = splits_};
  }

  Diagnostics launch(std::size_t set) override {
    const Shape at = place(set);
    const dim3 grid(static_cast<unsigned>(row_blocks_), static_cast<unsigned>(splits_), static_cast<unsigned>(shape_.batch));
    function_<<<grid, kThreads, shared_, context_.stream>>>(at);
    join<<<dim3(static_cast<unsigned>(rows_), static_cast<unsigned>(shape_.batch)), kLatent, 0, context_.stream>>>(at);
    return failure(cudaGetLastError(), "MLA decode");
  }

  MlaDecode shape_;
  void (*function_)(Shape) = nullptr;
  int rows_ = 0, tiles_ = 1, row_blocks_ = 0, splits_ = 1;
  std::int64_t keys_per_split_ = 0, q_ = 0;
  std::size_t shared_ = 0;
  Sets layout_;
  const Arena* arena_ = nullptr;
  DeviceMemory scratch_;
};

}  // namespace

Prepared prepare_mla_decode(const Context& context, const MlaDecode& shape) {
  if (shape.kv_dtype != Dtype::bf16 || shape.kv_lora != kLatent || shape.rope != kWidth - kLatent)
    return refusal("only a BF16 cache of 512 + 64 values is measured");
  if (shape.kv_len < shape.q_len) return refusal("fewer positions than queries");
  auto decode = std::make_unique<LatentDecode>(context, shape);
  if (Diagnostics errors = decode->set_up(); !errors.empty()) return errors;
  return std::unique_ptr<PreparedKernel>(std::move(decode));
}

}  // namespace gpufleet::hw::cuda
