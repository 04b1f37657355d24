// The [claims] part of a scenario, checked.
#pragma once

#include <filesystem>

#include "scenarios/catalogs.h"
#include "scenarios/claims_spec.h"
#include "scenarios/typed_table.h"

namespace gpufleet::scenarios {

/// Adds its problems to `sink` and returns what could be read; other scenarios are named, not read.
ClaimsSpec read_claims(const TypedTable& claims, const Catalogs& catalogs, const std::filesystem::path& folder,
                       Diagnostics& sink);

/// "a=1; b=2" as its parts.
std::vector<std::string> split_overrides(std::string_view text);

}  // namespace gpufleet::scenarios
