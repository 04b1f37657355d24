// Launch commands of other programs as scenarios and back: Megatron-LM (and NeMo, Megatron-Bridge, which pass the same
// arguments on), vLLM, SGLang. What a flag means is one row of a table; flags without a counterpart are named, not dropped.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "models/architecture.h"
#include "scenarios/scenario.h"

namespace gpufleet::scenarios {

enum class LaunchTool : std::uint8_t { megatron, vllm, sglang };
std::optional<LaunchTool> launch_tool_from_name(std::string_view name);
std::string_view name(LaunchTool tool);

/// What a command does not say.
struct LaunchContext {
  std::string accelerator;  ///< catalog name
  int count = 0;            ///< accelerators; 0 = from the command (torchrun's nodes), else what one instance needs
  std::string model;        ///< catalog name; empty = from the command
};

struct ImportedCommand {
  LaunchTool tool = LaunchTool::megatron;
  std::string scenario;                ///< TOML
  std::vector<std::string> not_taken;  ///< flags of the command that the scenario has no word for
};

/// Errors: unclosed quote, no known program in the command, a number that is none, a model that cannot be told.
Result<ImportedCommand> import_command(std::string_view command, const LaunchContext& context,
                                       std::span<const models::Architecture> architectures);

/// The arguments with which `tool` would run the scenario's first phase or first serving pool. Errors: the scenario has no part
/// for the tool.
Result<std::string> emit_command(const Scenario& scenario, LaunchTool tool);

}  // namespace gpufleet::scenarios
