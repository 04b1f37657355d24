// The serving engines that ship (scenarios/engines.toml): one set of constants each.
#pragma once

#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "sim/serving/engine.h"

namespace gpufleet::scenarios {

/// Errors: every broken key of the file, with its place.
Result<std::vector<sim::ServingEngine>> load_engines(const std::filesystem::path& file);
/// Null if there is no engine of that name.
const sim::ServingEngine* find_engine(std::span<const sim::ServingEngine> engines, std::string_view name);
std::vector<std::string> engine_names(std::span<const sim::ServingEngine> engines);

}  // namespace gpufleet::scenarios
