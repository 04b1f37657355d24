// Memory, random inputs, events.
#include "hwprofiles/calibrate/cuda/device.cuh"

#include <algorithm>
#include <cmath>

namespace gpufleet::hw::cuda {

namespace {

constexpr int kThreads = 256;

/// splitmix64's finaliser (Steele, Lea, Flood 2014) on a counter.
__device__ float random_value(std::uint64_t counter) {
  std::uint64_t z = counter * 0x9E3779B97F4A7C15ull;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ull;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBull;
  z ^= z >> 31;
  return static_cast<float>(z >> 40) * (2.0f / 16777216.0f) - 1.0f;
}

template <class T>
__global__ void fill(T* memory, std::size_t count, std::uint64_t seed) {
  const std::size_t step = static_cast<std::size_t>(gridDim.x) * blockDim.x;
  for (std::size_t i = blockIdx.x * static_cast<std::size_t>(blockDim.x) + threadIdx.x; i < count; i += step)
    memory[i] = T(random_value(seed * 0x100000000ull + i + 1));
}

__global__ void fill_with(float* memory, std::size_t count, float value) {
  const std::size_t i = blockIdx.x * static_cast<std::size_t>(blockDim.x) + threadIdx.x;
  if (i < count) memory[i] = value;
}

}  // namespace

Diagnostics failure(cudaError_t status, const char* call) {
  if (status == cudaSuccess) return {};
  return {{.kind = DiagnosticKind::infeasible, .message = std::string(call) + ": " + cudaGetErrorString(status)}};
}

Diagnostic refusal(std::string why) { return {.kind = DiagnosticKind::infeasible, .message = std::move(why)}; }

DeviceMemory allocate(std::size_t bytes) {
  void* memory = nullptr;
  if (cudaMalloc(&memory, bytes) == cudaSuccess) return DeviceMemory(memory);
  cudaGetLastError();  // an allocation that fails leaves the device usable
  return nullptr;
}

std::size_t size_of(Value value) { return value == Value::fp32 ? 4 : value == Value::bf16 ? 2 : 1; }

void fill_random(void* memory, std::size_t count, Value value, std::uint64_t seed) {
  constexpr int kBlocks = 4096;
  if (value == Value::fp32) fill<<<kBlocks, kThreads>>>(static_cast<float*>(memory), count, seed);
  if (value == Value::bf16) fill<<<kBlocks, kThreads>>>(static_cast<__nv_bfloat16*>(memory), count, seed);
  if (value == Value::fp8) fill<<<kBlocks, kThreads>>>(static_cast<__nv_fp8_e4m3*>(memory), count, seed);
}

void fill_constant(float* memory, std::size_t count, float value) {
  fill_with<<<static_cast<unsigned>((count + kThreads - 1) / kThreads), kThreads>>>(memory, count, value);
}

Sets sets_of(std::size_t arena_bytes, std::size_t input_bytes, std::size_t output_bytes) {
  const std::size_t stride = (std::max(input_bytes, output_bytes) + 255) / 256 * 256;
  return {stride, stride > 0 ? arena_bytes / stride : 0};
}

LaunchedKernel::LaunchedKernel(const Context& context) : context_(context) {
  cudaEventCreate(&start_);
  cudaEventCreate(&end_);
}

LaunchedKernel::~LaunchedKernel() {
  cudaStreamSynchronize(context_.stream);
  if (start_ != nullptr) cudaEventDestroy(start_);
  if (end_ != nullptr) cudaEventDestroy(end_);
}

Result<double> LaunchedKernel::time(int runs) {
  Diagnostics errors = failure(cudaEventRecord(start_, context_.stream), "cudaEventRecord");
  for (int run = 0; run < runs && errors.empty(); ++run) errors = launch(next_++ % sets());
  if (errors.empty()) errors = failure(cudaEventRecord(end_, context_.stream), "cudaEventRecord");
  if (errors.empty()) errors = failure(cudaEventSynchronize(end_), "the kernel");
  float milliseconds = 0;
  if (errors.empty()) errors = failure(cudaEventElapsedTime(&milliseconds, start_, end_), "cudaEventElapsedTime");
  if (!errors.empty()) return errors;
  return static_cast<double>(milliseconds) * 1e-3;
}

double relative_error(const std::vector<float>& values, const std::vector<double>& references) {
  double difference = 0, reference = 0;
  for (std::size_t i = 0; i < references.size(); ++i) {
    const double gap = static_cast<double>(values[i]) - references[i];
    difference += gap * gap;
    reference += references[i] * references[i];
  }
  return reference > 0 ? std::sqrt(difference / reference) : HUGE_VAL;
}

}  // namespace gpufleet::hw::cuda
