#include "scenarios/run_scenario.h"

#include <fmt/format.h>

#include "scenarios/metrics.h"
#include "scenarios/output/json_writer.h"

namespace gpufleet::scenarios {
namespace {

void append_breakdown(std::vector<BreakdownItem>& out, const sim::TrainingReport& report) {
  const sim::StageReport& first = report.step.stages.front();
  for (int part = 0; part < sim::kStepParts; ++part) {
    const Seconds spent = first.parts[static_cast<std::size_t>(part)];
    if (spent.value() != 0)
      out.push_back({fmt::format("stage 0 {}", sim::name(static_cast<sim::StepPart>(part))), "s", spent.value()});
  }
  for (int cost = 0; cost < sim::kCosts; ++cost) {
    const double spent = first.spent[static_cast<std::size_t>(cost)];
    if (spent != 0) out.push_back({fmt::format("stage 0 busy: {}", sim::name(static_cast<sim::Cost>(cost))), "s", spent});
  }
  if (first.exposed != 0) out.push_back({"stage 0 exposed communication", "s", first.exposed});
  if (report.memory.stages.empty()) return;
  const sim::StageMemory& memory = report.memory.stages[report.memory.fullest];
  constexpr double kGiB = 1073741824.0;
  const auto bytes = [&](std::string_view what, double value) {
    if (value != 0) out.push_back({fmt::format("stage {} memory: {}", memory.stage, what), "GiB", value / kGiB});
  };
  bytes("weights", memory.weights);
  bytes("gradients", memory.gradients);
  bytes("optimizer", memory.optimizer);
  bytes("activations", memory.activations);
  bytes("buffers", memory.buffers);
  bytes("capacity", memory.capacity);
}

}  // namespace

Result<RunOutput> run_scenario(const Scenario& scenario, const Catalogs& catalogs, const HardwareData& hardware,
                               const RunSettings& settings, const RunControl& control) {
  const Result<sim::TrainingRun> run = plan_training(scenario, catalogs, hardware);
  if (!run) return run.diagnostics();
  sim::RunOptions options;
  options.seed = settings.seed;
  options.recording = settings.recording;
  options.folding = settings.folding;
  sim::TrainingReport report = sim::simulate_run(*run, options, control);

  RunOutput out;
  RunResult& result = out.result;
  result.title = scenario.title;
  result.scenario_name = scenario.name;
  result.scenario_json = scenario.canonical;
  result.scenario_hash = scenario.hash;
  result.seed = settings.seed;
  result.version = std::string(program_version());
  result.measured = scenario.measured;
  for (const MetricSpec& spec : metrics())
    for (const sim::TrainingMetric& metric : report.metrics)
      if (metric.name == spec.name) result.metrics.push_back({std::string(metric.name), metric.estimate, report.provenance});
  append_breakdown(result.breakdown, report);
  out.memory_refusal = sim::memory_refusal(report.memory);
  if (!out.memory_refusal.empty()) result.warnings.push_back(out.memory_refusal);
  out.spans = std::move(report.step.spans);
  return out;
}

std::string chrome_trace(const RunOutput& output) {
  constexpr double kPicosecondsPerMicrosecond = 1e6;
  JsonWriter json(JsonWriter::Layout::compact);
  json.begin_object().key("displayTimeUnit").text("ms").key("traceEvents").begin_array();
  for (const sim::Span& span : output.spans) {
    json.begin_object().key("name").text(fmt::format("{} {}", sim::name(span.part), span.micro_batch)).key("ph").text("X");
    json.key("pid").integer(0).key("tid").integer(span.stage);
    json.key("ts").number(static_cast<double>(span.begin.value()) / kPicosecondsPerMicrosecond);
    json.key("dur").number(static_cast<double>((span.end - span.begin).value()) / kPicosecondsPerMicrosecond);
    json.key("args")
        .begin_object()
        .key("chunk")
        .integer(span.chunk)
        .key("micro_batch")
        .integer(span.micro_batch)
        .end_object()
        .end_object();
  }
  json.end_array().end_object();
  return json.str() + "\n";
}

}  // namespace gpufleet::scenarios
