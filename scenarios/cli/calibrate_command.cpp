// `gpufleet calibrate`: real kernels on the device at hand, as measurements, with the quality of the fit made from them.
#include <fmt/format.h>
#include <cstdlib>
#include <ctime>
#include <filesystem>

#include "hwprofiles/calibrate/user_calibrations.h"
#include "hwprofiles/kernel_fits.h"
#include "scenarios/catalogs.h"
#include "scenarios/cli/commands.h"
#include "scenarios/output/text_table.h"

namespace gpufleet::scenarios::cli {
namespace {

std::string today() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  return fmt::format("{:04}-{:02}-{:02}", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday);
}

// A folder of the user's own (XDG base directory specification), empty if there is no home.
std::filesystem::path user_data_folder() {
  if (const char* data = std::getenv("XDG_DATA_HOME"); data != nullptr && *data != '\0')
    return std::filesystem::path(data) / "gpufleet";
  if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0')
    return std::filesystem::path(home) / ".local" / "share" / "gpufleet";
  return {};
}

}  // namespace

int calibrate_command(const CalibrateOptions& options, Console& console, std::stop_token stop) {
  const DataPaths data = find_data();
  const Result<Catalogs> catalogs = load_catalogs(data);
  const Result<hw::KernelFits> shipped = hw::load_kernel_fits(data.hardware / "kernel_fits");
  console.diagnose(catalogs.diagnostics());
  console.diagnose(shipped.diagnostics());
  if (!catalogs || !shipped) return kInternal;
  hw::CalibrationOptions calibration;
  calibration.device = options.device.empty() ? hw::calibration_devices().devices.front().id : options.device;
  calibration.effort = options.quick ? hw::Effort::quick : hw::Effort::full;
  calibration.date = today();
  calibration.catalog = catalogs->accelerators;
  const RunControl control{stop, [&](double fraction, std::string_view what) { console.progress(fraction, what); }};
  const Result<hw::CalibrationRun> run = hw::calibrate(calibration, control);
  console.end_progress();
  if (control.stopped()) return kInterrupted;
  console.diagnose(run.diagnostics());
  if (!run) return kBadInput;
  console.diagnose(run->warnings);
  if (!options.out.empty()) {
    const Diagnostics problems = hw::write_measurements(options.out, run->measurements);
    console.diagnose(problems);
    if (has_errors(problems)) return kBadInput;
  }
  const auto reports = hw::fit_calibration(*run, *shipped);
  TextTable devices({{"device", Align::left}, {"in the catalog", Align::left}, {"measured kernels", Align::right}});
  for (const hw::CalibratedDevice& device : run->devices) {
    std::size_t rows = 0;
    for (const hw::Measurement& row : run->measurements) rows += row.accelerator == device.accelerator.name ? 1 : 0;
    devices.row({device.accelerator.name, device.in_catalog ? "yes" : "no", fmt::format("{}", rows)});
  }
  console.print(devices.str());
  const std::filesystem::path folder = user_data_folder();
  if (folder.empty()) return kDone;
  const Diagnostics problems = hw::store_calibration(folder, *run, reports);
  console.diagnose(problems);
  return has_errors(problems) ? kBadInput : kDone;
}

}  // namespace gpufleet::scenarios::cli
