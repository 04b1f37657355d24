// `validate training`: runs every case file and holds its [[measured]] figures against the predicted metrics.
#include <fmt/format.h>
#include <algorithm>
#include <atomic>
#include <mutex>

#include "hwprofiles/toml_document.h"
#include "scenarios/metrics.h"
#include "scenarios/parallel.h"
#include "scenarios/run_scenario.h"
#include "scenarios/validate.h"
#include "scenarios/validation/suites.h"

namespace gpufleet::scenarios {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kSkippedFile = "skipped.toml";

// Case files in the order of their paths, and the list of figures without a case.
struct CaseFiles {
  std::vector<fs::path> cases;
  std::vector<fs::path> skip_lists;
};
Result<CaseFiles> find_cases(const fs::path& at) {
  CaseFiles out;
  std::error_code error;
  if (fs::is_regular_file(at, error)) {
    out.cases.push_back(at);
    return out;
  }
  for (auto it = fs::recursive_directory_iterator(at, error); !error && it != fs::recursive_directory_iterator();
       it.increment(error)) {
    if (it->is_directory() && it->path().filename() == "defaults") it.disable_recursion_pending();  // bases, not cases
    if (!it->is_regular_file() || it->path().extension() != ".toml") continue;
    (it->path().filename() == kSkippedFile ? out.skip_lists : out.cases).push_back(it->path());
  }
  if (error) return Diagnostic{.where = {at.generic_string(), 0, 0}, .message = "no cases there: " + error.message(), .hint = {}};
  std::sort(out.cases.begin(), out.cases.end());
  std::sort(out.skip_lists.begin(), out.skip_lists.end());
  return out;
}

Result<std::vector<SkippedRow>> read_skip_list(const fs::path& file) {
  const Result<hw::TomlTable> document = hw::read_toml(file);
  if (!document) return document.diagnostics();
  Diagnostics problems;
  std::vector<SkippedRow> out;
  hw::TableReader top(*document, "", problems);
  for (const hw::TomlTable* row : top.tables("skipped", hw::Presence::required)) {
    hw::TableReader reader(*row, "skipped", problems);
    const std::string feature = reader.text("feature", hw::Presence::optional);
    SkippedRow skipped{reader.text("id", hw::Presence::required), reader.text("reason", hw::Presence::required)};
    if (!feature.empty()) skipped.reason += fmt::format(" ({})", feature);
    reader.finish();
    out.push_back(std::move(skipped));
  }
  top.finish();
  if (has_errors(problems)) return problems;
  return out;
}

struct CaseResult {
  std::vector<ValidationRow> rows;
  std::vector<SkippedRow> skipped;
  bool counted = false;  // it is a case: it has figures
};

void skip_all(CaseResult& out, const RawScenario& raw, const Diagnostics& why) {
  Diagnostic first;
  for (const Diagnostic& diagnostic : why)
    if (diagnostic.severity == Severity::error) {
      first = diagnostic;
      break;
    }
  first.hint.clear();
  std::string reason = to_text(first);
  while (reason.ends_with('\n')) reason.pop_back();
  const RawValue* measured = find(raw.root, "measured");
  if (measured == nullptr || measured->array() == nullptr) return;
  for (const RawValue& item : *measured->array()) {
    const RawValue* id = item.table() == nullptr ? nullptr : find(*item.table(), "id");
    out.skipped.push_back({id == nullptr || id->text() == nullptr ? raw.name : *id->text(), reason});
  }
}

std::vector<std::pair<std::string, std::string>> features_of(const Scenario& scenario) {
  std::string chips;
  for (const PoolSpec& pool : scenario.pools) chips += (chips.empty() ? "" : " + ") + pool.accelerator;
  return {{"model", scenario.architecture.name},
          {"chip", chips},
          {"precision", std::string(hw::name(scenario.training->precision.gemm))},
          {"schedule", std::string(sim::name(scenario.training->phases.front().layout.schedule))}};
}

void compare(CaseResult& out, const Scenario& scenario, const RunOutput& output) {
  for (const MeasuredFigure& figure : scenario.measured) {
    const MetricValue* predicted = find_metric(output.result, figure.metric);
    const MetricSpec* spec = find_metric(figure.metric);
    if (predicted == nullptr || spec == nullptr || figure.value == 0) {
      out.skipped.push_back(
          {figure.id, figure.value == 0 ? "the measured figure is zero" : fmt::format("the run gives no {}", figure.metric)});
      continue;
    }
    ValidationRow row;
    row.id = figure.id;
    row.metric = figure.metric;
    row.unit = std::string(spec->unit);
    row.source = figure.source;
    row.case_file = scenario.name;
    row.measured = figure.value * unit_factor(*spec, figure.unit);
    row.predicted = predicted->estimate.value;
    row.low = predicted->estimate.low;
    row.high = predicted->estimate.high;
    row.error = row.predicted / row.measured - 1;
    row.tolerance = figure.tolerance.value_or(0);
    row.note = figure.note;
    row.features = features_of(scenario);
    row.features.emplace_back("kernels", std::string(hw::name(predicted->provenance)));
    out.rows.push_back(std::move(row));
  }
}

CaseResult run_case(const fs::path& file, const SuiteInput& input, const Catalogs& catalogs, const HardwareData& hardware,
                    const RunControl& control) {
  CaseResult out;
  const Result<RawScenario> raw = load_scenario(file.generic_string(), {}, input.data);
  if (!raw) {
    out.counted = true;
    out.skipped.push_back({file.generic_string(), to_text(raw.diagnostics().front())});
    return out;
  }
  out.counted = find(raw->root, "measured") != nullptr;
  if (!out.counted) return out;
  const Result<Scenario> scenario = validate(*raw, catalogs);
  if (!scenario) {
    skip_all(out, *raw, scenario.diagnostics());
    return out;
  }
  const Result<RunOutput> output = run_scenario(*scenario, catalogs, hardware, {input.seed, sim::Recording::none}, control);
  if (output) {
    compare(out, *scenario, *output);
  } else {
    skip_all(out, *raw, output.diagnostics());
  }
  return out;
}

}  // namespace

