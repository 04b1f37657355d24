// `gpufleet calibrate`: real kernels on the device at hand, as measurements in the common form, and the device as an accelerator.
#pragma once

#include <string>
#include <vector>

#include "core/result.h"
#include "core/run_control.h"
#include "hwprofiles/accelerator.h"
#include "hwprofiles/calibrate/backend.h"
#include "hwprofiles/calibrate/grid.h"
#include "hwprofiles/measurement.h"

namespace gpufleet::hw {

struct CalibrationOptions {
  std::string device = "cpu";  ///< "cpu", "cuda:0"
  Effort effort = Effort::full;
  std::string date;  ///< ISO date for the measurements' source; the caller's, since nothing here reads a clock of the day
  /// Chips of the catalog: a device that is one of them takes its name. May be empty.
  std::vector<Accelerator> catalog;
};

struct CalibrationDevice {
  std::string id;    ///< what CalibrationOptions::device takes
  std::string name;  ///< e.g. "NVIDIA H200"
};
struct CalibrationDevices {
  std::vector<CalibrationDevice> devices;  ///< the CPU last; never empty
  std::string no_cuda_reason;              ///< why no CUDA device is listed; empty if one is
};
CalibrationDevices calibration_devices();

/// One accelerator that was measured. The CPU is two: on one thread and on all.
struct CalibratedDevice {
  DeviceDescription description;
  Accelerator accelerator;  ///< the catalog's, or one made from the description and the best measured rates
  bool in_catalog = false;
};

struct CalibrationRun {
  std::vector<CalibratedDevice> devices;
  std::vector<Measurement> measurements;  ///< of all devices, by accelerator name, in the grid's order
  Diagnostics warnings;                   ///< kernels left out and why; unsteady ones
};

/// Measures the grid of the effort. No value: an unknown device (with the known ones in the hint), a stop, or nothing measurable.
Result<CalibrationRun> calibrate(const CalibrationOptions& options, const RunControl& control);

}  // namespace gpufleet::hw
