// `gpufleet run`: simulates scenarios, prints and keeps the results.
#include <fmt/format.h>
#include <algorithm>
#include <filesystem>
#include <iterator>

#include "hwprofiles/atomic_file.h"
#include "scenarios/cli/commands.h"
#include "scenarios/cli/output_names.h"
#include "scenarios/cli/shipped_data.h"
#include "scenarios/output/result_tables.h"
#include "scenarios/output/run_text.h"
#include "scenarios/run_scenario.h"
#include "scenarios/store/store.h"
#include "scenarios/training_difference.h"

namespace gpufleet::scenarios::cli {
namespace {

// All scenarios checked before the first one runs.
struct Checked {
  std::vector<Scenario> scenarios;
  int code = kDone;
};
Checked check_all(const RunOptions& options, const ShippedData& data, Console& console) {
  Checked out;
  for (const std::string& file : options.scenarios) {
    std::optional<Scenario> scenario = load_checked(file, options.overrides, data, console);
    if (scenario) {
      out.scenarios.push_back(*std::move(scenario));
    } else {
      out.code = kBadInput;
    }
  }
  return out;
}

std::string formatted(std::span<const RunResult> results, Format format) {
  switch (format) {
    case Format::json: return to_json(results);
    case Format::csv: return to_csv(results);
    case Format::table: break;
  }
  return to_table(results);
}

std::vector<NamedFile> files_read(const RunOptions& options) {
  std::vector<NamedFile> out;
  for (const std::string& file : options.scenarios) out.push_back({"a scenario", file});
  return out;
}
std::vector<NamedFile> files_named(const RunOptions& options) {
  return {{"--trace", options.trace_file}, {"--db", options.database}};
}

int write_files(const RunOptions& options, const std::vector<RunOutput>& outputs, Console& console) {
  namespace fs = std::filesystem;
  const auto write = [&](const fs::path& file, const std::string& text) {
    const Diagnostics problems = hw::write_file_atomically(file, text);
    console.diagnose(problems);
    return !has_errors(problems);
  };
  if (!options.out_folder.empty()) {
    std::error_code error;
    fs::create_directories(options.out_folder, error);
    std::vector<NamedFile> taken = files_read(options);
    std::ranges::move(files_named(options), std::back_inserter(taken));
    FreeNames names(taken);
    for (const RunOutput& output : outputs) {
      const fs::path wanted = fs::path(options.out_folder) / fs::path(output.result.scenario_name).stem();
      const fs::path stem = names.stem(wanted, {".json", ".csv"});
      const std::span<const RunResult> one(&output.result, 1);
      if (!write(fs::path(stem) += ".json", to_json(one)) || !write(fs::path(stem) += ".csv", to_csv(one))) return kBadInput;
      for (const ResultTable& table : output.result.tables)
        if (!write(names.stem(fs::path(stem) += "-" + table.name, {".csv"}) += ".csv", to_csv(table, notice_of(output.result))))
          return kBadInput;
    }
  }
  if (!options.trace_file.empty() && !write(options.trace_file, chrome_trace(outputs.front()))) return kBadInput;
  if (options.database.empty()) return kDone;
  Result<Store> store = Store::open(options.database, Store::Mode::read_write);
  console.diagnose(store.diagnostics());
  if (!store) return kBadInput;
  for (const RunOutput& output : outputs) {
    const Result<std::int64_t> id = store->put(output.result);
    console.diagnose(id.diagnostics());
    if (!id) return kBadInput;
  }
  return kDone;
}

// Scenarios that all train, each after the first beside it: how far apart, and how surely.
Diagnostics add_differences(const std::vector<Scenario>& scenarios, const Catalogs& catalogs, const HardwareData& hardware,
                            const RunOptions& options, const RunControl& control, std::vector<RunResult>& results) {
  const auto trains = [](const Scenario& scenario) { return scenario.training.has_value(); };
  if (scenarios.size() < 2 || !std::all_of(scenarios.begin(), scenarios.end(), trains)) return {};
  constexpr int kDraws = 24;  // as many as behind the intervals of one scenario
  const auto differences = training_differences(scenarios, catalogs, hardware, options.seed, kDraws, control);
  if (!differences) return differences.diagnostics();
  for (std::size_t i = 0; i < differences->size(); ++i) results[i + 1].tables.push_back(difference_table((*differences)[i]));
  return {};
}

// The table of a comparison shows figures side by side; differences of each scenario come below.
std::string differences_text(const std::vector<RunResult>& results) {
  std::string out;
  for (std::size_t i = 1; i < results.size(); ++i) {
    if (results[i].tables.empty() || !results[i].tables.back().name.starts_with("against the first")) continue;
    RunResult alone;
    alone.tables.push_back(results[i].tables.back());
    alone.tables.back().name = fmt::format("[{}] {}", i + 1, alone.tables.back().name);
    out += tables_text(alone);
  }
  return out;
}

}  // namespace

int run_command(const RunOptions& options, Console& console, std::stop_token stop) {
  if (const Diagnostics problems = check_outputs(files_read(options), files_named(options)); has_errors(problems)) {
    console.diagnose(problems);
    return kBadInput;
  }
  const Result<ShippedData> data = load_shipped(console);
  if (!data) return exit_code_of_data(data.diagnostics());
  const Checked checked = check_all(options, *data, console);
  if (checked.code != kDone) return checked.code;
  if (!options.trace_file.empty() && !checked.scenarios.front().training) {
    console.diagnose(
        {.where = {"--trace " + options.trace_file, 0, 0},
         .message = fmt::format("a timeline is that of a training step, and {} trains nothing", checked.scenarios.front().name),
         .hint = "leave --trace out"});
    return kBadInput;
  }

  RunControl control{stop, [&](double fraction, std::string_view what) { console.progress(fraction, what); }};
  RunSettings settings{options.seed, options.trace_file.empty() ? sim::Recording::none : sim::Recording::spans,
                       options.unfolded ? sim::Folding::unfolded : sim::Folding::folded};
  CurveMemory curves;
  settings.curves = &curves;
  std::vector<RunOutput> outputs;
  std::vector<RunResult> results;
  for (const Scenario& scenario : checked.scenarios) {
    Result<RunOutput> output = run_scenario(scenario, data->catalogs, data->hardware, settings, control);
    if (control.stopped()) return kInterrupted;
    console.diagnose(output.diagnostics());
    if (!output) return exit_code(output.diagnostics());
    if (!output->memory_refusal.empty()) {
      console.diagnose({.kind = DiagnosticKind::infeasible,
                        .where = {scenario.name, 0, 0},
                        .key = "training.layout",
                        .message = output->memory_refusal,
                        .hint = output->nearby.empty()
                                    ? "more sharding (pp, tp, ep, zero), recomputation or smaller micro-batches need less"
                                    : output->nearby});
      return kRefused;
    }
    results.push_back(output->result);
    outputs.push_back(std::move(output).value());
  }
  console.end_progress();
  const int written = write_files(options, outputs, console);
  if (written != kDone) return written;
  const Diagnostics problems = add_differences(checked.scenarios, data->catalogs, data->hardware, options, control, results);
  console.diagnose(problems);
  console.print(formatted(results, options.format));
  if (options.format == Format::table) console.print(differences_text(results));
  return kDone;
}

}  // namespace gpufleet::scenarios::cli
