// From a FleetSpec to the simulator's fleet: prices, rents and power from the price book, legal status from the export law, one
// lot a delivery.
#pragma once

#include <string>
#include <vector>

#include "core/result.h"
#include "hwprofiles/export_law.h"
#include "scenarios/catalogs.h"
#include "scenarios/fleet_spec.h"
#include "sim/fleet/lot.h"
#include "sim/fleet/totals.h"

namespace gpufleet::scenarios {

/// One purchase as the law saw it on its day.
struct Purchase {
  std::string lot, chip, date, site;
  std::int64_t count = 0;
  LotOrigin origin = LotOrigin::official;
  hw::ExportVerdict verdict;
  bool delivered = true;
  double price = 0;  ///< USD, central
  std::string price_source;
};

/// A parameter of the cost views as it was used, in words: from the price book, or from the scenario.
struct UsedParameter {
  std::string key, region, value, low, high, source;
};

struct PlannedFleet {
  sim::Fleet fleet;
  std::vector<Purchase> purchases;
  std::vector<UsedParameter> parameters;  ///< each key of a region once, as first used
  sim::ReferenceChip reference;           ///< H100 SXM
  std::int64_t totals_at = 0;             ///< hour since 1970 of the totals
  Estimate research_multiplier, staff_share;
};

/// Errors: a chip without any price, a broken rules file.
Result<PlannedFleet> plan_fleet(const FleetSpec& spec, const Catalogs& catalogs);

/// Hours since 1970 of a complete ISO date, and back to a date.
std::int64_t hour_of(std::string_view iso_date);
std::string date_of(std::int64_t hour);
/// The first of the month after the hour's.
std::int64_t next_month(std::int64_t hour);

}  // namespace gpufleet::scenarios
