// The driver: takes a back end through a grid. Each kernel is proved right before it is timed; its time is the median of many
// samples, each a batch of runs long enough for the clock; impossible rates and unsteady times are told, never smoothed over.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/run_control.h"
#include "hwprofiles/calibrate/backend.h"
#include "hwprofiles/calibrate/grid.h"

namespace gpufleet::hw {

struct TimingPlan {
  int rounds = 1;  ///< times that the whole grid is taken; a kernel's time is the median over them
  /// Which of a round's samples counts, as a share of those that are shorter: the median on a device of one's own; few on a
  /// processor, where other programs can only lengthen a sample.
  double sample_quantile = 0.5;
  int least_samples = 5;
  int most_samples = 51;
  double sample_seconds = 1e-3;  ///< a sample batches runs until it lasts this long
  double kernel_seconds = 0.1;   ///< a round's sampling of one kernel ends here once least_samples are in
  double total_seconds = 25;     ///< kernels not taken once by then are skipped, with a warning; further rounds without
};
/// For a device that runs nothing else.
TimingPlan timing_plan(Effort effort);
/// For a processor, which other programs share.
TimingPlan shared_timing_plan(Effort effort);

struct TimedKernel {
  Kernel kernel;
  double seconds = 0;         ///< median over the rounds of each round's quantile
  double spread = 1;          ///< 90 % quantile over 10 % quantile of all samples
  double round_spread = 1;    ///< longest over shortest round
  double relative_error = 0;  ///< against the FP64 reference
  int samples = 0;
  std::string engine;
};

struct MeasuredGrid {
  std::vector<TimedKernel> kernels;
  Diagnostics warnings;  ///< what was left out and why, and what was unsteady
};

/// Largest relative error (see PreparedKernel) of a right kernel: rounding of the type, its products and its output; a wrong one
/// on random data is off by order 1.
double error_tolerance(const Kernel& kernel);

/// Why the time cannot be: a rate above the device's ceilings; empty if it can. Memory's ceiling holds for kernels whose bytes
/// exceed the last-level cache.
std::string implausible_reason(const Kernel& kernel, double seconds, const DeviceDescription& device);

/// Seconds since any fixed moment, never going back.
using Stopwatch = std::function<double()>;

/// Stops between samples when asked to; then there is no value. Kernels that the back end cannot prepare, that are wrong or
/// implausible are left out with a warning; an error only if nothing could be measured.
Result<MeasuredGrid> measure_grid(CalibrationBackend& backend, std::span<const Kernel> grid, const TimingPlan& plan,
                                  const Stopwatch& elapsed, const RunControl& control);

}  // namespace gpufleet::hw
