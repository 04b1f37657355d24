// What a kernel does at the least: floating-point operations and bytes that must move, for time estimates and for the check that
// no measured rate exceeds what the device can do. Textbook counts: 2mnk for a product, every operand moved once.
#pragma once

#include <string>

#include "hwprofiles/kernel.h"

namespace gpufleet::hw {

struct KernelWork {
  double flops = 0;
  double bytes = 0;  ///< operands read once and results written once
  Dtype dtype = Dtype::fp32;
};

KernelWork work_of(const Kernel& kernel);

/// Short text of a kernel for progress and messages, e.g. "gemm bf16 4096x7168x2048".
std::string describe(const Kernel& kernel);

}  // namespace gpufleet::hw
