// Shared by the CUDA back end's files: errors as diagnostics, memory that frees itself, random inputs, timing by events.
#pragma once

#include <cuda_bf16.h>
#include <cuda_fp8.h>
#include <cuda_runtime.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "hwprofiles/calibrate/backend.h"

namespace gpufleet::hw::cuda {

/// Nothing on success, else one diagnostic that names the call.
Diagnostics failure(cudaError_t status, const char* call);

struct FreeDevice {
  void operator()(void* memory) const { cudaFree(memory); }
};
/// Device memory; null when the allocation failed.
using DeviceMemory = std::unique_ptr<void, FreeDevice>;
DeviceMemory allocate(std::size_t bytes);

enum class Value : std::uint8_t { fp32, bf16, fp8 };
std::size_t size_of(Value value);
/// Uniform values in [-1, 1) by a counter-based hash; the same on every device.
void fill_random(void* memory, std::size_t count, Value value, std::uint64_t seed);
void fill_constant(float* memory, std::size_t count, float value);

/// Random inputs of one type, and room for results, each at least twice the L2 cache; kept for the life of the back end.
struct Arena {
  DeviceMemory inputs, outputs;
  std::size_t bytes = 0;
};

/// What every prepared kernel needs to know of its device.
struct Context {
  int device = 0;
  int capability = 0;  ///< 10 · major + minor
  std::size_t arena_bytes = 0;
  std::size_t shared_memory = 0;  ///< largest per block, opted in
  cudaStream_t stream = nullptr;
  std::string runtime;  ///< e.g. "13.0"
  /// The arena of that type, made on first use; null inputs if the memory does not suffice.
  std::function<const Arena&(Value)> arena;
};

/// Sets of `bytes` in an arena, 256-byte aligned: how many, and where one begins.
struct Sets {
  std::size_t stride = 0, count = 0;
};
Sets sets_of(std::size_t arena_bytes, std::size_t input_bytes, std::size_t output_bytes);

/// A kernel that launches onto a stream: subclasses say how set `set` is run and how the result is proved.
class LaunchedKernel : public PreparedKernel {
 public:
  explicit LaunchedKernel(const Context& context);
  ~LaunchedKernel() override;
  Result<double> time(int runs) final;

 protected:
  /// Enqueues one run on the next set; nothing on success.
  virtual Diagnostics launch(std::size_t set) = 0;
  [[nodiscard]] virtual std::size_t sets() const = 0;
  const Context& context_;

 private:
  std::size_t next_ = 1;
  cudaEvent_t start_ = nullptr, end_ = nullptr;
};

/// Root mean square of values - references over that of references; both on the host.
double relative_error(const std::vector<float>& values, const std::vector<double>& references);
/// Waits and copies to the host.
template <class T>
Result<std::vector<T>> to_host(const void* device, std::size_t count, cudaStream_t stream) {
  std::vector<T> host(count);
  Diagnostics errors = failure(cudaStreamSynchronize(stream), "the kernel");
  if (errors.empty()) errors = failure(cudaMemcpy(host.data(), device, count * sizeof(T), cudaMemcpyDeviceToHost), "cudaMemcpy");
  if (!errors.empty()) return errors;
  return host;
}

/// Makers by kernel class; no value when the device cannot run the shape.
using Prepared = Result<std::unique_ptr<PreparedKernel>>;
Prepared prepare_gemm(const Context& context, const Gemm& shape);
Prepared prepare_grouped(const Context& context, const GroupedGemm& shape);
Prepared prepare_attention(const Context& context, const Attention& shape);
Prepared prepare_mla_decode(const Context& context, const MlaDecode& shape);
Prepared prepare_stream(const Context& context, const Stream& shape);
Prepared prepare_collective(const Context& context, const Collective& shape);
Diagnostic refusal(std::string why);

}  // namespace gpufleet::hw::cuda
