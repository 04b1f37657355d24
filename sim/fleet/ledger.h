// What hours of a fleet add up to, in whole numbers: millionths of a dollar, thousandths of a watt-hour, of a gram and of a
// GPU-hour. Whole numbers make sums exact, so that any split of a horizon gives the same total to the last digit.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace gpufleet::sim {

/// What accelerators are used for.
enum class FleetUse : std::uint8_t { serving, pretraining, reinforcement, ablation, count };
inline constexpr std::size_t kFleetUses = static_cast<std::size_t>(FleetUse::count);
std::string_view name(FleetUse use);

/// Items of cost. `purchases` and `resale` are cash on the day; the others accrue by the hour, `amortisation` in place of the
/// purchase. `market_rent` is what the hours in use would have cost to rent: another view of the same hours, never added.
enum class CostItem : std::uint8_t {
  amortisation,
  rent,
  electricity,
  operations,
  purchases,
  resale,
  market_rent,
  revenue,
  count
};
inline constexpr std::size_t kCostItems = static_cast<std::size_t>(CostItem::count);
std::string_view name(CostItem item);

struct Ledger {
  std::int64_t owned = 0, idle = 0, down = 0;     ///< thousandths of a GPU-hour; idle includes what a site's power limit bars
  std::array<std::int64_t, kFleetUses> used{};    ///< the same, by use
  std::array<std::int64_t, kFleetUses> tokens{};  ///< done
  std::int64_t unmet_tokens = 0;                  ///< asked of serving and not served
  std::int64_t energy = 0;                        ///< thousandths of a watt-hour, at the meter
  std::int64_t carbon = 0;                        ///< thousandths of a gram of CO2 equivalent
  std::array<std::int64_t, kCostItems> money{};   ///< millionths of a dollar
  std::int64_t lawful = 0;                        ///< part of `owned` that was bought lawfully

  Ledger& operator+=(const Ledger& other);
  friend bool operator==(const Ledger&, const Ledger&) = default;

  [[nodiscard]] std::int64_t used_in_all() const;
  /// Accrued cost: amortisation, rent, electricity, operations.
  [[nodiscard]] std::int64_t accrued() const;
  [[nodiscard]] std::int64_t of(CostItem item) const { return money[static_cast<std::size_t>(item)]; }
  [[nodiscard]] std::int64_t of(FleetUse use) const { return used[static_cast<std::size_t>(use)]; }
};

inline constexpr double kMillion = 1e6, kThousand = 1e3;
/// To the nearest whole unit. Precondition: it fits 63 bits.
std::int64_t whole(double value);

/// The part of `total` that is written off in hour `hour` of `life` (straight line): differences of a rounded running sum, so
/// that the hours of a life add up to `total` exactly. 0 outside the life.
std::int64_t straight_line(std::int64_t total, std::int64_t life, std::int64_t hour);

}  // namespace gpufleet::sim
