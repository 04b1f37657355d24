// `gpufleet fabric`: the network of a scenario's pools, its price, a drawing of it, and what failures cost.
#include <fmt/format.h>

#include "core/units.h"
#include "hwprofiles/atomic_file.h"
#include "hwprofiles/fabric/fabric_export.h"
#include "scenarios/cli/commands.h"
#include "scenarios/cli/output_names.h"
#include "scenarios/cli/shipped_data.h"
#include "scenarios/fabric/fabric_text.h"

namespace gpufleet::scenarios::cli {
namespace {

bool quantity(const std::string& option, const std::string& text, Dimension dimension, Console& console, double& out) {
  std::string why;
  const std::optional<double> value = parse_quantity(text, dimension, why);
  if (value && *value >= 0) {
    out = *value;
    return true;
  }
  console.diagnose({.key = option,
                    .message = value ? std::string("must not be negative") : why,
                    .hint = fmt::format("e.g. {}", example(dimension))});
  return false;
}

}  // namespace

int fabric_command(const FabricOptions& options, Console& console, std::stop_token stop) {
  FabricQuestion question{options.failed, {}, 0};
  double between = 0;
  if (!quantity("--message", options.message, Dimension::bytes, console, question.message)) return kBadInput;
  if (!options.between_halls.empty() &&
      !quantity("--between-halls", options.between_halls, Dimension::bytes_per_second, console, between))
    return kBadInput;
  question.between_halls = BytesPerSecond(between);
  const NamedFile scenario_file{"the scenario", options.scenario}, drawing{"--draw", options.drawing};
  if (const Diagnostics problems = check_outputs({&scenario_file, 1}, {&drawing, 1}); has_errors(problems)) {
    console.diagnose(problems);
    return kBadInput;
  }

  const Result<ShippedData> data = load_shipped(console);
  if (!data) return exit_code_of_data(data.diagnostics());
  const std::optional<Scenario> scenario = load_checked(options.scenario, options.overrides, *data, console);
  if (!scenario) return kBadInput;

  const RunControl control{stop, [&](double fraction, std::string_view what) { console.progress(fraction, what); }};
  const Result<FabricAnswer> answer = fabric_answer(*scenario, data->catalogs, data->hardware, question, control);
  console.diagnose(answer.diagnostics());
  if (!answer) return exit_code(answer.diagnostics());
  if (control.stopped()) return kInterrupted;
  if (!options.drawing.empty()) {
    const bool json = options.drawing.ends_with(".json");
    const Diagnostics problems = hw::write_file_atomically(
        options.drawing, json ? hw::to_json(answer->graph, answer->failures) : hw::to_graphviz(answer->graph, answer->failures));
    console.diagnose(problems);
    if (!problems.empty()) return kBadInput;
  }
  console.print(fabric_text(*answer, options.format));
  return kDone;
}

}  // namespace gpufleet::scenarios::cli
