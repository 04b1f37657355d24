// The largest chip just below the lines: how H800, H20 and RTX 6000D came to be. Pure search over the rules' own numbers.
#pragma once

#include <string>
#include <vector>

#include "hwprofiles/export_law.h"

namespace gpufleet::hw {

/// What holds one number of a design down.
struct DesignLimit {
  std::string quantity;  ///< "TPP", "IO" or "DRAM"
  std::string rule;      ///< that the next step would cross
  std::string reason;
};

/// One corner of the legal set: no number can grow by a step with the others as they are.
struct Design {
  double tpp = 0, io = 0, dram = 0;  ///< TFLOP/s x bits, GB/s, GB/s
  double performance_density = 0;    ///< on the template's die; 0 if its area is unknown
  std::vector<DesignLimit> limits;   ///< of the numbers below the template's
};

/// Corners of what may be sold, with numbers up to the template's, in steps of 1: each order of preference among TPP, IO and
/// DRAM gives one; equal ones are merged. `loosest` is the strictest outcome that still counts as sellable (allowed or
/// notification). The template's numbers must be known (check); its die and market are kept, its name and date are not.
std::vector<Design> largest_below_lines(const ExportFacts& chip, const ExportRules& rules, const ExportQuery& query,
                                        ExportOutcome loosest);

}  // namespace gpufleet::hw
