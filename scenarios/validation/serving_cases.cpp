#include "scenarios/validation/serving_cases.h"

#include <fmt/format.h>

#include <algorithm>

#include "scenarios/metrics.h"
#include "scenarios/run_serving.h"
#include "scenarios/validate.h"

namespace gpufleet::scenarios {
namespace {

std::string first_error(const Diagnostics& why) {
  for (const Diagnostic& diagnostic : why)
    if (diagnostic.severity == Severity::error) {
      Diagnostic bare = diagnostic;
      bare.hint.clear();
      std::string text = to_text(bare);
      while (text.ends_with('\n')) text.pop_back();
      return text;
    }
  return "cannot be run";
}

void skip_all(const RawScenario& raw, const std::string& reason, ValidationReport& out) {
  const RawValue* measured = find(raw.root, "measured");
  if (measured == nullptr || measured->array() == nullptr) return;
  for (const RawValue& item : *measured->array()) {
    const RawValue* id = item.table() == nullptr ? nullptr : find(*item.table(), "id");
    out.skipped.push_back({id == nullptr || id->text() == nullptr ? raw.name : *id->text(), reason});
  }
}

ValidationRow row_of(const Scenario& scenario, const MeasuredFigure& figure, const MetricSpec& spec, const Estimate& predicted) {
  const ServingPoolSpec& pool = scenario.serving->pools.front();
  ValidationRow out;
  out.id = figure.id;
  out.metric = figure.metric;
  out.unit = spec.unit;
  out.source = figure.source;
  out.case_file = scenario.name;
  out.measured = figure.value * unit_factor(spec, figure.unit);
  out.predicted = predicted.value;
  out.low = predicted.low;
  out.high = predicted.high;
  out.error = out.predicted / out.measured - 1;
  out.tolerance = figure.tolerance.value_or(0);
  out.note = figure.note;
  out.features = {{"tier", "-"},
                  {"model", scenario.architecture.name},
                  {"chip", scenario.pools[static_cast<std::size_t>(pool.pool)].accelerator},
                  {"engine", pool.engine},
                  {"series", figure.id.substr(0, figure.id.find('-'))},
                  {"load", "any"},
                  {"metric", figure.metric}};
  return out;
}

}  // namespace

void add_serving_case(const std::filesystem::path& file, const SuiteInput& input, const Catalogs& catalogs,
                      const HardwareData& hardware, const RunControl& control, ValidationReport& out) {
  const Result<RawScenario> raw = load_scenario(file.generic_string(), {}, input.data);
  if (!raw) {
    ++out.cases;
    out.skipped.push_back({file.generic_string(), first_error(raw.diagnostics())});
    return;
  }
  if (find(raw->root, "measured") == nullptr || find(raw->root, "serving") == nullptr) return;
  ++out.cases;
  const Result<Scenario> scenario = validate(*raw, catalogs);
  if (!scenario) return skip_all(*raw, first_error(scenario.diagnostics()), out);
  RunResult result;
  result.seed = input.seed;
  if (const Diagnostics problems = run_serving(*scenario, catalogs, hardware, control, result); has_errors(problems))
    return skip_all(*raw, first_error(problems), out);
  for (const MeasuredFigure& figure : scenario->measured) {
    const MetricValue* predicted = find_metric(result, figure.metric);
    const MetricSpec* spec = find_metric(figure.metric);
    if (predicted == nullptr || spec == nullptr || figure.value == 0)
      out.skipped.push_back({figure.id, fmt::format("the run gives no {}", figure.metric)});
    else
      out.rows.push_back(row_of(*scenario, figure, *spec, predicted->estimate));
  }
}

}  // namespace gpufleet::scenarios
