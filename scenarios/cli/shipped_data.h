// What commands need first: the catalogs, the hardware data, and what the user named or wrote checked against them.
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

/// For commands that only look things up.
std::optional<Catalogs> load_catalogs(Console& console);

/// Nothing, once the console has said which name is the nearest, when no chip is called so.
std::optional<hw::Accelerator> named_accelerator(const std::string& name, const Catalogs& catalogs, Console& console);

/// Nothing, once the console has said why, when the user's file is not a sound scenario; its warnings are said too.
std::optional<Scenario> load_checked(const std::string& file, const std::vector<std::string>& overrides, const ShippedData& data,
                                     Console& console);

}  // namespace gpufleet::scenarios::cli
