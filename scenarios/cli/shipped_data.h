// What every command that simulates needs first: the catalogs, the hardware data, and scenarios checked against them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "scenarios/catalogs.h"
#include "scenarios/cli/console.h"
#include "scenarios/plan_training.h"
#include "scenarios/scenario.h"

namespace gpufleet::scenarios::cli {

struct ShippedData {
  DataPaths paths;
  Catalogs catalogs;
  HardwareData hardware;
};

/// Nothing, once the console has said why, when a shipped file is broken.
std::optional<ShippedData> load_shipped(Console& console);

/// Nothing, once the console has said why, when the user's file is not a sound scenario; its warnings are said too.
std::optional<Scenario> load_checked(const std::string& file, const std::vector<std::string>& overrides, const ShippedData& data,
                                     Console& console);

}  // namespace gpufleet::scenarios::cli
