// How long one kernel takes on one accelerator: a fitted, physically interpretable model, pure and allocation-free.
// Equation: launch + max(flops / (peak[dtype]·e_c(shape)), bytes / (bandwidth·e_m(shape))) with tile and wave quantisation.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "hwprofiles/accelerator.h"
#include "hwprofiles/kernel.h"
#include "hwprofiles/kernel_fits.h"
#include "hwprofiles/kernel_machine.h"

namespace gpufleet::hw {

enum class Provenance : std::uint8_t { measured, borrowed, datasheet };
std::string_view name(Provenance provenance);

/// Kernel classes with a fit and a spread of their own; a result's interval is drawn per class.
enum class KernelClass : std::uint8_t {
  gemm_bf16,
  gemm_fp8,
  gemm_other,
  grouped_gemm,
  attention_forward,
  attention_backward,
  mla_decode,
  gqa_decode,
  stream,
  collective
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

/// The kernel times of one accelerator. A value; `time` allocates nothing and never throws.
/// Preconditions of `time`: every length, batch and byte count of the shape is positive, ranks >= 1.
class KernelTimeModel {
 public:
  /// One slot's fit as this accelerator uses it.
  struct Entry {
    Parameters parameters{};
    Correction correction;
    double log_sigma_small = 0, log_sigma = 0;  ///< see is_small
    Provenance provenance = Provenance::datasheet;
    std::string donor;  ///< accelerator whose rows stand behind it
    std::string engine;
    std::int64_t rows = 0;
  };
  using Entries = std::array<Entry, kSlots>;

  KernelTimeModel(const Machine& machine, Entries entries);

  [[nodiscard]] KernelTime time(const Gemm& gemm) const;
  [[nodiscard]] KernelTime time(const GroupedGemm& gemm) const;
  [[nodiscard]] KernelTime time(const Attention& attention) const;
  [[nodiscard]] KernelTime time(const MlaDecode& decode) const;
  [[nodiscard]] KernelTime time(const GqaDecode& decode) const;
  [[nodiscard]] KernelTime time(const Stream& stream) const;
  [[nodiscard]] KernelTime time(const Collective& collective) const;
  [[nodiscard]] KernelTime time(const Kernel& kernel) const;
  /// With only a share of the SMs left (communication kernels hold the rest): compute slows in proportion, with waves over the
  /// remaining SMs; memory-bound kernels hardly do, for fewer SMs still fill the memory pipe.
  [[nodiscard]] KernelTime time(const Kernel& kernel, SmShare share) const;

  [[nodiscard]] const Entry& entry(Slot slot) const { return entries_[static_cast<std::size_t>(slot)]; }
  [[nodiscard]] const Machine& machine() const { return machine_; }

 private:
  Machine machine_;
  Entries entries_;
};

/// A chip with rows of its own is `measured`; else it takes its family's nearest fit with its own SMs, clock, bandwidth and
/// peaks (`borrowed`); without a family, the nearest of any (`datasheet`). Precondition: `fits` covers every slot somewhere.
KernelTimeModel make_kernel_time_model(const Accelerator& accelerator, const KernelFits& fits);
/// The same with the named engine's fits wherever the chip or its donor has them.
KernelTimeModel make_kernel_time_model(const Accelerator& accelerator, const KernelFits& fits, std::string_view engine);

}  // namespace gpufleet::hw
