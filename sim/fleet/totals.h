// What a fleet amounts to on one day: counts, rates, memory, power, money, and how much of it was bought lawfully.
#pragma once

#include <array>
#include <string>
#include <vector>

#include "core/statistics.h"
#include "sim/fleet/lot.h"

namespace gpufleet::sim {

/// One accelerator of the kind that others are counted in (H100 SXM: TPP 15,832, 3.35 TB/s).
struct ReferenceChip {
  double tpp = 0, bandwidth = 0;
};

struct ChipShare {
  std::string chip;
  double gpus = 0, compute = 0, bandwidth = 0, memory = 0;  ///< shares of the fleet's
};

struct FleetTotals {
  double gpus = 0, tpp = 0, bandwidth = 0, memory = 0;
  double equivalents_compute = 0, equivalents_bandwidth = 0;
  Estimate capex;                          ///< USD for the chips bought
  Estimate capex_all_in;                   ///< with hosts and network
  Estimate power;                          ///< W at the meters, all busy
  Estimate amortisation;                   ///< USD a year
  Estimate electricity, operations, rent;  ///< USD a year, all busy
  Estimate opex;                           ///< electricity, operations and rent, a year
  Estimate yearly;                         ///< opex and amortisation
  double lawful_share = 0;                 ///< of the accelerators
  double lawful_compute = 0;
  std::vector<ChipShare> chips;  ///< in order of first lot
};

/// Lots in the fleet at `hour`. Estimates of different chips and of different kinds err independently (their spans add as
/// squares), those of one kind for one chip together.
FleetTotals fleet_totals(const Fleet& fleet, std::int64_t hour, const ReferenceChip& reference);

/// Sum of independent estimates: centres add, distances to low and high add as squares.
Estimate independent_sum(const std::vector<Estimate>& parts);
Estimate scaled(const Estimate& estimate, double factor);
/// Product of two independent positive estimates, spans as squares of ratios.
Estimate independent_product(const Estimate& a, const Estimate& b);
/// a / b for positive independent estimates.
Estimate independent_ratio(const Estimate& a, const Estimate& b);

}  // namespace gpufleet::sim
