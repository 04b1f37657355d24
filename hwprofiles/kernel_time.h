// How long one kernel takes on one accelerator: a fitted, physically interpretable model, pure and allocation-free.
// Equation: launch + max(flops / (peak[dtype]·e_c(shape)), bytes / (bandwidth·e_m(shape))) with tile and wave quantisation.
#pragma once

#include <cstdint>
#include <string_view>

#include "hwprofiles/kernel.h"

namespace gpufleet::hw {

enum class Provenance : std::uint8_t { measured, borrowed, datasheet };
std::string_view name(Provenance provenance);

/// Kernel classes with a fit and a spread of their own; a result's interval is drawn per class.
enum class KernelClass : std::uint8_t {
  gemm_bf16, gemm_fp8, gemm_other, grouped_gemm, attention_forward, attention_backward, mla_decode, gqa_decode, stream, collective
};
inline constexpr int kKernelClasses = 10;
std::string_view name(KernelClass kernel_class);
KernelClass class_of(const Kernel& kernel);

/// Median time in seconds; `log_sigma` is the standard deviation of ln(true / median).
struct KernelTime {
  double seconds = 0;
  double log_sigma = 0;
  Provenance provenance = Provenance::datasheet;
};

}  // namespace gpufleet::hw
