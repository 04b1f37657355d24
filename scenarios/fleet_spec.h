// What a scenario says of a fleet bought over time: sites, lots with dates and origins, and the figures of the cost views;
// checked and typed. plan_fleet.h works out prices and legal status.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/statistics.h"
#include "sim/fleet/lot.h"

namespace gpufleet::scenarios {

/// official: sold by the maker or its partners under the rules; grey: through middlemen, whatever the rules say; domestic: made
/// in the buyer's country; cloud: rented where it stands.
enum class LotOrigin : std::uint8_t { official, grey, domestic, cloud };
std::string_view name(LotOrigin origin);

/// What an accelerator cost, in the currency of the deal.
struct PriceSpec {
  Estimate amount;
  std::string currency = "USD";
  std::string source;
};

struct SiteSpec {
  std::string name;
  std::string region;                                           ///< ISO country
  std::optional<double> power_limit, pue, electricity, carbon;  ///< W, ratio, USD/J, g/J
};

struct SiteLinkSpec {
  int from = 0, to = 0;
  double rate = 0;  ///< bytes/s
};

struct LotSpec {
  std::string name;
  std::string accelerator;  ///< catalog name
  std::string node;         ///< catalog name
  std::int64_t count = 0;   ///< of all deliveries together
  sim::Acquisition acquisition = sim::Acquisition::purchase;
  LotOrigin origin = LotOrigin::official;
  bool always_delivered = false;  ///< its status is reported, not enforced (pools of a fleet without lots)
  std::string date;               ///< of the first purchase, complete ISO date
  std::string monthly_until;      ///< if not empty, equal parts are bought each month to this date
  double delay_hours = 0;         ///< from purchase to use
  std::string retires;            ///< complete ISO date; empty = stays
  double resale = 0;              ///< share of the price
  int site = 0;
  std::optional<PriceSpec> price;
  std::optional<double> premium;       ///< over the book's official price
  std::optional<double> rent;          ///< USD/s
  std::optional<double> surroundings;  ///< USD, host and network share
  std::optional<double> mtbf, repair;  ///< s
};

/// Figures of the cost views that the scenario sets itself; others come from the price book.
struct CostSpec {
  std::optional<double> useful_life;                ///< s
  std::optional<double> host, network, operations;  ///< USD an accelerator; operations over its useful life
  std::optional<double> research_multiplier, staff_share;
};

struct FleetSpec {
  std::string region = "CN";  ///< of the site that is meant where none is described
  std::string headquarters;   ///< of the buyer; empty = the site's country
  bool state_funded = false;
  std::string date;                   ///< day on which totals are given; empty = when the last lot is there
  std::vector<std::string> withdraw;  ///< rules taken out
  std::vector<std::string> what_if;   ///< rules that were never enforced, taken in
  std::string rules_file;             ///< rules laid over the shipped ones
  std::vector<SiteSpec> sites;        ///< at least one
  std::vector<SiteLinkSpec> links;
  std::vector<LotSpec> lots;
  CostSpec costs;
};

}  // namespace gpufleet::scenarios
