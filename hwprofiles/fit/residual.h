// The residual grid: a Gaussian process over log2 of the shape (exponential kernel, one length an axis) smooths ln(measured /
// form) and is read off on a coarse grid. Lengths and noise are chosen by leave-one-out error. Rasmussen & Williams 2006, ch.
// 2, 5.
#pragma once

#include <span>
#include <vector>

#include "hwprofiles/kernel_correction.h"

namespace gpufleet::hw::fit {

struct ResidualPoint {
  Features at;
  double residual = 0;
};

/// What leave-one-out found best; reused for folds of the same rows.
struct Smoothing {
  std::vector<double> lengths;  ///< in octaves, one an axis
  double noise = 0.1;           ///< variance of a row's own noise over the smooth part's
};

Smoothing choose_smoothing(std::span<const ResidualPoint> points);
/// Empty where there are fewer than kFewestRows rows. Beyond the data the grid has one more knot where the smooth part has faded.
Correction smooth_residuals(std::span<const ResidualPoint> points, const Smoothing& smoothing);

inline constexpr std::size_t kFewestRows = 12;

}  // namespace gpufleet::hw::fit
