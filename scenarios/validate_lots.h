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

/// What is bought: chip, node, name, origin, price, premium, rent, surroundings, faults; the keys of a lot and of a plan's offer.
/// `region` decides what is domestic; lot.date the exchange rate.
void read_goods(const TypedTable& table, const std::string& region, const Catalogs& catalogs, LotSpec& lot, Diagnostics& sink);

/// Index of the site that a key names; the first where it is left out or unknown, which is reported.
int find_site(const std::vector<SiteSpec>& sites, const TypedTable& table, std::string_view key, Diagnostics& sink);

/// A key that holds a date, completed; `fallback` where it is left out. Reports what is none.
std::string read_date(const TypedTable& table, std::string_view key, std::string fallback, Diagnostics& sink);
/// "a, b ,c" as its parts.
std::vector<std::string> split_list(std::string_view text);

}  // namespace gpufleet::scenarios
