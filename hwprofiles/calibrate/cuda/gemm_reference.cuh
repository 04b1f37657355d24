// FP64 reference of sampled outputs of D = A · Wᵀ (A [m, k], W [n, k], both row-major): one block a sample.
#pragma once

#include "hwprofiles/calibrate/cuda/device.cuh"

namespace gpufleet::hw::cuda {

struct GemmOperands {
  const void* a = nullptr;
  const void* w = nullptr;
  const __nv_bfloat16* d = nullptr;
  Value value = Value::bf16;
  std::int64_t m = 0, n = 0, k = 0;
  double scale = 1;  ///< what the product of the operands' scales is
};

/// Relative error over 256 outputs drawn at random (see PreparedKernel::relative_error).
Result<double> gemm_error(const GemmOperands& operands, cudaStream_t stream);

}  // namespace gpufleet::hw::cuda
