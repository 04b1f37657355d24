// Chooses the back end, runs the driver, and turns timed kernels into measurements under the accelerator's name.
#include "hwprofiles/calibrate/calibrate.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>

#include "hwprofiles/calibrate/cpu_backend.h"
#include "hwprofiles/calibrate/cpu_machine.h"
#include "hwprofiles/calibrate/cuda_module.h"
#include "hwprofiles/calibrate/device_accelerator.h"
#include "hwprofiles/calibrate/measure.h"

namespace gpufleet::hw {

namespace {

constexpr std::string_view kCudaPrefix = "cuda:";
constexpr const char* kLicence = "own";

Diagnostic unknown_device(const std::string& id) {
  std::vector<std::string> ids;
  for (const CalibrationDevice& device : calibration_devices().devices) ids.push_back(device.id);
  return {.key = "device",
          .message = fmt::format("no device \"{}\"; known here: {}", id, fmt::join(ids, ", ")),
          .hint = did_you_mean(id, ids)};
}

std::string source_of(const DeviceDescription& device, const std::string& date) {
  std::string text = "gpufleet calibrate on " + device.name;
  if (!device.driver.empty()) text += "; " + device.driver;
  if (device.clock_hz > 0) text += fmt::format("; {:.0f} MHz", device.clock_hz / 1e6);
  return date.empty() ? text : text + "; " + date;
}

/// The part [begin, end] of a longer run's progress.
RunControl part_of(const RunControl& control, double begin, double end) {
  return {.stop = control.stop, .progress = [&control, begin, end](double fraction, std::string_view what) {
            control.report(begin + (end - begin) * fraction, what);
          }};
}

/// Adds what the back end measures on its grid to `run`; errors as measure_grid.
Diagnostics add_device(CalibrationBackend& backend, const std::vector<Kernel>& grid, const TimingPlan& plan,
                       const CalibrationOptions& options, const RunControl& control, CalibrationRun& run) {
  const auto start = std::chrono::steady_clock::now();
  const Stopwatch elapsed = [start] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count(); };
  Result<MeasuredGrid> measured = measure_grid(backend, grid, plan, elapsed, control);
  if (!measured) return measured.diagnostics();
  const DeviceDescription& device = backend.device();
  const std::string source = source_of(device, options.date);
  const std::optional<Accelerator> known = catalog_match(device, options.catalog);
  CalibratedDevice calibrated{.description = device,
                              .accelerator = known ? *known : measured_accelerator(device, measured->kernels, source),
                              .in_catalog = known.has_value()};
  for (const TimedKernel& timed : measured->kernels)
    run.measurements.push_back({.accelerator = calibrated.accelerator.name,
                                .kernel = timed.kernel,
                                .latency_us = timed.seconds * 1e6,
                                .engine = timed.engine,
                                .source = source,
                                .licence = kLicence});
  run.devices.push_back(std::move(calibrated));
  run.warnings.insert(run.warnings.end(), measured->warnings.begin(), measured->warnings.end());
  return {};
}

Result<CalibrationRun> calibrate_cpu(const CalibrationOptions& options, const RunControl& control) {
  std::vector<int> teams{1};
  if (usable_threads() > 1) teams.push_back(usable_threads());
  CalibrationRun run;
  for (std::size_t i = 0; i < teams.size(); ++i) {
    const std::unique_ptr<CalibrationBackend> backend = make_cpu_backend(cpu_description(teams[i]));
    const auto count = static_cast<double>(teams.size());
    const RunControl part = part_of(control, static_cast<double>(i) / count, static_cast<double>(i + 1) / count);
    Diagnostics errors =
        add_device(*backend, cpu_grid(backend->device(), options.effort), shared_timing_plan(options.effort), options, part, run);
    if (!errors.empty()) return errors;
  }
  return run;
}

Result<CalibrationRun> calibrate_cuda(const CalibrationOptions& options, const RunControl& control) {
  const std::string_view number = std::string_view(options.device).substr(kCudaPrefix.size());
  int index = -1;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), index);
  if (error != std::errc() || end != number.data() + number.size() || index < 0) return unknown_device(options.device);
  const Result<std::vector<std::string>> names = cuda_device_names();
  if (!names) return names.diagnostics();
  if (index >= static_cast<int>(names->size())) return unknown_device(options.device);
  const Result<std::unique_ptr<CalibrationBackend>> backend = make_cuda_backend(index);
  if (!backend) return backend.diagnostics();
  CalibrationRun run;
  const std::vector<Kernel> grid = cuda_grid((*backend)->device(), options.effort);
  Diagnostics errors = add_device(**backend, grid, timing_plan(options.effort), options, control, run);
  if (!errors.empty()) return errors;
  return run;
}

}  // namespace

CalibrationDevices calibration_devices() {
  CalibrationDevices found;
  const Result<std::vector<std::string>> names = cuda_device_names();
  if (names)
    for (std::size_t i = 0; i < names->size(); ++i) found.devices.push_back({fmt::format("{}{}", kCudaPrefix, i), (*names)[i]});
  else if (!names.diagnostics().empty())
    found.no_cuda_reason = names.diagnostics().front().message;
  found.devices.push_back({"cpu", cpu_description(usable_threads()).name});
  return found;
}

Result<CalibrationRun> calibrate(const CalibrationOptions& options, const RunControl& control) {
  if (options.device == "cpu") return calibrate_cpu(options, control);
  if (options.device.starts_with(kCudaPrefix)) return calibrate_cuda(options, control);
  return unknown_device(options.device);
}

}  // namespace gpufleet::hw
