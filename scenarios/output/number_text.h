// Numbers for people: never more digits than the interval around them deserves.
#pragma once

#include <string>

#include "core/statistics.h"

namespace gpufleet::scenarios {

/// Significant digits that an estimate deserves: two where its 10-90 % interval is wider than ±20 %, three down to
/// ±2 %, four below.
int deserved_digits(const Estimate& estimate);

/// `value` with that many significant digits, trailing zeros kept out, and k, M, G, T from 100,000 on: "19.9", "183 k".
std::string number_text(double value, int digits);

/// "+4.2 %" or "-12 %".
std::string percent_text(double ratio);

}  // namespace gpufleet::scenarios
