// Where the solver of max_min.h calls two levels equal.
#pragma once

namespace gpufleet::sim {

/// Rates per weight this close (relative) are one level: what rounding makes of equal shares.
inline constexpr double kEqualLevels = 1e-10;

}  // namespace gpufleet::sim
