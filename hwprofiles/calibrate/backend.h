// What the calibration driver asks of a device. A back end prepares one kernel at a time on random inputs, proves it right
// against an FP64 reference, and times runs of it; grids, statistics, plausibility and files are the driver's.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/result.h"
#include "hwprofiles/accelerator.h"
#include "hwprofiles/kernel.h"

namespace gpufleet::hw {

/// The device as its driver describes it; 0 or empty where it does not say.
struct DeviceDescription {
  std::string id;    ///< "cpu", "cuda:0"
  std::string name;  ///< the vendor's, e.g. "NVIDIA H200", "CPU Intel Xeon Processor, 2 threads"
  std::string vendor;
  std::string driver;  ///< driver and runtime versions
  std::string architecture;
  Family family = Family::other;
  int units = 0;  ///< SMs, or threads used
  double clock_hz = 0;
  Bytes memory;
  Bytes last_level_cache;
  int peers = 1;  ///< devices that a collective can span, this one included
  /// Ceilings from units and clocks that no kernel can pass; 0 = unknown. Indexed by Dtype.
  std::array<double, 9> flops_ceiling{};
  double bandwidth_ceiling = 0;  ///< bytes per second of the memory
};

/// One kernel with inputs in the device's memory: several disjoint sets, together larger than the last-level cache (or one set,
/// if one is that large), so that no run finds its inputs cached by the last.
class PreparedKernel {
 public:
  PreparedKernel() = default;
  PreparedKernel(const PreparedKernel&) = delete;
  PreparedKernel& operator=(const PreparedKernel&) = delete;
  virtual ~PreparedKernel() = default;

  /// Library and version, as measurements name it.
  [[nodiscard]] virtual std::string engine() const = 0;
  /// Runs one set and compares sampled outputs with an FP64 reference computed from the same inputs: root mean square of the
  /// difference over that of the reference.
  virtual Result<double> relative_error() = 0;
  /// Seconds that `runs` consecutive runs take, each on the next set. Precondition: runs > 0.
  virtual Result<double> time(int runs) = 0;
};

class CalibrationBackend {
 public:
  CalibrationBackend() = default;
  CalibrationBackend(const CalibrationBackend&) = delete;
  CalibrationBackend& operator=(const CalibrationBackend&) = delete;
  virtual ~CalibrationBackend() = default;

  [[nodiscard]] virtual const DeviceDescription& device() const = 0;
  /// No value when the device cannot run the kernel, with the reason. One kernel is prepared at a time.
  virtual Result<std::unique_ptr<PreparedKernel>> prepare(const Kernel& kernel) = 0;
};

}  // namespace gpufleet::hw
