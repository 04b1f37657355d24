// Accelerators bought or rented together, and the sites where they stand, with every figure worked out: scenarios/ makes them
// from files, price book, export law and chip catalog.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "core/statistics.h"

namespace gpufleet::sim {

inline constexpr std::int64_t kNever = std::numeric_limits<std::int64_t>::max();
inline constexpr std::int64_t kHoursPerDay = 24;
inline constexpr double kHoursPerYear = 8766;

enum class Acquisition : std::uint8_t { purchase, rental };

/// Estimates: central, low and high.
struct FleetLot {
  std::string name, chip;
  int site = 0;  ///< index of its site
  std::int64_t count = 0;
  /// Hours since 1970-01-01; in the fleet from `arrives` to before `leaves`.
  std::int64_t arrives = 0, leaves = kNever;
  Acquisition acquisition = Acquisition::purchase;
  bool lawful = true;                     ///< its sale was permitted on the day of purchase
  Estimate price;                         ///< USD an accelerator, of the chip alone; 0 for rentals
  Estimate surroundings;                  ///< USD an accelerator, its share of host and network; 0 for rentals
  Estimate life_hours;                    ///< over which price and surroundings are written off
  double resale_share = 0;                ///< of the chip's price, received when it leaves
  Estimate rent;                          ///< USD an hour: paid by rentals, and the market's measure of a used hour of any lot
  Estimate operations;                    ///< USD an accelerator and hour: site, space, people on site; rentals include it
  double busy_watts = 0, idle_watts = 0;  ///< at the rack, with its share of host and network
  double watts_low = 1, watts_high = 1;   ///< factors on both
  double tpp = 0, bandwidth = 0, memory = 0;  ///< of one: TFLOP/s x bits, bytes/s, bytes
  double mtbf_hours = 0, repair_hours = 0;    ///< of one accelerator with its share of the node; 0 = it never fails
  /// Share of time that it is out of service: repair / (mtbf + repair).
  [[nodiscard]] double unavailability() const { return mtbf_hours > 0 ? repair_hours / (mtbf_hours + repair_hours) : 0; }
};

struct FleetSite {
  std::string name;
  double power_limit = 0;  ///< W at the meter; 0 = none
  double pue = 1;
  Estimate electricity;  ///< USD a kWh
  Estimate carbon;       ///< g a kWh
};

/// Network between two sites, one direction, bytes/s.
struct SiteLink {
  int from = 0, to = 0;
  double rate = 0;
};

struct Fleet {
  std::vector<FleetSite> sites;
  std::vector<SiteLink> links;
  std::vector<FleetLot> lots;
};

/// Slowest link on the way between the sites named (a star around the best of them); 0 where one cannot be reached.
double bottleneck(const Fleet& fleet, const std::vector<int>& sites);

/// A synchronous step over several sites also sums gradients between them: 2 (S-1)/S bytes over the slowest link (ring
/// all-reduce). Tokens/s of the whole, from the sum of the sites' rates.
double rate_across_sites(double rate, double tokens_per_step, double gradient_bytes, int sites, double link_rate);

/// Share of the time that a job of `gpus` makes progress (Daly 2006, first order): waste = sqrt(2 c / M) + (c/2 + r) / M with M
/// the job's mean time between failures, c the time of a checkpoint and r of a restart, hours.
double effective_time(double gpus, double mtbf_hours, double checkpoint_hours, double restart_hours);

}  // namespace gpufleet::sim
