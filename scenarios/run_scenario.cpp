#include "scenarios/run_scenario.h"

#include <fmt/format.h>

#include "scenarios/output/json_writer.h"
#include "scenarios/run_serving.h"
#include "scenarios/run_training.h"

namespace gpufleet::scenarios {
Result<RunOutput> run_scenario(const Scenario& scenario, const Catalogs& catalogs, const HardwareData& hardware,
                               const RunSettings& settings, const RunControl& control) {
  RunOutput out;
  RunResult& result = out.result;
  result.title = scenario.title;
  result.scenario_name = scenario.name;
  result.scenario_json = scenario.canonical;
  result.scenario_hash = scenario.hash;
  result.seed = settings.seed;
  result.version = std::string(program_version());
  result.measured = scenario.measured;
  if (scenario.training) {
    sim::RunOptions options;
    options.seed = settings.seed;
    options.recording = settings.recording;
    options.folding = settings.folding;
    Result<TrainingOutput> training = run_training(scenario, catalogs, hardware, options, control, result);
    if (!training) return training.diagnostics();
    out.memory_refusal = std::move(training->memory_refusal);
    out.spans = std::move(training->spans);
  }
  if (scenario.serving && !control.stopped()) {
    const Diagnostics problems = run_serving(scenario, catalogs, hardware, control, result);
    if (has_errors(problems)) return problems;
  }
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
