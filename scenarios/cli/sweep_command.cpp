// `gpufleet sweep`: many runs of one scenario with varied keys; sensitivity of a metric to them.
#include <fmt/format.h>
#include <algorithm>
#include <cstdlib>
#include <optional>

#include "scenarios/cli/commands.h"
#include "scenarios/cli/shipped_data.h"
#include "scenarios/metrics.h"
#include "scenarios/mpi/ranks.h"
#include "scenarios/sweep/rank_sweep.h"
#include "scenarios/sweep/sweep_text.h"

namespace gpufleet::scenarios::cli {
namespace {

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
  const Format format = options.format;
  if (options.sensitivity == SweepOptions::Sensitivity::none) return sweep_text(request, rows, options.metrics, format);
  const std::string metric = subject(options, rows);
  if (options.sensitivity == SweepOptions::Sensitivity::tornado) {
    const Result<Tornado> tornado = make_tornado(request.axes, request.points, rows, metric);
    if (!tornado) return tornado.diagnostics();
    return tornado_text(*tornado, metric, format);
  }
  const Result<std::vector<SobolIndex>> indices = sobol_indices(request.axes, rows, metric);
  if (!indices) return indices.diagnostics();
  return sobol_text(*indices, metric, format);
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

Result<SweepRequest> request_of(const SweepOptions& options) {
  SweepRequest request{options.scenario, options.overrides, {}, {}, options.seed, options.draws, options.jobs};
  Diagnostics problems = check_metrics(options.metrics);
  for (const std::string& text : options.vary) {
    Result<Axis> axis = parse_axis(text);
    problems.insert(problems.end(), axis.diagnostics().begin(), axis.diagnostics().end());
    if (axis) request.axes.push_back(std::move(axis).value());
  }
  if (has_errors(problems)) return problems;
  Result<DesignPoints> design = make_design(request.axes, sampling_of(options), options.points, options.seed);
  if (!design) return design.diagnostics();
  request.points = std::move(design).value();
  return request;
}

// What the answer comes to, printed, as an exit code.
int print_answer(const SweepOptions& options, const SweepRequest& request, const SweepResults& results, bool stored, bool stopped,
                 Console& console) {
  const std::vector<StoredPoint>& rows = results.rows;
  if (stopped) {
    console.diagnose(
        {.severity = Severity::warning,
         .where = {options.scenario, 0, 0},
         .key = {},
         .message = fmt::format("stopped with {} of {} points left", count_of(rows, PointStatus::pending), rows.size()),
         .hint = stored ? "the same command goes on from here" : ""});
    return kInterrupted;
  }
  const Result<std::string> text = answer(options, request, rows);
  console.diagnose(text.diagnostics());
  if (!text) return exit_code(text.diagnostics());
  console.print(*text);
  if (count_of(rows, PointStatus::done) > 0) return kDone;
  return count_of(rows, PointStatus::infeasible) > 0 ? kRefused : kBadInput;
}

struct Outcome {
  int code = kInternal;
  Ranks::Ending ending = Ranks::Ending::all_well;
};

/// Of a process alone (`ranks` null) and of each rank.
Outcome sweep(const SweepOptions& options, Ranks* ranks, Console& console, const std::stop_token& stop) {
  const bool leads = ranks == nullptr || ranks->rank() == 0;
  const Result<SweepRequest> request = request_of(options);
  if (leads) console.diagnose(request.diagnostics());
  if (!request) return {kBadInput};
  const DataPaths data = find_data();
  const Result<Catalogs> catalogs = load_catalogs(data);
  const Result<HardwareData> hardware = load_hardware_data(data);
  if (leads) console.diagnose(catalogs.diagnostics());
  if (leads) console.diagnose(hardware.diagnostics());
  // Ranks may see different files; whoever cannot go on leaves without the others.
  if (!catalogs || !hardware) {
    Diagnostics broken = catalogs.diagnostics();
    broken.insert(broken.end(), hardware.diagnostics().begin(), hardware.diagnostics().end());
    return {exit_code_of_data(broken), Ranks::Ending::some_lost};
  }

  const RunControl control{stop, [&](double fraction, std::string_view what) {
                             if (leads) console.progress(fraction, what);
                           }};
  const RankSettings settings{options.rank_silence};
  if (!leads) {
    const Result<Ranks::Ending> ending = follow_sweep(*request, *catalogs, *hardware, *ranks, settings, control);
    console.diagnose(ending.diagnostics());
    return ending ? Outcome{kDone, *ending} : Outcome{kInternal, Ranks::Ending::some_lost};
  }
  std::optional<Store> store;
  if (!options.no_database) {
    Result<Store> opened = Store::open(options.database, Store::Mode::read_write);
    console.diagnose(opened.diagnostics());
    if (!opened) return {kBadInput, Ranks::Ending::some_lost};
    store.emplace(std::move(opened).value());
  }
  Store* kept = store ? &*store : nullptr;
  const auto finish = [&](const auto& results, const SweepResults* rows, Ranks::Ending ending) {
    if (rows != nullptr)
      console.progress(1.0, fmt::format("simulated {} points, {} were in the store", rows->simulated, rows->reused));
    console.end_progress();
    console.diagnose(results.diagnostics());
    const bool stopped = control.stopped();
    if (rows == nullptr) return Outcome{exit_code(results.diagnostics()), ending};
    return Outcome{print_answer(options, *request, *rows, kept != nullptr, stopped, console),
                   stopped ? Ranks::Ending::some_lost : ending};
  };
  if (ranks == nullptr) {
    const Result<SweepResults> results = run_sweep(*request, *catalogs, *hardware, kept, control);
    return finish(results, results ? &*results : nullptr, Ranks::Ending::all_well);
  }
  const Result<RankedResults> results = lead_sweep(*request, *catalogs, *hardware, kept, *ranks, settings, control);
  const bool lost = results && results->lost > 0;
  return finish(results, results ? &results->sweep : nullptr, lost ? Ranks::Ending::some_lost : Ranks::Ending::all_well);
}

}  // namespace

int sweep_command(const SweepOptions& options, Console& console, std::stop_token stop) {
  const Result<std::unique_ptr<Ranks>> ranks = join_ranks();
  console.diagnose(ranks.diagnostics());
  if (!ranks) return kBadInput;
  Ranks* joined = ranks->get();
  const Outcome outcome = sweep(options, joined, console, stop);
  if (joined == nullptr) return outcome.code;
  const bool flushed = console.flush();
  joined->end(outcome.ending);
  // An MPI that has lost a rank would wait for it in its static destructors.
  if (outcome.ending == Ranks::Ending::some_lost) std::_Exit(flushed ? outcome.code : kInternal);
  return outcome.code;
}

}  // namespace gpufleet::scenarios::cli
