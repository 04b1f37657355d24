// Dates as ISO text and as day numbers; proleptic Gregorian, no clock, no time zone.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gpufleet::hw {

/// ISO date: "2023", "2023-11", "2023-11-17" or "2023-Q4", completed to the first day it covers; empty if it is none.
std::string complete_date(std::string_view text);
/// Days since 1970-01-01 of a complete, valid ISO date.
std::int64_t day_number(std::string_view iso_date);
/// The day after, as a complete ISO date.
std::string next_day(std::string_view iso_date);

}  // namespace gpufleet::hw
