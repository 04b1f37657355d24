// The CUDA back end lives in a library of its own (libgpufleet_cuda.so, beside the program or in ../lib), loaded only when a
// CUDA device is asked for: the program itself starts without any CUDA library and runs where there is none.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "hwprofiles/calibrate/backend.h"

namespace gpufleet::hw {

/// Names of the CUDA devices in their order, or why there are none (no library, no driver, no device).
Result<std::vector<std::string>> cuda_device_names();
/// The back end of one device. The library stays loaded to the program's end.
Result<std::unique_ptr<CalibrationBackend>> make_cuda_backend(int index);

/// What the library exports under the C name "gpufleet_cuda_module"; `version` guards against a library of another build.
inline constexpr int kCudaModuleVersion = 1;
struct CudaModule {
  int version = 0;
  Result<std::vector<std::string>> (*device_names)() = nullptr;
  Result<std::unique_ptr<CalibrationBackend>> (*make_backend)(int index) = nullptr;
};

}  // namespace gpufleet::hw
