// The processor as a device: Eigen products in FP32 and FP64, copies and triads in the manner of STREAM (McCalpin 1995), on one
// thread or on a team.
#pragma once

#include <memory>

#include "hwprofiles/calibrate/backend.h"

namespace gpufleet::hw {

/// `device` is a cpu_description; the back end runs on device.units threads.
std::unique_ptr<CalibrationBackend> make_cpu_backend(DeviceDescription device);

}  // namespace gpufleet::hw
