#include "scenarios/sweep/point_work.h"

#include <fmt/format.h>
#include <algorithm>

#include "scenarios/run_scenario.h"
#include "scenarios/validate.h"

namespace gpufleet::scenarios {
namespace {

std::string first_error(const Diagnostics& diagnostics) {
  for (const Diagnostic& one : diagnostics)
    if (one.severity == Severity::error) return one.key.empty() ? one.message : fmt::format("{}: {}", one.key, one.message);
  return "refused";
}

PointStatus status_of(const Diagnostics& diagnostics) {
  const bool infeasible = std::all_of(diagnostics.begin(), diagnostics.end(), [](const Diagnostic& one) {
    return one.severity == Severity::warning || one.kind == DiagnosticKind::infeasible;
  });
  return infeasible ? PointStatus::infeasible : PointStatus::invalid;
}

PreparedPoint refusal(const Diagnostics& why) {
  PreparedPoint out;
  out.refused.status = PointStatus::invalid;
  out.refused.message = first_error(why);
  return out;
}

}  // namespace

PointWork::PointWork(const SweepRequest& request, const Catalogs& catalogs, const HardwareData& hardware)
    : request_(request),
      catalogs_(catalogs),
      hardware_(hardware),
      suffix_(fmt::format("/{}/{}/{}/{}", request.seed, program_version(), request.draws, data_fingerprint(catalogs.data))),
      files_(catalogs.data) {}

PreparedPoint PointWork::prepare(std::size_t index) const {
  std::vector<std::string> overrides = request_.overrides;
  const std::vector<std::string>& values = request_.points[index];
  for (std::size_t a = 0; a < request_.axes.size(); ++a)
    if (!values[a].empty()) overrides.push_back(fmt::format("{}={}", request_.axes[a].key, values[a]));
  const Result<RawScenario> raw = load_scenario(request_.scenario, overrides, catalogs_.data);
  if (!raw) return refusal(raw.diagnostics());
  Result<Scenario> scenario = validate(*raw, catalogs_);
  if (!scenario) return refusal(scenario.diagnostics());
  PreparedPoint out;
  const std::string files = files_.fingerprint(*raw);
  out.key = scenario->hash + (files.empty() ? "" : "+" + files) + suffix_;
  out.scenario = std::move(scenario).value();
  return out;
}

StoredPoint PointWork::simulate(const PreparedPoint& prepared, const RunControl& control) const {
  StoredPoint point;
  point.key = prepared.key;
  RunSettings settings;
  settings.seed = request_.seed;
  settings.draws = request_.draws;
  const Result<RunOutput> output = run_scenario(*prepared.scenario, catalogs_, hardware_, settings, {control.stop, {}});
  if (!output) {
    point.status = status_of(output.diagnostics());
    point.message = first_error(output.diagnostics());
    return point;
  }
  point.status = output->memory_refusal.empty() ? PointStatus::done : PointStatus::infeasible;
  point.message = output->memory_refusal;
  for (const MetricValue& metric : output->result.metrics) point.metrics.push_back({metric.name, metric.estimate});
  return point;
}

}  // namespace gpufleet::scenarios
