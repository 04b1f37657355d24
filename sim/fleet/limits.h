// What the whole-number books of a horizon can hold.
#pragma once

#include <cstdint>
#include <string>

#include "sim/fleet/horizon.h"

namespace gpufleet::sim {

/// Why the sums of a horizon between two hours may leave 63 bits of millionths of a dollar, thousandths of a watt-hour or tokens;
/// empty if they cannot.
std::string books_problem(const Horizon& horizon, std::int64_t from, std::int64_t to);

}  // namespace gpufleet::sim
