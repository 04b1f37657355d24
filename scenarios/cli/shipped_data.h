// What commands need first: the catalogs, the hardware data, and what the user named or wrote checked against them.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/result.h"
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

/// Errors, which the console has said: a shipped file, or one of the user's own, is broken.
Result<ShippedData> load_shipped(Console& console);

/// For commands that only look things up. Errors likewise.
Result<Catalogs> load_catalogs(Console& console);

/// Of a command that cannot go on without data: bad input where all that is broken lies in the user's own folder, else an
/// internal error.
int exit_code_of_data(std::span<const Diagnostic> errors);

/// Nothing, once the console has said which name is the nearest, when no chip is called so.
std::optional<hw::Accelerator> named_accelerator(const std::string& name, const Catalogs& catalogs, Console& console);

/// Nothing, once the console has said why, when the user's file is not a sound scenario; its warnings are said too.
std::optional<Scenario> load_checked(const std::string& file, const std::vector<std::string>& overrides, const ShippedData& data,
                                     Console& console);

}  // namespace gpufleet::scenarios::cli
