// What chips, power and tokens cost, by date, with low, central and high and the source of each: the price book that every cost
// view reads. Data: hwprofiles/data/prices.toml.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/quantity.h"
#include "core/result.h"
#include "core/units.h"
#include "hwprofiles/calendar.h"

namespace gpufleet::hw {

/// Purchases are USD per accelerator (`server` and `grey_server` with its share of the server, `all_in` with network and site
/// as well); rents are USD per second and accelerator. `accounting_rent` is a rate somebody assumed, not a quote.
enum class PriceKind : std::uint8_t {
  purchase,
  launch,
  used,
  grey,
  server,
  grey_server,
  all_in,
  rental,
  rental_on_demand,
  rental_1_year,
  rental_3_year,
  accounting_rent,
  break_even_rent,
  owner_hyperscaler,
  owner_neocloud
};
std::string_view name(PriceKind kind);
std::optional<PriceKind> price_kind_from_name(std::string_view text);
bool is_rent(PriceKind kind);

/// How an estimate came about: a point of the series at that date, between two points, held from the nearest point, taken from
/// another region, or without a date of its own.
enum class PriceBasis : std::uint8_t { quoted, interpolated, held, other_region };
std::string_view name(PriceBasis basis);

/// In base units of `dimension` (USD, USD/s, USD/J, s, W, ratio...).
struct PriceEstimate {
  double low = 0, central = 0, high = 0;
  Dimension dimension = Dimension::money;
  PriceBasis basis = PriceBasis::quoted;
  bool soft = false;  ///< recalled or assumed rather than read in a source
  std::string source;
};

struct PricePoint {
  std::int64_t day = 0;                   ///< days since 1970-01-01; the middle of the period that the source names
  std::int64_t half_width = 0;            ///< days before and after that the period covers
  double low = 0, central = 0, high = 0;  ///< USD (at that day's exchange rate), or USD/s
};

struct PriceSeries {
  std::string chip;
  PriceKind kind = PriceKind::purchase;
  std::string region;  ///< "US", "CN", "world"
  int rank = 1;        ///< 1 = believed first
  bool soft = false;
  std::string source;
  std::vector<PricePoint> points;  ///< by day
};

/// A named parameter of the cost views: electricity, PUE, useful life, network per accelerator...
struct Assumption {
  std::string key;
  std::string region;
  std::int64_t day = 0;  ///< from then on; the earliest entry also holds before
  PriceEstimate value;
  std::string note;
};

struct ApiPrice {
  std::string model;
  std::int64_t day = 0;
  double input = 0, cached_input = 0, output = 0;  ///< USD per token
  bool soft = false;
  std::string source;
};

/// Units of a currency for one US dollar, mean of a year around its middle.
struct ExchangeRate {
  std::string currency;
  std::int64_t day = 0;
  double per_dollar = 0;
};

struct PriceBook {
  std::vector<ExchangeRate> exchange;
  std::vector<PriceSeries> series;
  std::vector<Assumption> assumptions;
  std::vector<ApiPrice> api;
  /// Chip, and what a data centre provisions for one with its share of host, network and cooling.
  std::vector<std::pair<std::string, PriceEstimate>> provisioned_power;
};

Result<PriceBook> load_prices(const std::filesystem::path& file);

struct PriceQuery {
  std::string chip;  ///< catalog name
  PriceKind kind = PriceKind::purchase;
  std::string region;  ///< other regions serve when this one has none
  std::string date;    ///< complete ISO date
};
/// The best-ranked series that covers the date within a year, else the nearest in time, linear between its points and held
/// outside them; the interval also spans what the other series say at that date. Error: no such price, with the kinds known.
Result<PriceEstimate> look_up_price(const PriceBook& book, const PriceQuery& query);
/// What an hour of the chip rents for: 1-year contract, any rental, on demand, 3-year, assumed rate, whichever is first known.
Result<PriceEstimate> look_up_rent(const PriceBook& book, std::string_view chip, std::string_view region, std::string_view date);
/// A parameter in force at the date: the region's, else the world's, else any. Error: unknown key, with "did you mean".
Result<PriceEstimate> look_up_assumption(const PriceBook& book, std::string_view key, std::string_view region,
                                         std::string_view date);
/// US dollars for one unit of the currency at the date, linear between the years' averages. Error: unknown currency.
Result<double> dollars_per_unit(const PriceBook& book, std::string_view currency, std::string_view date);
/// Price list of a served model at the date (the latest not after it, else the earliest).
Result<ApiPrice> look_up_api_price(const PriceBook& book, std::string_view model, std::string_view date);

}  // namespace gpufleet::hw
