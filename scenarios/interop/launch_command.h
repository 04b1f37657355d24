// Launch commands of other programs as scenarios and back: Megatron-LM (and NeMo's and Megatron-Bridge's overrides of the same
// arguments), vLLM, SGLang. What a flag means is one row of a table; flags without a counterpart are named, not dropped.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "models/architecture.h"
#include "models/published.h"
#include "scenarios/scenario.h"

namespace gpufleet::scenarios {

enum class LaunchTool : std::uint8_t { megatron, vllm, sglang };
std::optional<LaunchTool> launch_tool_from_name(std::string_view name);
std::string_view name(LaunchTool tool);

/// What a command does not say.
struct LaunchContext {
  std::string accelerator;  ///< catalog name
  int count = 0;            ///< accelerators; 0 = from the command (its nodes), else what one instance needs
  std::string model;        ///< catalog name; empty = from the command
  std::span<const models::PublishedModel> checkpoints = {};
  bool widens_fp4 = false;       ///< the accelerator has no FP4 units: 4-bit weights are stored so and multiplied wider
  std::string config = {};       ///< path of the model's config.json, where the command names a folder or file with one
  std::string config_text = {};  ///< what stands in it
};

struct ImportedCommand {
  LaunchTool tool = LaunchTool::megatron;
  std::string scenario;                ///< TOML
  std::vector<std::string> not_taken;  ///< flags of the command that the scenario has no word for
  std::vector<std::string> notes;      ///< what was assumed, a sentence each
};

/// Errors: unclosed quote, no known program in the command, a number that is none or out of range, a model that cannot be told
/// or that differs from what the command's flags say of its shape. Warnings: flags that are misspelt ones.
Result<ImportedCommand> import_command(std::string_view command, const LaunchContext& context,
                                       std::span<const models::Architecture> architectures);

/// What the command calls its model ("deepseek-ai/DeepSeek-R1", "/models/mine"); empty where it does not name one.
std::string model_word(std::string_view command);

/// Shell commands with which `tool` would run the scenario's first phase or each of its serving pools, every word quoted; then a
/// comment line for each thing that the tool has no flag for. The catalog tells where the scenario changed its model. Errors: the
/// scenario has no part for the tool.
Result<std::string> emit_command(const Scenario& scenario, LaunchTool tool, std::span<const models::Architecture> architectures,
                                 std::span<const models::PublishedModel> checkpoints);

}  // namespace gpufleet::scenarios
