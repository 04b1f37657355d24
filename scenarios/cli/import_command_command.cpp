// `gpufleet import-command`: a launch command as a scenario; with --emit, a scenario as launch commands.
#include <fmt/format.h>
#include <filesystem>

#include "hwprofiles/accelerator_catalog.h"
#include "models/published.h"
#include "scenarios/cli/commands.h"
#include "scenarios/interop/launch_command.h"
#include "scenarios/interop/shell_words.h"
#include "scenarios/raw_scenario.h"
#include "scenarios/text_file.h"
#include "scenarios/validate.h"

namespace gpufleet::scenarios::cli {
namespace {

using Checkpoints = std::vector<models::PublishedModel>;

int emit(const ImportCommandOptions& options, const DataPaths& data, const Catalogs& catalogs, const Checkpoints& checkpoints,
         Console& console) {
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
  const Result<std::string> text = emit_command(*scenario, *tool, catalogs.architectures, checkpoints);
  console.diagnose(text.diagnostics());
  if (!text) return kBadInput;
  console.print(*text);
  return kDone;
}

// A model named by its folder, or by its config.json, is read from there.
void read_config(const std::string& word, LaunchContext& context, Console& console) {
  if (word.empty()) return;
  std::error_code failure;
  std::filesystem::path file = word;
  if (std::filesystem::is_directory(file, failure)) file /= "config.json";
  if (file.extension() != ".json" || !std::filesystem::is_regular_file(file, failure)) return;
  const Result<std::string> text = read_text_file(file, file.generic_string());
  console.diagnose(text.diagnostics());
  if (!text) return;
  context.config = std::filesystem::absolute(file, failure).lexically_normal().generic_string();
  context.config_text = *text;
}

}  // namespace

int import_command_command(const ImportCommandOptions& options, Console& console) {
  const DataPaths data = find_data();
  const Result<Catalogs> catalogs = load_catalogs(data);
  console.diagnose(catalogs.diagnostics());
  const Result<Checkpoints> checkpoints = models::load_published(data.models / "published" / "hugging_face.toml");
  console.diagnose(checkpoints.diagnostics());
  if (!catalogs || !checkpoints) return kInternal;
  if (!options.emit.empty()) return emit(options, data, *catalogs, *checkpoints, console);

  LaunchContext context{options.accelerator, options.count, options.model, *checkpoints};
  const Result<hw::Accelerator> chip = hw::find_accelerator(catalogs->accelerators, options.accelerator);
  context.widens_fp4 = chip.ok() && !chip->supports(hw::Dtype::fp4);
  read_config(options.model.empty() ? model_word(options.command) : options.model, context, console);
  const Result<ImportedCommand> imported = import_command(options.command, context, catalogs->architectures);
  console.diagnose(imported.diagnostics());
  if (!imported) return kBadInput;
  std::string text = fmt::format("# Made from a launch command of {}.\n", name(imported->tool));
  for (const std::string& flag : imported->not_taken) text += fmt::format("# not taken over: {}\n", flag);
  for (const std::string& note : imported->notes) text += fmt::format("# {}\n", one_line(note));
  text += imported->scenario;
  console.print(text);
  // What the command asks may not be possible: the same errors as `gpufleet check` of the file.
  const Result<RawScenario> raw = parse_scenario(text, "imported scenario", ".", {}, data);
  console.diagnose(raw.diagnostics());
  if (!raw) return kBadInput;
  const Result<Scenario> scenario = validate(*raw, *catalogs);
  console.diagnose(scenario.diagnostics());
  return scenario ? kDone : kBadInput;
}

}  // namespace gpufleet::scenarios::cli
