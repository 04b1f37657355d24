// A user's calibrations, kept in their data directory and used when their accelerator is named:
//   DIR/calibrations/measurements/NAME.csv  the measured rows        (measurement.h)
//   DIR/calibrations/kernel_fits/NAME.toml  the fits made from them  (kernel_fits.h)
//   DIR/calibrations/accelerators/NAME.toml the device, if the shipped catalog lacks it (accelerator_catalog.h)
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "hwprofiles/calibrate/calibrate.h"
#include "hwprofiles/fit/fit_kernels.h"
#include "hwprofiles/kernel_fits.h"

namespace gpufleet::hw {

/// One report a calibrated device, in the run's order: fits, and their errors on rows left out. `shipped` gives start values.
std::vector<fit::FitReport> fit_calibration(const CalibrationRun& run, const KernelFits& shipped);

/// Makes the folders and stores every device of the run with its fits; a device calibrated before is replaced. Measurements go
/// first, fits last; every file appears whole or not at all, so that an interruption leaves older or missing fits, never half of
/// one. `reports` come from fit_calibration of the same run. Errors: of the disk.
Diagnostics store_calibration(const std::filesystem::path& data_directory, const CalibrationRun& run,
                              const std::vector<fit::FitReport>& reports);

struct UserCalibrations {
  std::vector<Accelerator> accelerators;  ///< devices that the shipped catalog lacks
  std::vector<AcceleratorFits> fits;
};
/// Where chips of the user's own lie, one TOML file each.
std::filesystem::path user_accelerators(const std::filesystem::path& data_directory);

/// Empty where nothing was ever stored. Errors: files that do not read, each with its place.
Result<UserCalibrations> load_user_calibrations(const std::filesystem::path& data_directory);

/// The rows behind one accelerator's calibration; empty if there is none.
Result<std::vector<Measurement>> load_user_measurements(const std::filesystem::path& data_directory,
                                                        std::string_view accelerator);

/// The shipped fits with the user's in front: a slot that the user measured on a chip is theirs, the shipped fit of it stays for
/// those who ask for its engine.
KernelFits with_user_fits(KernelFits shipped, const std::vector<AcceleratorFits>& user);
/// The shipped catalog with the user's devices; a shipped chip of the same name stays.
std::vector<Accelerator> with_user_accelerators(std::vector<Accelerator> shipped, const std::vector<Accelerator>& user);

/// NAME in file names: letters and digits in lower case, '-' for each run of anything else, and a hash against names that meet.
std::string calibration_file_stem(std::string_view accelerator);

}  // namespace gpufleet::hw
