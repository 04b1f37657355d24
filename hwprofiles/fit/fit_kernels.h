// From measured rows to fits: groups rows by accelerator, slot and engine, fits the form, smooths the residual, and measures the
// spread on rows left out. The same code serves the shipped fits and a user's calibration.
#pragma once

#include <span>
#include <vector>

#include "hwprofiles/kernel_fits.h"
#include "hwprofiles/measurement.h"

namespace gpufleet::hw::fit {

/// The stable 64-bit hash of a row's accelerator, slot and shape (not of its time): splits rows into folds and picks those that
/// are set aside for validation, the same on every machine.
std::uint64_t shape_hash(const Measurement& row);

/// Quality of one fit on rows that it did not see.
struct FitQuality {
  std::string accelerator, engine;
  Slot slot = Slot::gemm_bf16;
  std::int64_t rows = 0;
  double median_error = 0, p90_error = 0, bias = 0;  ///< of |predicted / measured - 1|; bias of ln(measured / predicted)
  double form_median_error = 0;                      ///< of the form alone, on the rows it was fitted to
  double coverage = 0;                               ///< share of left-out rows inside the 10-90 % interval
};

/// One fitted row as folds without it predict it.
struct LeftOutRow {
  const Measurement* row = nullptr;  ///< into the rows given
  double predicted = 0, form = 0;    ///< seconds; `form` without the residual grid
};

struct FitReport {
  AcceleratorFits fits;
  std::vector<FitQuality> quality;
  std::vector<LeftOutRow> left_out;
};

/// Fits every slot and engine that has rows of this accelerator; start values come from `donors` where they have the slot. Rows
/// of other accelerators are ignored. The engine with the most rows in a slot becomes primary, unless `preferred` names one. Rows
/// must be sound (see measurement.h).
FitReport fit_accelerator(const Accelerator& accelerator, std::span<const Measurement> rows, const KernelFits& donors,
                          std::span<const std::string> preferred);

}  // namespace gpufleet::hw::fit
