#include "sim/fleet/ledger.h"

#include <cmath>
#include <numeric>

#include "core/check.h"

namespace gpufleet::sim {

std::string_view name(FleetUse use) {
  constexpr std::array<std::string_view, kFleetUses> kNames{"serving", "pretraining", "reinforcement", "ablation"};
  return kNames[static_cast<std::size_t>(use)];
}

std::string_view name(CostItem item) {
  constexpr std::array<std::string_view, kCostItems> kNames{"amortisation", "rent",   "electricity", "operations",
                                                            "purchases",    "resale", "market rent", "revenue"};
  return kNames[static_cast<std::size_t>(item)];
}

Ledger& Ledger::operator+=(const Ledger& other) {
  owned += other.owned;
  idle += other.idle;
  down += other.down;
  for (std::size_t i = 0; i < kFleetUses; ++i) used[i] += other.used[i], tokens[i] += other.tokens[i];
  unmet_tokens += other.unmet_tokens;
  energy += other.energy;
  carbon += other.carbon;
  for (std::size_t i = 0; i < kCostItems; ++i) money[i] += other.money[i];
  lawful += other.lawful;
  return *this;
}

std::int64_t Ledger::used_in_all() const { return std::accumulate(used.begin(), used.end(), std::int64_t{0}); }

std::int64_t Ledger::accrued() const {
  return of(CostItem::amortisation) + of(CostItem::rent) + of(CostItem::electricity) + of(CostItem::operations);
}

std::int64_t whole(double value) {
  const double rounded = std::round(value);
  check(std::abs(rounded) < 9.2e18, "a sum of the ledger is outside the range of 64-bit whole numbers");
  return static_cast<std::int64_t>(rounded);
}

std::int64_t straight_line(std::int64_t total, std::int64_t life, std::int64_t hour) {
  if (life <= 0 || hour < 0 || hour >= life) return 0;
  __extension__ using Wide = __int128;
  const auto through = [&](std::int64_t hours) { return static_cast<std::int64_t>(static_cast<Wide>(total) * hours / life); };
  return through(hour + 1) - through(hour);
}

}  // namespace gpufleet::sim
