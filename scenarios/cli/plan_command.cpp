// `gpufleet plan`: what to buy by month, and what to use it for.
#include <fmt/format.h>
#include <filesystem>

#include "hwprofiles/atomic_file.h"
#include "scenarios/cli/commands.h"
#include "scenarios/cli/output_names.h"
#include "scenarios/cli/shipped_data.h"
#include "scenarios/output/run_text.h"
#include "scenarios/plan/purchase_plan.h"
#include "scenarios/plan/solver.h"

namespace gpufleet::scenarios::cli {
namespace {

bool write_plan(const PlanOptions& options, const RunResult& result, Console& console) {
  namespace fs = std::filesystem;
  const auto write = [&](const fs::path& file, const std::string& text) {
    const Diagnostics problems = hw::write_file_atomically(file, text);
    console.diagnose(problems);
    return !has_errors(problems);
  };
  std::error_code error;
  fs::create_directories(options.out_folder, error);
  const NamedFile scenario{"the scenario", options.scenario};
  FreeNames names({&scenario, 1});
  const fs::path stem = names.stem(fs::path(options.out_folder) / fs::path(result.scenario_name).stem(), {".json", ".csv"});
  const std::span<const RunResult> one(&result, 1);
  if (!write(fs::path(stem) += ".json", to_json(one)) || !write(fs::path(stem) += ".csv", to_csv(one))) return false;
  for (const ResultTable& table : result.tables)
    if (!write(names.stem(fs::path(stem) += "-" + table.name, {".csv"}) += ".csv", to_csv(table, notice_of(result))))
      return false;
  return true;
}

}  // namespace

int plan_command(const PlanOptions& options, Console& console, std::stop_token stop) {
  if (!solver_available()) {
    console.diagnose({.key = "plan",
                      .message = fmt::format("purchase plans need a solver: {}", solver_name()),
                      .hint = "install it and configure the build again"});
    return kBadInput;
  }
  const Result<ShippedData> data = load_shipped(console);
  if (!data) return exit_code_of_data(data.diagnostics());
  const std::optional<Scenario> scenario = load_checked(options.scenario, options.overrides, *data, console);
  if (!scenario) return kBadInput;
  if (!scenario->plan) {
    console.diagnose({.where = {options.scenario, 0, 0},
                      .key = "plan",
                      .message = "the scenario asks for no plan",
                      .hint = "scenarios/china-lab-2024-2026.toml shows a [plan]"});
    return kBadInput;
  }
  const RunControl control{stop, [&](double fraction, std::string_view what) { console.progress(fraction, what); }};
  const Result<PurchasePlan> plan = make_purchase_plan(*scenario, data->catalogs, data->hardware, control);
  console.end_progress();
  if (control.stopped()) return kInterrupted;
  console.diagnose(plan.diagnostics());
  if (!plan) return exit_code(plan.diagnostics());
  if (!plan->conflict.empty()) {
    std::string limits;
    for (const std::string& limit : plan->conflict) limits += fmt::format("\n  - {}", limit);
    console.diagnose({.kind = DiagnosticKind::infeasible,
                      .where = {options.scenario, 0, 0},
                      .key = "plan",
                      .message = plan->conflict.size() == 1
                                     ? fmt::format("no plan keeps this limit:{}", limits)
                                     : fmt::format("no plan keeps these limits together, and without any one of them there is "
                                                   "one:{}",
                                                   limits),
                      .hint = {}});
    return kRefused;
  }
  if (!options.out_folder.empty() && !write_plan(options, plan->result, console)) return kBadInput;
  const std::span<const RunResult> one(&plan->result, 1);
  console.print(options.format == Format::json ? to_json(one) : options.format == Format::csv ? to_csv(one) : to_table(one));
  return kDone;
}

}  // namespace gpufleet::scenarios::cli
