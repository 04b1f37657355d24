// Which shapes a calibration measures. Chosen to identify the parameters of the kernel-time model: launch (tiny), bandwidth
// (few rows, wide weights), tensor rate (large), tile and wave quantisation (sizes off the tile), split-K (small m·n, long k).
#pragma once

#include <vector>

#include "hwprofiles/calibrate/backend.h"

namespace gpufleet::hw {

/// `quick` ends within a minute on a laptop; `full` takes about ten.
enum class Effort : std::uint8_t { quick, full };

/// Eigen products in FP32 and FP64, copies and triads; nothing that needs more than `device.memory`.
std::vector<Kernel> cpu_grid(const DeviceDescription& device, Effort effort);
/// GEMM (BF16, and FP8 from Ada on), grouped GEMM, attention, MLA decode, streams, and collectives where there are peers.
std::vector<Kernel> cuda_grid(const DeviceDescription& device, Effort effort);

}  // namespace gpufleet::hw