Result<ValidationReport> validate_training(const SuiteInput& input, const RunControl& control) {
  const Result<Catalogs> catalogs = load_catalogs(input.data);
  if (!catalogs) return catalogs.diagnostics();
  const Result<HardwareData> hardware = load_hardware_data(input.data);
  if (!hardware) return hardware.diagnostics();
  const Result<CaseFiles> files =
      find_cases(input.cases.empty() ? input.data.scenarios / "validation" / "training" : input.cases);
  if (!files) return files.diagnostics();

  std::vector<CaseResult> results(files->cases.size());
  std::atomic<std::size_t> done{0};
  std::mutex reporting;
  const RunControl quiet{control.stop, {}};
  for_each_index(results.size(), input.jobs, [&](std::size_t i) {
    if (control.stopped()) return;
    results[i] = run_case(files->cases[i], input, *catalogs, *hardware, quiet);
    const std::size_t finished = ++done;
    const std::lock_guard lock(reporting);
    control.report(static_cast<double>(finished) / static_cast<double>(results.size()), "running training cases");
  });

  ValidationReport report;
  report.suite = "training";
  for (const CaseResult& result : results) {
    report.cases += result.counted ? 1 : 0;
    report.rows.insert(report.rows.end(), result.rows.begin(), result.rows.end());
    report.skipped.insert(report.skipped.end(), result.skipped.begin(), result.skipped.end());
  }
  for (const fs::path& list : files->skip_lists) {
    const Result<std::vector<SkippedRow>> rows = read_skip_list(list);
    if (!rows) return rows.diagnostics();
    report.skipped.insert(report.skipped.end(), rows->begin(), rows->end());
  }
  return report;
}

}  // namespace gpufleet::scenarios
