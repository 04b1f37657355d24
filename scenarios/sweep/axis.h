// One key that a sweep varies, as the command line writes it: a list "1,2,4", a range "8:64:8", a log range "1:64:*2" or
// "1:1000:log7", or a distribution "uniform(0.8,1.2)", "loguniform(1,100)", "integer(1,8)", "normal(1,0.1)", "lognormal(1,0.1)".
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace gpufleet::scenarios {

/// Log-normal: `first` is the median, `second` the sigma of the logarithm. Normal: mean and sigma. The others: the two ends.
struct Distribution {
  enum class Kind : std::uint8_t { uniform, log_uniform, integer, normal, log_normal };
  Kind kind = Kind::uniform;
  double first = 0, second = 1;
  friend bool operator==(const Distribution&, const Distribution&) = default;
};

struct Axis {
  std::string key;                           ///< dotted, as for --set
  std::vector<std::string> values;           ///< of a list or a range, as --set takes them; empty with a distribution
  std::optional<Distribution> distribution;  ///< in place of values
  std::string unit;                          ///< behind the numbers of a distribution: "uniform(100,400) Gb/s"
  friend bool operator==(const Axis&, const Axis&) = default;
};

/// Reads "key=values". Errors: no key, no value, a range that never ends, a distribution without its two numbers.
Result<Axis> parse_axis(const std::string& text);

/// The value at quantile `u`; of a list, each value takes an equal part of [0, 1). Precondition: 0 < u < 1.
std::string value_at(const Axis& axis, double u);

}  // namespace gpufleet::scenarios
