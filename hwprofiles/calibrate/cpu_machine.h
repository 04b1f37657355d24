// The machine this program runs on, as the operating system describes it (Linux: /proc and /sys; elsewhere what sysconf knows).
#pragma once

#include "hwprofiles/calibrate/backend.h"

namespace gpufleet::hw {

/// Threads that this process may run at once.
int usable_threads();
/// The processor as a device of `threads` threads. Ceilings are generous: no core passes 64 FP32 operations a cycle twofold.
DeviceDescription cpu_description(int threads);

}  // namespace gpufleet::hw
