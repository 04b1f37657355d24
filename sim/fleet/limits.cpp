#include "sim/fleet/limits.h"

#include <algorithm>

namespace gpufleet::sim {

std::string books_problem(const Horizon& horizon, std::int64_t from, std::int64_t to) {
  double gpus = 0, dollars = 0;
  for (const FleetLot& lot : horizon.fleet.lots) {
    const double n = static_cast<double>(lot.count), hours = static_cast<double>(to - from);
    gpus += n;
    dollars += n * (lot.price.high + lot.surroundings.high + hours * (lot.rent.high + lot.operations.high));
  }
  // What the books can hold: 63 bits of millionths of a dollar, thousandths of a watt-hour, tokens.
  constexpr double kDollars = 4e12, kGpus = 5e6, kTokens = 4e18;
  if (gpus > kGpus) return "more than 5 million accelerators do not fit the books";
  if (dollars > kDollars) return "more than 4 trillion dollars do not fit the books";
  const double seconds = static_cast<double>(to - from) * 3600;
  double tokens = 0, revenue = 0;
  const auto add = [&](const std::vector<WorkOption>& options) {
    for (const WorkOption& option : options) tokens += 2 * seconds * option.curve.at(std::max(gpus, option.curve.least()));
  };
  for (const ServingLoad& load : horizon.loads) {
    double most = 0, price = 0;
    for (const DemandPoint& point : load.demand) most = std::max(most, point.rate * static_cast<double>(load.daily.size()));
    for (const TokenPrice& entry : load.revenue) price = std::max(price, entry.usd_per_token);
    tokens += most * seconds;
    revenue += most * seconds * price;
    add(load.options);
  }
  for (const Campaign& campaign : horizon.campaigns) add(campaign.options);
  if (tokens > kTokens) return "more than 4e18 tokens do not fit the books";
  if (revenue > kDollars) return "more than 4 trillion dollars of revenue do not fit the books";
  return {};
}

}  // namespace gpufleet::sim
