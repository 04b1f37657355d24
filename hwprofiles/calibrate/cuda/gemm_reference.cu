// Each block sums one row times one row in FP64.
#include "core/random.h"
#include "hwprofiles/calibrate/cuda/gemm_reference.cuh"

namespace gpufleet::hw::cuda {

namespace {

constexpr int kSamples = 256;
constexpr int kThreads = 128;

template <class T>
__global__ void dot_rows(const T* a, const T* w, const std::int64_t* rows, const std::int64_t* columns, std::int64_t k,
                         double* references) {
  __shared__ double partial[kThreads];
  const T* x = a + rows[blockIdx.x] * k;
  const T* y = w + columns[blockIdx.x] * k;
  double sum = 0;
  for (std::int64_t i = threadIdx.x; i < k; i += kThreads)
    sum += static_cast<double>(static_cast<float>(x[i])) * static_cast<double>(static_cast<float>(y[i]));
  partial[threadIdx.x] = sum;
  for (int width = kThreads / 2; width > 0; width /= 2) {
    __syncthreads();
    if (threadIdx.x < width) partial[threadIdx.x] += partial[threadIdx.x + width];
  }
  if (threadIdx.x == 0) references[blockIdx.x] = partial[0];
}

__global__ void gather(const __nv_bfloat16* d, const std::int64_t* rows, const std::int64_t* columns, std::int64_t n,
                       float* out) {
  out[threadIdx.x] = static_cast<float>(d[rows[threadIdx.x] * n + columns[threadIdx.x]]);
}

}  // namespace

Result<double> gemm_error(const GemmOperands& o, cudaStream_t stream) {
  std::vector<std::int64_t> places(2 * kSamples);
  RandomStream random(1, "sampled outputs");
  for (int i = 0; i < kSamples; ++i) {
    places[static_cast<std::size_t>(i)] = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(o.m)));
    places[static_cast<std::size_t>(kSamples + i)] = static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(o.n)));
  }
  const DeviceMemory memory = allocate(kSamples * (2 * sizeof(std::int64_t) + sizeof(double) + sizeof(float)));
  if (!memory) return refusal("no memory for the reference");
  auto* rows = static_cast<std::int64_t*>(memory.get());
  std::int64_t* columns = rows + kSamples;
  auto* references = reinterpret_cast<double*>(columns + kSamples);
  auto* values = reinterpret_cast<float*>(references + kSamples);
  Diagnostics errors = failure(
      cudaMemcpyAsync(rows, places.data(), places.size() * sizeof(std::int64_t), cudaMemcpyHostToDevice, stream), "cudaMemcpy");
  if (!errors.empty()) return errors;
  if (o.value == Value::bf16)
    dot_rows<<<kSamples, kThreads, 0, stream>>>(static_cast<const __nv_bfloat16*>(o.a), static_cast<const __nv_bfloat16*>(o.w),
                                                rows, columns, o.k, references);
  else
    dot_rows<<<kSamples, kThreads, 0, stream>>>(static_cast<const __nv_fp8_e4m3*>(o.a), static_cast<const __nv_fp8_e4m3*>(o.w),
                                                rows, columns, o.k, references);
  gather<<<1, kSamples, 0, stream>>>(o.d, rows, columns, o.n, values);
  Result<std::vector<double>> expected = to_host<double>(references, kSamples, stream);
  if (!expected) return expected.diagnostics();
  for (double& reference : *expected) reference *= o.scale;
  const Result<std::vector<float>> seen = to_host<float>(values, kSamples, stream);
  if (!seen) return seen.diagnostics();
  return relative_error(*seen, *expected);
}

}  // namespace gpufleet::hw::cuda
