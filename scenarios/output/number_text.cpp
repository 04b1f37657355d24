#include "scenarios/output/number_text.h"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace gpufleet::scenarios {

int deserved_digits(const Estimate& estimate) {
  const double half_width = std::fabs(estimate.high - estimate.low) / 2;
  if (half_width == 0 || estimate.value == 0) return 4;
  const double relative = half_width / std::fabs(estimate.value);
  return std::clamp(static_cast<int>(std::ceil(1.3 - std::log10(relative))), 2, 4);
}

std::string number_text(double value, int digits) {
  struct Scale {
    double factor;
    std::string_view suffix;
  };
  constexpr std::array kScales{Scale{1e12, " T"}, Scale{1e9, " G"}, Scale{1e6, " M"}, Scale{1e3, " k"}};
  constexpr double kSuffixFrom = 1e5;  // smaller numbers read well as they are
  const double magnitude = std::fabs(value);
  double scaled = value;
  std::string_view suffix;
  if (magnitude >= kSuffixFrom) {
    const auto scale = std::find_if(kScales.begin(), kScales.end(), [&](const Scale& s) { return magnitude >= s.factor; });
    scaled = value / scale->factor;
    suffix = scale->suffix;
  }
  if (scaled == 0) return "0";
  // Round to the digits first, so that 99,999 of three digits is 100,000 rather than 1e+05.
  const int exponent = static_cast<int>(std::floor(std::log10(std::fabs(scaled))));
  const double unit = std::pow(10.0, exponent - digits + 1);
  const double rounded = std::round(scaled / unit) * unit;
  const int decimals = std::max(0, digits - 1 - exponent);
  std::string text = fmt::format("{:.{}f}", rounded, std::min(decimals, 12));
  if (text.find('.') != std::string::npos) {
    while (text.ends_with('0')) text.pop_back();
    if (text.ends_with('.')) text.pop_back();
  }
  return text + std::string(suffix);
}

std::string percent_text(double ratio) {
  const double percent = ratio * 100;
  return std::fabs(percent) < 9.95 ? fmt::format("{:+.1f} %", percent) : fmt::format("{:+.0f} %", percent);
}

}  // namespace gpufleet::scenarios
