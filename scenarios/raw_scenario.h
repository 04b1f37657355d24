// A scenario as written: the file, laid on the file it is based on, on its software stack's options, with --set values on top.
// Nothing is checked yet but the files themselves; validate.h gives it a meaning.
#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "core/result.h"
#include "scenarios/data_paths.h"
#include "scenarios/raw_value.h"

namespace gpufleet::scenarios {

struct RawScenario {
  std::string name;              ///< the file as the user wrote it; diagnostics use the same
  std::filesystem::path folder;  ///< paths inside the scenario (model.config) are relative to it
  RawTable root;
};

/// `overrides` are texts "dotted.key=value"; members of lists are numbered from 0: "fleet.pool.0.count=512".
/// A `base` is looked for beside the file that names it, then in the shipped scenarios; it may not lie outside both.
/// Errors: unreadable or broken files, a circle of bases, an unknown stack, an override that is not key=value.
Result<RawScenario> load_scenario(const std::string& file, std::span<const std::string> overrides, const DataPaths& data);

/// The same from memory, for editors and tests; `folder` is where its base and config would be looked for.
Result<RawScenario> parse_scenario(std::string_view text, const std::string& name, const std::filesystem::path& folder,
                                   std::span<const std::string> overrides, const DataPaths& data);

}  // namespace gpufleet::scenarios
