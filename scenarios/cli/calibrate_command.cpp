// `gpufleet calibrate`: real kernels on the device at hand, as measurements, with the quality of the fit made from them.
#include <fmt/format.h>
#include <algorithm>
#include <ctime>
#include <filesystem>
#include <utility>

#include "hwprofiles/calibrate/user_calibrations.h"
#include "hwprofiles/kernel_fits.h"
#include "scenarios/chip_data.h"
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

double percent(double share) { return 100 * share; }

// One row a fit: how far it is from rows that it did not see (five-fold cross-validation).
std::string quality_text(const std::vector<hw::fit::FitReport>& reports) {
  TextTable table({{"device", Align::left},
                   {"kernel", Align::left},
                   {"engine", Align::left},
                   {"rows", Align::right},
                   {"median error", Align::right},
                   {"p90", Align::right},
                   {"inside 10-90 %", Align::right}});
  for (const hw::fit::FitReport& report : reports)
    for (const hw::fit::FitQuality& fit : report.quality)
      table.row({fit.accelerator, std::string(hw::name(fit.slot)), fit.engine, fmt::format("{}", fit.rows),
                 fmt::format("{:.1f} %", percent(fit.median_error)), fmt::format("{:.1f} %", percent(fit.p90_error)),
                 fmt::format("{:.0f} %", percent(fit.coverage))});
  return table.str();
}

// What the device was found to do at its best, where no catalog says it.
std::string devices_text(const hw::CalibrationRun& run) {
  TextTable table({{"device", Align::left},
                   {"in the catalog", Align::left},
                   {"kernels", Align::right},
                   {"FP32 GFLOP/s", Align::right},
                   {"memory GB/s", Align::right}});
  for (const hw::CalibratedDevice& device : run.devices) {
    const auto is_its = [&](const hw::Measurement& row) { return row.accelerator == device.accelerator.name; };
    table.row({device.accelerator.name, device.in_catalog ? "yes" : "no",
               fmt::format("{}", std::ranges::count_if(run.measurements, is_its)),
               fmt::format("{:.0f}", device.accelerator.peak(hw::Dtype::fp32).value() / 1e9),
               fmt::format("{:.1f}", device.accelerator.memory_bandwidth.value() / 1e9)});
  }
  return table.str();
}

}  // namespace

int calibrate_command(const CalibrateOptions& options, Console& console, std::stop_token stop) {
  DataPaths shipped = find_data();
  const std::filesystem::path folder = std::exchange(shipped.user, {});  // what was calibrated before is measured anew
  const Result<std::vector<hw::Accelerator>> catalog = load_chips(shipped);
  const Result<hw::KernelFits> fits = load_fits(shipped);
  console.diagnose(catalog.diagnostics());
  console.diagnose(fits.diagnostics());
  if (!catalog || !fits) return kInternal;
  hw::CalibrationOptions calibration;
  calibration.device = options.device.empty() ? hw::calibration_devices().devices.front().id : options.device;
  calibration.effort = options.quick ? hw::Effort::quick : hw::Effort::full;
  calibration.date = today();
  calibration.catalog = *catalog;
  const RunControl control{stop, [&](double fraction, std::string_view what) { console.progress(fraction, what); }};
  const Result<hw::CalibrationRun> run = hw::calibrate(calibration, control);
  console.end_progress();
  if (control.stopped()) return kInterrupted;
  console.diagnose(run.diagnostics());
  if (!run) return kBadInput;
  console.diagnose(run->warnings);
  const std::vector<hw::fit::FitReport> reports = hw::fit_calibration(*run, *fits);
  if (control.stopped()) return kInterrupted;
  if (!options.out.empty()) {
    const Diagnostics problems = hw::write_measurements(options.out, run->measurements);
    console.diagnose(problems);
    if (has_errors(problems)) return kBadInput;
  }
  console.print(devices_text(*run) + "\nErrors on rows left out of the fit:\n" + quality_text(reports));
  if (folder.empty()) {
    console.diagnose({.severity = Severity::warning,
                      .message = "the profile was not kept: neither XDG_DATA_HOME nor HOME names a folder",
                      .hint = {}});
    return kDone;
  }
  const Diagnostics problems = hw::store_calibration(folder, *run, reports);
  console.diagnose(problems);
  if (has_errors(problems)) return kBadInput;
  console.print(fmt::format("\nKept in {}; used wherever the device is named.\n", (folder / "calibrations").string()));
  return kDone;
}

}  // namespace gpufleet::scenarios::cli
