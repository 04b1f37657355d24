// Scenarios, traces, the results store, formulas, written results, launch commands and sweep axes.
#include <array>
#include <optional>
#include <sstream>
#include <vector>

#include "scenarios/catalogs.h"
#include "scenarios/formula.h"
#include "scenarios/interop/launch_command.h"
#include "scenarios/output/run_text.h"
#include "scenarios/raw_scenario.h"
#include "scenarios/report/read_result.h"
#include "scenarios/report/report.h"
#include "scenarios/serving_trace.h"
#include "scenarios/store/store.h"
#include "scenarios/sweep/axis.h"
#include "scenarios/sweep/design.h"
#include "scenarios/toml_reader.h"
#include "scenarios/validate.h"
#include "tests/hardening/scratch_file.h"
#include "tests/hardening/targets.h"

namespace gpufleet::hardening {
namespace {

using namespace scenarios;

const Catalogs& shipped() {
  static const Catalogs kCatalogs = load_catalogs(data_below(GPUFLEET_SOURCE_DIR)).value();
  return kCatalogs;
}

void check_scenario(std::string_view text, std::string_view override_text) {
  const std::vector<std::string> overrides(override_text.empty() ? 0U : 1U, std::string(override_text));
  const Result<RawScenario> raw = parse_scenario(text, "fuzz.toml", shipped().data.scenarios, overrides, shipped().data);
  const Result<Scenario> scenario = raw ? validate(*raw, shipped()) : Result<Scenario>(raw.diagnostics());
  (void)to_text(scenario.diagnostics());
}

// Text up to a zero byte is the file, what follows one is an override.
void read_scenario_text(std::string_view bytes) {
  const std::size_t end = bytes.find('\0');
  check_scenario(bytes.substr(0, end), end == std::string_view::npos ? std::string_view() : bytes.substr(end + 1));
}

void read_trace_text(std::string_view bytes) {
  std::istringstream in{std::string(bytes)};
  (void)read_trace(in, "fuzz");
}

void read_store_file(std::string_view bytes) {
  const std::string file = scratch_file("store", "results.db", bytes).string();
  for (const Store::Mode mode : {Store::Mode::read_only, Store::Mode::read_write}) {
    for (const char* leftover : {"-wal", "-shm", "-journal"}) std::filesystem::remove(file + leftover);
    Result<Store> store = Store::open(file, mode);
    if (!store) continue;
    const Result<std::vector<StoredResult>> all = store->list();
    if (all && !all->empty()) (void)store->get(all->front().id);
    (void)store->points("a");
    if (mode == Store::Mode::read_write) (void)store->put(RunResult{});
  }
}

void read_formula(std::string_view bytes) {
  const Result<Formula> formula = parse_formula(bytes);
  if (!formula) return;
  (void)formula->evaluate(std::vector<double>(formula->names().size(), 2.5));
  (void)formula->evaluate(std::vector<Estimate>(formula->names().size(), Estimate{2, 1, 3}));
}

void read_result_text(std::string_view bytes) {
  const Result<std::vector<RunResult>> results = read_results(std::string(bytes), "fuzz.json");
  if (!results || results->empty()) return;
  Report report{*results, {}, Language::french};
  for (const RunResult& result : *results) report.backgrounds.push_back(background_of(result));
  (void)to_csv(*results);
  (void)to_table(*results);
  (void)to_markdown(report);
  const std::string page = to_html(report);
  check(page.find("<script") == std::string::npos, "a report holds a script");
  check(page.find("\u202e") == std::string::npos, "a report turns its figures round");
}

void read_launch_command(std::string_view bytes) {
  const Result<ImportedCommand> command = import_command(bytes, {"H800 SXM", 0, "Llama-2-7B"}, shipped().architectures);
  // What an import writes is at least a file that the reader of scenarios understands.
  if (command) check(parse_toml(command->scenario, "imported.toml").ok(), "an imported command is not valid TOML");
}

void read_axis_text(std::string_view bytes) {
  const std::size_t end = bytes.find('\n');
  (void)parse_override_value(bytes.substr(0, end), {});
  const Result<Axis> axis = parse_axis(std::string(bytes.substr(0, end)));
  if (!axis) return;
  for (const double u : {1e-9, 0.5, 1 - 1e-9}) (void)value_at(*axis, u);
  for (const Sampling sampling : {Sampling::grid, Sampling::latin, Sampling::tornado}) (void)make_design({*axis}, sampling, 3, 1);
}

}  // namespace

std::span<const Target> scenario_targets() {
  static constexpr std::array<Target, 7> kAll{{{"scenario", read_scenario_text},
                                               {"trace", read_trace_text},
                                               {"store", read_store_file},
                                               {"formula", read_formula},
                                               {"result_json", read_result_text},
                                               {"launch_command", read_launch_command},
                                               {"axis", read_axis_text}}};
  return kAll;
}

}  // namespace gpufleet::hardening
