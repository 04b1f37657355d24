// FP64 reference of sampled rows of attention: softmax(q·Kᵀ / sqrt(width)) · V, one block a row.
#pragma once

#include "hwprofiles/calibrate/cuda/device.cuh"

namespace gpufleet::hw::cuda {

/// One query, what it sees, and the output to be judged. K and V rows are `k_stride`, `v_stride` values apart.
struct AttentionRow {
  const __nv_bfloat16 *query, *keys, *values, *output;
  std::int64_t k_stride, v_stride, count;
};

/// Relative error over the rows. Widths: of a query, and of an output.
Result<double> attention_error(const std::vector<AttentionRow>& rows, int query_width, int output_width, cudaStream_t stream);

}  // namespace gpufleet::hw::cuda
