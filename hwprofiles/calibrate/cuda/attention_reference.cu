// Scores go through global memory, so that any context length works; nothing here is meant to be fast.
#include <algorithm>

#include "hwprofiles/calibrate/cuda/attention_reference.cuh"

namespace gpufleet::hw::cuda {

namespace {

constexpr int kThreads = 256;

__device__ double reduce(double value, double* shared, bool take_largest) {
  shared[threadIdx.x] = value;
  for (int width = kThreads / 2; width > 0; width /= 2) {
    __syncthreads();
    if (threadIdx.x < width) {
      const double other = shared[threadIdx.x + width];
      shared[threadIdx.x] = take_largest ? fmax(shared[threadIdx.x], other) : shared[threadIdx.x] + other;
    }
  }
  __syncthreads();
  const double result = shared[0];
  __syncthreads();
  return result;
}

__global__ void attend(const AttentionRow* rows, int query_width, int output_width, std::int64_t longest, double* scores,
                       double* references, float* values) {
  __shared__ double shared[kThreads];
  const AttentionRow row = rows[blockIdx.x];
  double* own = scores + blockIdx.x * longest;
  double largest = -INFINITY;
  for (std::int64_t key = threadIdx.x; key < row.count; key += kThreads) {
    double sum = 0;
    for (int i = 0; i < query_width; ++i)
      sum += static_cast<double>(__bfloat162float(row.query[i])) *
             static_cast<double>(__bfloat162float(row.keys[key * row.k_stride + i]));
    own[key] = sum / sqrt(static_cast<double>(query_width));
    largest = fmax(largest, own[key]);
  }
  largest = reduce(largest, shared, true);
  double total = 0;
  for (std::int64_t key = threadIdx.x; key < row.count; key += kThreads) total += own[key] = exp(own[key] - largest);
  total = reduce(total, shared, false);
  for (int column = threadIdx.x; column < output_width; column += kThreads) {
    double sum = 0;
    for (std::int64_t key = 0; key < row.count; ++key)
      sum += own[key] * static_cast<double>(__bfloat162float(row.values[key * row.v_stride + column]));
    references[blockIdx.x * output_width + column] = sum / total;
    values[blockIdx.x * output_width + column] = __bfloat162float(row.output[column]);
  }
}

}  // namespace

Result<double> attention_error(const std::vector<AttentionRow>& rows, int query_width, int output_width, cudaStream_t stream) {
  std::int64_t longest = 0;
  for (const AttentionRow& row : rows) longest = std::max(longest, row.count);
  const std::size_t outputs = rows.size() * static_cast<std::size_t>(output_width);
  const DeviceMemory descriptions = allocate(rows.size() * sizeof(AttentionRow));
  const DeviceMemory scores = allocate(rows.size() * static_cast<std::size_t>(longest) * sizeof(double));
  const DeviceMemory references = allocate(outputs * sizeof(double));
  const DeviceMemory values = allocate(outputs * sizeof(float));
  if (!descriptions || !scores || !references || !values) return refusal("no memory for the reference");
  Diagnostics errors = failure(
      cudaMemcpyAsync(descriptions.get(), rows.data(), rows.size() * sizeof(AttentionRow), cudaMemcpyHostToDevice, stream),
      "cudaMemcpy");
  if (!errors.empty()) return errors;
  attend<<<static_cast<unsigned>(rows.size()), kThreads, 0, stream>>>(
      static_cast<const AttentionRow*>(descriptions.get()), query_width, output_width, longest,
      static_cast<double*>(scores.get()), static_cast<double*>(references.get()), static_cast<float*>(values.get()));
  const Result<std::vector<double>> expected = to_host<double>(references.get(), outputs, stream);
  if (!expected) return expected.diagnostics();
  const Result<std::vector<float>> seen = to_host<float>(values.get(), outputs, stream);
  if (!seen) return seen.diagnostics();
  return relative_error(*seen, *expected);
}

}  // namespace gpufleet::hw::cuda
