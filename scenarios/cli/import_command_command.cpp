// `gpufleet import-command`: a launch command as a scenario; with --emit, a scenario as a launch command.
#include <fmt/format.h>

#include "scenarios/cli/commands.h"
#include "scenarios/interop/launch_command.h"
#include "scenarios/validate.h"

namespace gpufleet::scenarios::cli {
namespace {

int emit(const ImportCommandOptions& options, const DataPaths& data, const Catalogs& catalogs, Console& console) {
  const auto tool = launch_tool_from_name(options.emit);
  if (!tool) {
    console.diagnose(
        {.message = fmt::format("unknown program \"{}\"", options.emit), .hint = "there are megatron, vllm, sglang"});
    return kBadInput;
  }
  const Result<RawScenario> raw = load_scenario(options.command, {}, data);
  console.diagnose(raw.diagnostics());
  if (!raw) return kBadInput;
  const Result<Scenario> scenario = validate(*raw, catalogs);
  console.diagnose(scenario.diagnostics());
  if (!scenario) return kBadInput;
  const Result<std::string> text = emit_command(*scenario, *tool);
  console.diagnose(text.diagnostics());
  if (!text) return kBadInput;
  console.print(*text);
  return kDone;
}

}  // namespace

int import_command_command(const ImportCommandOptions& options, Console& console) {
  const DataPaths data = find_data();
  const Result<Catalogs> catalogs = load_catalogs(data);
  console.diagnose(catalogs.diagnostics());
  if (!catalogs) return kInternal;
  if (!options.emit.empty()) return emit(options, data, *catalogs, console);
  const Result<ImportedCommand> imported =
      import_command(options.command, {options.accelerator, options.count, options.model}, catalogs->architectures);
  console.diagnose(imported.diagnostics());
  if (!imported) return kBadInput;
  std::string text = fmt::format("# Made from a launch command of {}.\n", name(imported->tool));
  for (const std::string& flag : imported->not_taken) text += fmt::format("# not taken over: {}\n", flag);
  console.print(text + imported->scenario);
  return kDone;
}

}  // namespace gpufleet::scenarios::cli
