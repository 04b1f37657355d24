// Lots, sites and cost parameters of a scenario, checked.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/diagnostics.h"
#include "scenarios/catalogs.h"
#include "scenarios/fleet_spec.h"
#include "scenarios/scenario.h"
#include "scenarios/typed_table.h"

namespace gpufleet::scenarios {

/// Nothing where the scenario describes no lots and asks for something else; a scenario of pools alone is read as lots bought on
/// fleet.date. Adds its problems to `sink`.
enum class PoolsAsLots : std::uint8_t { no, yes };
std::optional<FleetSpec> read_lots(const TypedTable& fleet, const std::vector<PoolSpec>& pools, PoolsAsLots pools_as_lots,
                                   const Catalogs& catalogs, const std::filesystem::path& folder, Diagnostics& sink);

/// A key that holds a date, completed; `fallback` where it is left out. Reports what is none.
std::string read_date(const TypedTable& table, std::string_view key, std::string fallback, Diagnostics& sink);
/// "a, b ,c" as its parts.
std::vector<std::string> split_list(std::string_view text);

}  // namespace gpufleet::scenarios
