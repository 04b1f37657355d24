// The text form of numbers with units: "400 Gb/s", "14.8 T", "32 Ki", "80 GB", "2 USD/h", "50 ms", "5 %". Bits and bytes are
// never guessed: a number with a dimension carries its unit. One table of prefixes and units serves every reader.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace gpufleet {

/// What a number measures; each has one base unit, in which values are kept.
enum class Dimension : std::uint8_t {
  none,              ///< a plain number, or with a decimal (k, M, G/B, T) or binary (Ki, Mi) multiplier, or %
  time,              ///< seconds
  bytes,             ///< bytes
  bytes_per_second,  ///< bytes per second (also from bits: "400 Gb/s" = 50e9)
  flops,             ///< floating-point operations
  flops_per_second,  ///< operations per second
  power,             ///< watts
  energy,            ///< joules
  money,             ///< US dollars
  money_per_time,    ///< dollars per second ("2 USD/h")
  money_per_energy,  ///< dollars per joule ("0.08 USD/kWh")
  rate,              ///< events per second ("1200 /s")
  frequency,         ///< hertz
  area,              ///< square millimetres
  carbon,            ///< grams CO2e per joule ("580 g/kWh")
};

/// The base unit's text, e.g. "s", "B", "B/s".
std::string_view base_unit(Dimension dimension);
/// An example for messages, e.g. "\"400 Gb/s\"".
std::string_view example(Dimension dimension);

/// Value in base units, or nothing and the reason (one clause, for a diagnostic) in `why`.
std::optional<double> parse_quantity(std::string_view text, Dimension dimension, std::string& why);

/// Shortest text that a person reads well, three or four significant digits: 5e10 B/s -> "50 GB/s".
std::string format_quantity(double value, Dimension dimension);

}  // namespace gpufleet
