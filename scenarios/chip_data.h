// Chips and their kernel-time fits: the shipped ones, and what the user measured with `gpufleet calibrate`.
#pragma once

#include <vector>

#include "core/result.h"
#include "hwprofiles/accelerator.h"
#include "hwprofiles/calibrate/user_calibrations.h"
#include "hwprofiles/kernel_fits.h"
#include "scenarios/data_paths.h"

namespace gpufleet::scenarios {

/// Empty where the user has no folder or never calibrated. Errors: every broken file.
Result<hw::UserCalibrations> load_user(const DataPaths& data);
/// The shipped accelerators, and after them those that only the user's calibrations know. Errors: every broken file.
Result<std::vector<hw::Accelerator>> load_chips(const DataPaths& data);
/// The shipped kernel-time fits, with the user's in front of those of the same chip and kernel class. Errors: every broken file.
Result<hw::KernelFits> load_fits(const DataPaths& data);

}  // namespace gpufleet::scenarios
