// Finding a price by chip, kind, region and date; see prices.h for the rule.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>
#include <array>
#include <cstdlib>
#include <set>

#include "hwprofiles/catalog_name.h"
#include "hwprofiles/prices.h"

namespace gpufleet::hw {
namespace {

constexpr std::array<std::string_view, 15> kKinds{"purchase",
                                                  "launch",
                                                  "used",
                                                  "grey",
                                                  "server",
                                                  "grey-server",
                                                  "all-in",
                                                  "rental",
                                                  "rental-on-demand",
                                                  "rental-1-year",
                                                  "rental-3-year",
                                                  "accounting-rent",
                                                  "break-even-rent",
                                                  "owner-hyperscaler",
                                                  "owner-neocloud"};
constexpr std::array<std::string_view, 4> kBases{"quoted", "interpolated", "held", "other region"};
constexpr std::int64_t kCoverage = 366;  // a price older than a year is no longer the market's

struct Sample {
  PriceEstimate estimate;
  std::int64_t distance = 0;  // days outside the series' span
};

Sample sample(const PriceSeries& series, std::int64_t day) {
  Sample out;
  out.estimate.dimension = is_rent(series.kind) ? Dimension::money_per_time : Dimension::money;
  out.estimate.soft = series.soft;
  out.estimate.source = series.source;
  const auto take = [&](const PricePoint& a, const PricePoint& b, double t) {
    out.estimate.low = a.low + (b.low - a.low) * t;
    out.estimate.central = a.central + (b.central - a.central) * t;
    out.estimate.high = a.high + (b.high - a.high) * t;
  };
  const PricePoint& first = series.points.front();
  const PricePoint& last = series.points.back();
  if (day <= first.day || day >= last.day) {
    const PricePoint& end = day <= first.day ? first : last;
    take(end, end, 0);
    out.distance = std::max<std::int64_t>(0, std::abs(day - end.day) - end.half_width);
    out.estimate.basis = out.distance == 0 ? PriceBasis::quoted : PriceBasis::held;
    return out;
  }
  const auto after = std::find_if(series.points.begin(), series.points.end(), [&](const PricePoint& p) { return p.day > day; });
  const PricePoint& b = *after;
  const PricePoint& a = *(after - 1);
  take(a, b, static_cast<double>(day - a.day) / static_cast<double>(b.day - a.day));
  out.estimate.basis = day == a.day ? PriceBasis::quoted : PriceBasis::interpolated;
  return out;
}

Diagnostic no_price(const PriceBook& book, const PriceQuery& query) {
  std::set<std::string> kinds;
  std::set<std::string> chips;
  for (const PriceSeries& series : book.series) {
    chips.insert(series.chip);
    if (catalog_key(series.chip) == catalog_key(query.chip)) kinds.insert(std::string(name(series.kind)));
  }
  Diagnostic out;
  const std::vector<std::string> names(chips.begin(), chips.end());
  if (kinds.empty()) {
    out.message = fmt::format("the price book knows no price of \"{}\"", query.chip);
    out.hint = did_you_mean(query.chip, names);
  } else {
    out.message = fmt::format("the price book knows no {} price of \"{}\"; it has {}", name(query.kind), query.chip,
                              fmt::join(kinds, ", "));
  }
  return out;
}

}  // namespace

std::string_view name(PriceKind kind) { return kKinds[static_cast<std::size_t>(kind)]; }
std::string_view name(PriceBasis basis) { return kBases[static_cast<std::size_t>(basis)]; }
std::optional<PriceKind> price_kind_from_name(std::string_view text) {
  for (std::size_t i = 0; i < kKinds.size(); ++i)
    if (kKinds[i] == text) return static_cast<PriceKind>(i);
  return std::nullopt;
}
bool is_rent(PriceKind kind) { return kind >= PriceKind::rental; }

Result<PriceEstimate> look_up_price(const PriceBook& book, const PriceQuery& query) {
  const std::int64_t day = day_number(query.date);
  const std::string chip = catalog_key(query.chip);
  std::vector<std::pair<const PriceSeries*, Sample>> here;
  std::vector<std::pair<const PriceSeries*, Sample>> elsewhere;
  for (const PriceSeries& series : book.series) {
    if (series.kind != query.kind || catalog_key(series.chip) != chip) continue;
    const bool local = series.region == query.region || series.region == "world";
    (local ? here : elsewhere).emplace_back(&series, sample(series, day));
  }
  auto& candidates = here.empty() ? elsewhere : here;
  if (candidates.empty()) return no_price(book, query);
  const auto covers = [](const Sample& s) { return s.distance <= kCoverage; };
  const auto best = std::min_element(candidates.begin(), candidates.end(), [&](const auto& a, const auto& b) {
    if (covers(a.second) != covers(b.second)) return covers(a.second);
    if (!covers(a.second) && a.second.distance != b.second.distance) return a.second.distance < b.second.distance;
    return a.first->rank < b.first->rank;
  });
  PriceEstimate out = best->second.estimate;
  for (const auto& [series, other] : candidates) {
    if (!covers(other)) continue;
    out.low = std::min(out.low, other.estimate.low);
    out.high = std::max(out.high, other.estimate.high);
  }
  if (here.empty()) out.basis = PriceBasis::other_region;
  return out;
}

Result<PriceEstimate> look_up_rent(const PriceBook& book, std::string_view chip, std::string_view region, std::string_view date) {
  PriceQuery query{
      .chip = std::string(chip), .kind = PriceKind::rental, .region = std::string(region), .date = std::string(date)};
  for (const PriceKind kind : {PriceKind::rental_1_year, PriceKind::rental, PriceKind::rental_on_demand, PriceKind::rental_3_year,
                               PriceKind::accounting_rent}) {
    query.kind = kind;
    Result<PriceEstimate> found = look_up_price(book, query);
    if (found) return found;
  }
  query.kind = PriceKind::rental;
  return no_price(book, query);
}

Result<PriceEstimate> look_up_assumption(const PriceBook& book, std::string_view key, std::string_view region,
                                         std::string_view date) {
  const std::int64_t day = day_number(date);
  const Assumption* best = nullptr;
  const auto score = [&](const Assumption& a) {
    const int place = a.region == region ? 2 : a.region == "world" ? 1 : 0;
    // In force before not yet in force; among those in force the latest, among the others the earliest.
    const bool in_force = a.day <= day;
    return std::tuple(place, in_force, in_force ? a.day : -a.day);
  };
  std::vector<std::string> keys;
  for (const Assumption& a : book.assumptions) {
    keys.push_back(a.key);
    if (a.key == key && (best == nullptr || score(a) > score(*best))) best = &a;
  }
  if (best == nullptr) {
    Diagnostic out;
    out.message = fmt::format("the price book has no assumption \"{}\"", key);
    out.hint = did_you_mean(key, keys);
    return out;
  }
  PriceEstimate out = best->value;
  if (best->region != region && best->region != "world") out.basis = PriceBasis::other_region;
  return out;
}

Result<ApiPrice> look_up_api_price(const PriceBook& book, std::string_view model, std::string_view date) {
  const std::int64_t day = day_number(date);
  const ApiPrice* best = nullptr;
  std::vector<std::string> models;
  const auto score = [&](const ApiPrice& p) { return std::pair(p.day <= day, p.day <= day ? p.day : -p.day); };
  for (const ApiPrice& price : book.api) {
    models.push_back(price.model);
    if (catalog_key(price.model) == catalog_key(model) && (best == nullptr || score(price) > score(*best))) best = &price;
  }
  if (best != nullptr) return *best;
  Diagnostic out;
  out.message = fmt::format("the price book has no API price of \"{}\"", model);
  out.hint = did_you_mean(model, models);
  return out;
}

}  // namespace gpufleet::hw
