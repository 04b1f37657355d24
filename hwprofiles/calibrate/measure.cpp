// Prove, warm up, choose the batch, sample, take the median, judge.
#include "hwprofiles/calibrate/measure.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "core/statistics.h"
#include "hwprofiles/calibrate/work.h"

namespace gpufleet::hw {

namespace {

/// Samples that spread wider than this between their 10 % and 90 % quantiles are told: another program was probably running.
constexpr double kSteadySpread = 1.5;
/// Clocks are told rounded and boost a little above the told value.
constexpr double kCeilingSlack = 1.05;
/// More runs in a batch than this only delay a stop.
constexpr int kMostRuns = 1 << 16;

Diagnostic warning(const Kernel& kernel, const std::string& message) {
  return {.severity = Severity::warning, .key = describe(kernel), .message = message};
}

Diagnostic stopped() { return {.kind = DiagnosticKind::infeasible, .message = "the calibration was stopped"}; }

std::string reasons(const Diagnostics& diagnostics) {
  std::string text;
  for (const Diagnostic& diagnostic : diagnostics) text += (text.empty() ? "" : "; ") + diagnostic.message;
  return text.empty() ? "no reason given" : text;
}

/// Runs that a sample needs to last `seconds`, by doubling; also warms caches of code, page tables and clocks.
Result<int> batch_size(PreparedKernel& prepared, double seconds) {
  int runs = 1;
  for (;;) {
    const Result<double> took = prepared.time(runs);
    if (!took) return took.diagnostics();
    if (*took >= seconds || runs >= kMostRuns) return runs;
    const double needed = *took > 0 ? seconds / *took * runs : 2.0 * runs;
    runs = static_cast<int>(std::clamp(std::ceil(needed * 1.1), runs + 1.0, std::min<double>(kMostRuns, 16.0 * runs)));
  }
}

/// No value when asked to stop (no diagnostics) or when the device fails.
Result<TimedKernel> time_kernel(PreparedKernel& prepared, const Kernel& kernel, const TimingPlan& plan, const Stopwatch& elapsed,
                                const RunControl& control) {
  const double start = elapsed();
  const Result<int> runs = batch_size(prepared, plan.sample_seconds);
  if (!runs) return runs.diagnostics();
  std::vector<double> samples;
  while (static_cast<int>(samples.size()) < plan.most_samples) {
    if (control.stopped()) return Diagnostics{};
    if (static_cast<int>(samples.size()) >= plan.least_samples && elapsed() - start >= plan.kernel_seconds) break;
    const Result<double> took = prepared.time(*runs);
    if (!took) return took.diagnostics();
    samples.push_back(*took / *runs);
  }
  std::sort(samples.begin(), samples.end());
  const double low = quantile_sorted(samples, 0.1);
  return TimedKernel{.kernel = kernel,
                     .seconds = quantile_sorted(samples, 0.5),
                     .spread = low > 0 ? quantile_sorted(samples, 0.9) / low : INFINITY,
                     .samples = static_cast<int>(samples.size()),
                     .engine = prepared.engine()};
}

/// One kernel from preparation to judgement; no value and no diagnostics when asked to stop.
Result<TimedKernel> measure_kernel(CalibrationBackend& backend, const Kernel& kernel, const TimingPlan& plan,
                                   const Stopwatch& elapsed, const RunControl& control) {
  Result<std::unique_ptr<PreparedKernel>> prepared = backend.prepare(kernel);
  if (!prepared) return warning(kernel, "left out: " + reasons(prepared.diagnostics()));
  const Result<double> error = (*prepared)->relative_error();
  if (!error) return warning(kernel, "left out: " + reasons(error.diagnostics()));
  if (!(*error <= error_tolerance(kernel)))
    return warning(kernel, fmt::format("left out: its result is wrong, off by {:.2g} of the FP64 reference (at most {:.2g})",
                                       *error, error_tolerance(kernel)));
  Result<TimedKernel> timed = time_kernel(**prepared, kernel, plan, elapsed, control);
  if (!timed && timed.diagnostics().empty()) return Diagnostics{};
  if (!timed) return warning(kernel, "left out: " + reasons(timed.diagnostics()));
  timed->relative_error = *error;
  if (const std::string reason = implausible_reason(kernel, timed->seconds, backend.device()); !reason.empty())
    return warning(kernel, "left out: " + reason);
  if (timed->spread <= kSteadySpread) return timed;
  return {std::move(timed).value(),
          {warning(kernel, fmt::format("unsteady: its 10 % and 90 % quantiles are {:.1f} apart in ratio", timed->spread))}};
}

}  // namespace

TimingPlan timing_plan(Effort effort) {
  // Short samples: on a shared machine most then pass undisturbed, and the median is one of those.
  if (effort == Effort::quick)
    return {.least_samples = 5, .most_samples = 201, .sample_seconds = 3e-4, .kernel_seconds = 0.06, .total_seconds = 20};
  return {.least_samples = 11, .most_samples = 201, .sample_seconds = 5e-3, .kernel_seconds = 0.5, .total_seconds = 900};
}

double error_tolerance(const Kernel& kernel) {
  switch (work_of(kernel).dtype) {
    case Dtype::fp64: return 1e-12;
    case Dtype::fp32: return 1e-5;
    case Dtype::tf32: return 2e-3;
    case Dtype::fp16: return 5e-3;
    case Dtype::bf16: return 1e-2;
    // The reference takes the inputs as quantised; what is left is the output's BF16 and the tensor core's short accumulator.
    default: return 2e-2;
  }
}

std::string implausible_reason(const Kernel& kernel, double seconds, const DeviceDescription& device) {
  if (!std::isfinite(seconds) || seconds <= 0) return "its time is not a positive number";
  const KernelWork work = work_of(kernel);
  const double flops_ceiling = device.flops_ceiling[static_cast<std::size_t>(work.dtype)];
  if (flops_ceiling > 0 && work.flops / seconds > kCeilingSlack * flops_ceiling)
    return fmt::format("{:.3g} FLOP/s is above the device's {:.3g}", work.flops / seconds, flops_ceiling);
  const bool beyond_cache = work.bytes > 2.0 * static_cast<double>(device.last_level_cache.value());
  const bool local = !std::holds_alternative<Collective>(kernel);
  if (local && beyond_cache && device.bandwidth_ceiling > 0 && work.bytes / seconds > kCeilingSlack * device.bandwidth_ceiling)
    return fmt::format("{:.3g} B/s is above the memory's {:.3g}", work.bytes / seconds, device.bandwidth_ceiling);
  return {};
}

Result<MeasuredGrid> measure_grid(CalibrationBackend& backend, std::span<const Kernel> grid, const TimingPlan& plan,
                                  const Stopwatch& elapsed, const RunControl& control) {
  MeasuredGrid measured;
  const double start = elapsed();
  for (std::size_t i = 0; i < grid.size(); ++i) {
    if (control.stopped()) return stopped();
    if (elapsed() - start > plan.total_seconds) {
      measured.warnings.push_back({.severity = Severity::warning,
                                   .message = fmt::format("{} of {} kernels were left out: the {:.0f} s for them were spent",
                                                          grid.size() - i, grid.size(), plan.total_seconds)});
      break;
    }
    control.report(static_cast<double>(i) / static_cast<double>(grid.size()), describe(grid[i]));
    Result<TimedKernel> timed = measure_kernel(backend, grid[i], plan, elapsed, control);
    if (!timed && timed.diagnostics().empty()) return stopped();
    measured.warnings.insert(measured.warnings.end(), timed.diagnostics().begin(), timed.diagnostics().end());
    if (timed) measured.kernels.push_back(std::move(timed).value());
  }
  control.report(1.0, "measured");
  if (!measured.kernels.empty()) return measured;
  Diagnostics errors = measured.warnings;
  errors.push_back({.kind = DiagnosticKind::infeasible, .message = "no kernel could be measured on " + backend.device().name});
  return errors;
}

}  // namespace gpufleet::hw
