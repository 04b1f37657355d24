// Which points a sweep visits: the full grid, a Latin hypercube (McKay, Beckman & Conover 1979), plain Monte-Carlo, one key at a
// time for a tornado, or Saltelli's A, B and A-with-one-column-of-B matrices for Sobol indices (Saltelli et al. 2010).
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "core/result.h"
#include "scenarios/sweep/axis.h"

namespace gpufleet::scenarios {

enum class Sampling : std::uint8_t { grid, latin, random, tornado, sobol };

/// Values by point and axis; an empty text leaves the scenario's own value.
using DesignPoints = std::vector<std::vector<std::string>>;

/// `count` is the number of points of latin and random, and of Saltelli's base sample (points: count x (axes + 2)); the others
/// do not use it. Tornado: the scenario itself first, then the low and the high end of each axis: first and last of a list, 10 %
/// and 90 % quantile of a distribution. The draws of an axis depend on seed and key alone.
/// Errors: a distribution in a grid, a count of 0 where it is used, too many points.
Result<DesignPoints> make_design(const std::vector<Axis>& axes, Sampling sampling, std::size_t count, std::uint64_t seed);

}  // namespace gpufleet::scenarios
