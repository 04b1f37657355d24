// `gpufleet sweep`: many runs of one scenario with varied keys; sensitivity of a metric to them.
#include <fmt/format.h>
#include <algorithm>
#include <optional>

#include "scenarios/cli/commands.h"
#include "scenarios/metrics.h"
#include "scenarios/sweep/sweep_text.h"

namespace gpufleet::scenarios::cli {
namespace {

SweepForm form_of(Format format) {
  switch (format) {
    case Format::csv: return SweepForm::csv;
    case Format::json: return SweepForm::json;
    default: return SweepForm::table;
  }
}

Sampling sampling_of(const SweepOptions& options) {
  if (options.sensitivity == SweepOptions::Sensitivity::tornado) return Sampling::tornado;
  if (options.sensitivity == SweepOptions::Sensitivity::sobol) return Sampling::sobol;
  switch (options.sampling) {
    case SweepOptions::Sampling::grid: return Sampling::grid;
    case SweepOptions::Sampling::latin: return Sampling::latin;
    case SweepOptions::Sampling::random: return Sampling::random;
    default: return options.points > 0 ? Sampling::latin : Sampling::grid;
  }
}

// The metric that a sensitivity is about: the one asked for, else the first that the sweep gave.
std::string subject(const SweepOptions& options, const std::vector<StoredPoint>& rows) {
  if (!options.metrics.empty()) return options.metrics.front();
  for (const StoredPoint& row : rows)
    if (!row.metrics.empty()) return row.metrics.front().name;
  return {};
}

Result<std::string> answer(const SweepOptions& options, const SweepRequest& request, const std::vector<StoredPoint>& rows) {
  const SweepForm form = form_of(options.format);
  if (options.sensitivity == SweepOptions::Sensitivity::none) return sweep_text(request, rows, options.metrics, form);
  const std::string metric = subject(options, rows);
  if (options.sensitivity == SweepOptions::Sensitivity::tornado) {
    const Result<Tornado> tornado = make_tornado(request.axes, request.points, rows, metric);
    if (!tornado) return tornado.diagnostics();
    return tornado_text(*tornado, metric, form);
  }
  const Result<std::vector<SobolIndex>> indices = sobol_indices(request.axes, rows, metric);
  if (!indices) return indices.diagnostics();
  return sobol_text(*indices, metric, form);
}

std::size_t count_of(const std::vector<StoredPoint>& rows, PointStatus status) {
  return static_cast<std::size_t>(
      std::count_if(rows.begin(), rows.end(), [&](const StoredPoint& row) { return row.status == status; }));
}

Diagnostics check_metrics(const std::vector<std::string>& asked) {
  Diagnostics problems;
  const std::vector<std::string> names = metric_names();
  for (const std::string& name : asked)
    if (find_metric(name) == nullptr)
      problems.push_back({.where = {"--metric " + name, 0, 0},
                          .message = fmt::format("there is no metric \"{}\"", name),
                          .hint = did_you_mean(name, names)});
  return problems;
}

}  // namespace

int sweep_command(const SweepOptions& options, Console& console, std::stop_token stop) {
  SweepRequest request{options.scenario, options.overrides, {}, {}, options.seed, options.draws, options.jobs};
  Diagnostics problems = check_metrics(options.metrics);
  for (const std::string& text : options.vary) {
    Result<Axis> axis = parse_axis(text);
    problems.insert(problems.end(), axis.diagnostics().begin(), axis.diagnostics().end());
    if (axis) request.axes.push_back(std::move(axis).value());
  }
  console.diagnose(problems);
  if (has_errors(problems)) return kBadInput;
  Result<DesignPoints> design = make_design(request.axes, sampling_of(options), options.points, options.seed);
  console.diagnose(design.diagnostics());
  if (!design) return kBadInput;
  request.points = std::move(design).value();

  const DataPaths data = find_data();
  const Result<Catalogs> catalogs = load_catalogs(data);
  const Result<HardwareData> hardware = load_hardware_data(data);
  console.diagnose(catalogs.diagnostics());
  console.diagnose(hardware.diagnostics());
  if (!catalogs || !hardware) return kInternal;
  std::optional<Store> store;
  if (!options.no_database) {
    Result<Store> opened = Store::open(options.database, Store::Mode::read_write);
    console.diagnose(opened.diagnostics());
    if (!opened) return kBadInput;
    store.emplace(std::move(opened).value());
  }
  const RunControl control{stop, [&](double fraction, std::string_view what) { console.progress(fraction, what); }};
  const Result<SweepResults> results = run_sweep(request, *catalogs, *hardware, store ? &*store : nullptr, control);
  console.end_progress();
  console.diagnose(results.diagnostics());
  if (!results) return exit_code(results.diagnostics());
  if (control.stopped()) {
    console.diagnose({.severity = Severity::warning,
                      .where = {options.scenario, 0, 0},
                      .key = {},
                      .message = fmt::format("stopped with {} of {} points left", count_of(results->rows, PointStatus::pending),
                                             results->rows.size()),
                      .hint = store ? "the same command goes on from here" : ""});
    return kInterrupted;
  }
  const Result<std::string> text = answer(options, request, results->rows);
  console.diagnose(text.diagnostics());
  if (!text) return exit_code(text.diagnostics());
  console.print(*text);
  if (count_of(results->rows, PointStatus::done) > 0) return kDone;
  return count_of(results->rows, PointStatus::infeasible) > 0 ? kRefused : kBadInput;
}

}  // namespace gpufleet::scenarios::cli
