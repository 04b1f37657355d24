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

/// What is known of one kernel of the grid so far.
struct Timing {
  const Kernel* kernel = nullptr;
  double relative_error = 0;
  int runs = 0;  ///< of a sample; 0 = not proved yet
  std::string engine;
  std::vector<double> rounds, samples;
  bool dropped = false;
};

/// Samples of one round into `timing`. Errors of the device; asked to stop: no value and no diagnostics.
Result<bool> time_round(PreparedKernel& prepared, const TimingPlan& plan, const Stopwatch& elapsed, const RunControl& control,
                        Timing& timing) {
  const double start = elapsed();
  if (timing.runs == 0) {
    const Result<int> runs = batch_size(prepared, plan.sample_seconds);
    if (!runs) return runs.diagnostics();
    timing.runs = *runs;
  } else if (const Result<double> warm_up = prepared.time(1); !warm_up) {
    return warm_up.diagnostics();
  }
  std::vector<double> samples;
  while (static_cast<int>(samples.size()) < plan.most_samples) {
    if (control.stopped()) return Diagnostics{};
    if (static_cast<int>(samples.size()) >= plan.least_samples && elapsed() - start >= plan.kernel_seconds) break;
    const Result<double> took = prepared.time(timing.runs);
    if (!took) return took.diagnostics();
    samples.push_back(*took / timing.runs);
  }
  timing.rounds.push_back(quantile(samples, plan.sample_quantile));
  timing.samples.insert(timing.samples.end(), samples.begin(), samples.end());
  return true;
}

/// One round of one kernel, proved right before it is first timed. As time_round; a kernel that cannot be had or is wrong is
/// an error with its reason.
Result<bool> take(CalibrationBackend& backend, const TimingPlan& plan, const Stopwatch& elapsed, const RunControl& control,
                  Timing& timing) {
  Result<std::unique_ptr<PreparedKernel>> prepared = backend.prepare(*timing.kernel);
  if (!prepared) return Diagnostic{.message = reasons(prepared.diagnostics())};
  if (timing.runs == 0) {
    const Result<double> error = (*prepared)->relative_error();
    if (!error) return Diagnostic{.message = reasons(error.diagnostics())};
    const double tolerance = error_tolerance(*timing.kernel);
    if (!(*error <= tolerance))
      return Diagnostic{
          .message = fmt::format("its result is wrong, off by {:.2g} of the FP64 reference (at most {:.2g})", *error, tolerance)};
    timing.relative_error = *error;
    timing.engine = (*prepared)->engine();
  }
  const Result<bool> timed = time_round(**prepared, plan, elapsed, control, timing);
  if (!timed && !timed.diagnostics().empty()) return Diagnostic{.message = reasons(timed.diagnostics())};
  return timed;
}

/// The rounds together, or why they cannot be.
Result<TimedKernel> judge(const Timing& timing, const DeviceDescription& device) {
  const auto [least, most] = std::ranges::minmax(timing.rounds);
  const double low = quantile(timing.samples, 0.1);
  TimedKernel timed{.kernel = *timing.kernel,
                    .seconds = median(timing.rounds),
                    .spread = low > 0 ? quantile(timing.samples, 0.9) / low : INFINITY,
                    .round_spread = least > 0 ? most / least : INFINITY,
                    .relative_error = timing.relative_error,
                    .samples = static_cast<int>(timing.samples.size()),
                    .engine = timing.engine};
  if (const std::string reason = implausible_reason(*timing.kernel, timed.seconds, device); !reason.empty())
    return warning(*timing.kernel, "left out: " + reason);
  // With several rounds the times that count are the rounds'; samples that another program lengthened do not.
  const double spread = timing.rounds.size() > 1 ? timed.round_spread : timed.spread;
  if (spread <= kSteadySpread) return timed;
  return {
      std::move(timed),
      {warning(*timing.kernel, timing.rounds.size() > 1
                                   ? fmt::format("unsteady: its rounds are {:.1f} apart in ratio", spread)
                                   : fmt::format("unsteady: its 10 % and 90 % quantiles are {:.1f} apart in ratio", spread))}};
}

}  // namespace

TimingPlan timing_plan(Effort effort) {
  if (effort == Effort::quick)
    return {.least_samples = 5, .most_samples = 201, .sample_seconds = 3e-4, .kernel_seconds = 0.06, .total_seconds = 20};
  return {.least_samples = 11, .most_samples = 201, .sample_seconds = 5e-3, .kernel_seconds = 0.5, .total_seconds = 900};
}

TimingPlan shared_timing_plan(Effort effort) {
  // Samples far shorter than a scheduler's slice, so that some pass undisturbed; rounds far apart, so that what another program
  // does for a second touches one of them.
  if (effort == Effort::quick)
    return {.rounds = 5,
            .sample_quantile = 0.1,
            .least_samples = 3,
            .most_samples = 101,
            .sample_seconds = 2e-4,
            .kernel_seconds = 0.03,
            .total_seconds = 18};
  return {.rounds = 7,
          .sample_quantile = 0.1,
          .least_samples = 9,
          .most_samples = 201,
          .sample_seconds = 1e-3,
          .kernel_seconds = 0.15,
          .total_seconds = 600};
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
  std::vector<Timing> timings;
  for (const Kernel& kernel : grid) timings.push_back({.kernel = &kernel});
  const double start = elapsed(), steps = static_cast<double>(grid.size()) * plan.rounds;
  bool spent = false;
  for (int round = 0; round < plan.rounds && !spent; ++round)
    for (std::size_t i = 0; i < timings.size() && !spent; ++i) {
      if (control.stopped()) return stopped();
      if (elapsed() - start > plan.total_seconds) {
        spent = true;
        if (round == 0)
          measured.warnings.push_back({.severity = Severity::warning,
                                       .message = fmt::format("{} of {} kernels were left out: the {:.0f} s for them were spent",
                                                              grid.size() - i, grid.size(), plan.total_seconds)});
        break;
      }
      Timing& timing = timings[i];
      if (timing.dropped) continue;
      control.report((round * static_cast<double>(grid.size()) + static_cast<double>(i)) / steps, describe(grid[i]));
      const Result<bool> taken = take(backend, plan, elapsed, control, timing);
      if (!taken && taken.diagnostics().empty()) return stopped();
      if (!taken) {
        timing.dropped = true;
        measured.warnings.push_back(warning(grid[i], "left out: " + reasons(taken.diagnostics())));
      }
    }
  for (const Timing& timing : timings) {
    if (timing.dropped || timing.rounds.empty()) continue;
    Result<TimedKernel> timed = judge(timing, backend.device());
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
