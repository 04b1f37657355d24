// Predicted against measured: errors by class and chip, coverage of the interval, and leave-one-chip-out, over any rows in the
// measurement form. Pure; the shipped rows are data/kernel_validation/*.csv and were never used in a fit.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "hwprofiles/accelerator.h"
#include "hwprofiles/kernel_time.h"
#include "hwprofiles/measurement.h"

namespace gpufleet::hw {

struct KernelComparison {
  const Measurement* row = nullptr;                       ///< into the rows given
  double measured = 0, predicted = 0, low = 0, high = 0;  ///< seconds; low and high are the 10 % and 90 % quantiles
  double log_sigma = 0;
  Provenance provenance = Provenance::datasheet;
  std::string donor;  ///< accelerator whose rows stand behind the prediction
  /// predicted / measured - 1
  [[nodiscard]] double error() const { return predicted / measured - 1; }
  [[nodiscard]] bool covered() const { return low <= measured && measured <= high; }
};

/// One comparison a row, in order. A row's engine chooses its fit where one exists. Rows of accelerators that `catalog` lacks are
/// skipped and named in `unknown`, each name once.
std::vector<KernelComparison> compare_kernels(std::span<const Measurement> rows, std::span<const Accelerator> catalog,
                                              const KernelFits& fits, std::vector<std::string>& unknown);

/// The same with the fits of the row's own chip taken away, and those of its siblings under one product name (H20 and H20-3e):
/// what borrowing would have said. The same engine's fit on a donor stands in where there is one, else the donor's primary.
std::vector<KernelComparison> compare_left_out(std::span<const Measurement> rows, std::span<const Accelerator> catalog,
                                               const KernelFits& fits, std::vector<std::string>& unknown);

/// Validation groups: what issue-level goals are stated for.
std::string validation_group(const Measurement& row);

struct KernelErrors {
  std::string group, accelerator;  ///< accelerator empty: all
  std::size_t rows = 0;
  double median_error = 0, p90_error = 0, bias = 0, coverage = 0;  ///< bias: median of predicted / measured - 1
  Provenance provenance = Provenance::datasheet;                   ///< the weakest among the rows
};

/// One line a group over all chips, then one a group and chip, both in alphabetical order.
std::vector<KernelErrors> summarise(std::span<const KernelComparison> comparisons);

/// A Markdown table of the above, for README.md and the terminal.
std::string errors_markdown(std::span<const KernelErrors> errors);

}  // namespace gpufleet::hw
