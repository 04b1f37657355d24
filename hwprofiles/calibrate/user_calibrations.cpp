// Folders and files of the calibrations; the forms themselves belong to the readers and writers that this calls.
#include "hwprofiles/calibrate/user_calibrations.h"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "core/check.h"
#include "core/random.h"
#include "hwprofiles/accelerator_catalog.h"
#include "hwprofiles/atomic_file.h"
#include "hwprofiles/calibrate/accelerator_toml.h"

namespace gpufleet::hw {

namespace {

struct Folders {
  explicit Folders(const std::filesystem::path& data_directory)
      : measurements(data_directory / "calibrations" / "measurements"),
        fits(data_directory / "calibrations" / "kernel_fits"),
        accelerators(data_directory / "calibrations" / "accelerators") {}
  std::filesystem::path measurements, fits, accelerators;
};

/// Whether the folder holds a file with that extension.
bool holds(const std::filesystem::path& folder, std::string_view extension) {
  std::error_code failed;
  for (std::filesystem::directory_iterator entry(folder, failed), end; !failed && entry != end; entry.increment(failed))
    if (entry->path().extension() == extension) return true;
  return false;
}

Diagnostics make_folders(const Folders& folders) {
  for (const auto& folder : {folders.measurements, folders.fits, folders.accelerators}) {
    std::error_code failed;
    std::filesystem::create_directories(folder, failed);
    if (failed) return {{.where = {.file = folder.string()}, .message = "cannot make the folder: " + failed.message()}};
  }
  return {};
}

}  // namespace

std::string calibration_file_stem(std::string_view accelerator) {
  constexpr std::size_t kLongest = 80;  // file systems take 255
  std::string stem;
  for (const char c : accelerator.substr(0, kLongest)) {
    const bool is_upper = c >= 'A' && c <= 'Z';
    if (is_upper || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
      stem += is_upper ? static_cast<char>(c - 'A' + 'a') : c;
    else if (!stem.empty() && stem.back() != '-')
      stem += '-';
  }
  while (!stem.empty() && stem.back() == '-') stem.pop_back();
  return fmt::format("{}-{:06x}", stem, stable_hash(accelerator) & 0xffffffU);
}

std::vector<fit::FitReport> fit_calibration(const CalibrationRun& run, const KernelFits& shipped) {
  std::vector<fit::FitReport> reports;
  for (const CalibratedDevice& device : run.devices)
    reports.push_back(fit::fit_accelerator(device.accelerator, run.measurements, shipped, {}));
  return reports;
}

Diagnostics store_calibration(const std::filesystem::path& data_directory, const CalibrationRun& run,
                              const std::vector<fit::FitReport>& reports) {
  check(reports.size() == run.devices.size(), "one report a device");
  const Folders folders(data_directory);
  if (Diagnostics errors = make_folders(folders); !errors.empty()) return errors;
  for (std::size_t i = 0; i < run.devices.size(); ++i) {
    const CalibratedDevice& device = run.devices[i];
    const std::string stem = calibration_file_stem(device.accelerator.name);
    std::vector<Measurement> rows;
    for (const Measurement& row : run.measurements)
      if (row.accelerator == device.accelerator.name) rows.push_back(row);
    if (Diagnostics errors = write_measurements(folders.measurements / (stem + ".csv"), rows); !errors.empty()) return errors;
    if (!device.in_catalog) {
      const std::string text = accelerator_to_toml(device.accelerator);
      if (Diagnostics errors = write_file_atomically(folders.accelerators / (stem + ".toml"), text); !errors.empty())
        return errors;
    }
    const std::string text = to_toml(reports[i].fits);
    if (Diagnostics errors = write_file_atomically(folders.fits / (stem + ".toml"), text); !errors.empty()) return errors;
  }
  return {};
}

std::filesystem::path user_accelerators(const std::filesystem::path& data_directory) {
  return Folders(data_directory).accelerators;
}

Result<UserCalibrations> load_user_calibrations(const std::filesystem::path& data_directory) {
  const Folders folders(data_directory);
  UserCalibrations user;
  if (holds(folders.accelerators, ".toml")) {
    Result<std::vector<Accelerator>> accelerators = load_accelerators(folders.accelerators);
    if (!accelerators) return accelerators.diagnostics();
    user.accelerators = std::move(accelerators).value();
  }
  if (holds(folders.fits, ".toml")) {
    Result<KernelFits> fits = load_kernel_fits(folders.fits);
    if (!fits) return fits.diagnostics();
    user.fits = std::move(fits->accelerators);
  }
  return user;
}

Result<std::vector<Measurement>> load_user_measurements(const std::filesystem::path& data_directory,
                                                        std::string_view accelerator) {
  const std::filesystem::path file = Folders(data_directory).measurements / (calibration_file_stem(accelerator) + ".csv");
  std::error_code failed;
  if (!std::filesystem::exists(file, failed)) return std::vector<Measurement>{};
  return load_measurements(file);
}

KernelFits with_user_fits(KernelFits shipped, const std::vector<AcceleratorFits>& user) {
  for (const AcceleratorFits& own : user) {
    const auto chip = std::ranges::find(shipped.accelerators, own.accelerator, &AcceleratorFits::accelerator);
    if (chip == shipped.accelerators.end()) {
      shipped.accelerators.push_back(own);
      continue;
    }
    for (const KernelFit& fit : own.fits) {
      std::erase_if(chip->fits, [&](const KernelFit& other) { return other.slot == fit.slot && other.engine == fit.engine; });
      if (fit.primary)
        for (KernelFit& other : chip->fits)
          if (other.slot == fit.slot) other.primary = false;
      chip->fits.push_back(fit);
    }
  }
  return shipped;
}

std::vector<Accelerator> with_user_accelerators(std::vector<Accelerator> shipped, const std::vector<Accelerator>& user) {
  for (const Accelerator& own : user)
    if (!find_accelerator(shipped, own.name)) shipped.push_back(own);
  return shipped;
}

}  // namespace gpufleet::hw
