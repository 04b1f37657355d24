#include "scenarios/sweep/axis.h"

#include <fmt/format.h>
#include <array>
#include <charconv>
#include <cmath>

#include "core/random.h"

namespace gpufleet::scenarios {
namespace {

constexpr std::size_t kMostValues = 100'000;

Diagnostic axis_error(const std::string& text, std::string message) {
  return {.where = {"--vary " + text, 0, 0},
          .message = std::move(message),
          .hint = "e.g. training.layout.pp=4,8,16, fleet.pool.0.count=256:2048:256, key=1:64:*2, key=uniform(0.8,1.2)"};
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// Parts between commas that stand outside brackets and quotes.
std::vector<std::string_view> list_parts(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  int depth = 0;
  bool quoted = false;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') quoted = !quoted;
    if (quoted) continue;
    if (c == '[' || c == '{' || c == '(') ++depth;
    if (c == ']' || c == '}' || c == ')') --depth;
    if (c == separator && depth == 0) {
      parts.push_back(trimmed(text.substr(begin, i - begin)));
      begin = i + 1;
    }
  }
  parts.push_back(trimmed(text.substr(begin)));
  return parts;
}

struct Number {
  double value = 0;
  std::string_view rest;  // what stands behind, a unit
};
std::optional<Number> leading_number(std::string_view text) {
  Number out;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out.value);
  if (error != std::errc() || !std::isfinite(out.value)) return std::nullopt;
  out.rest = trimmed(text.substr(static_cast<std::size_t>(end - text.data())));
  return out;
}

// Whole numbers without a point, others as the shortest text that reads back the same; sums of steps lose their last crumbs.
std::string number_value(double value, std::string_view unit) {
  constexpr double kCrumbs = 1e12, kLargestWhole = 1e15;
  const double scale = std::pow(10.0, std::ceil(std::log10(std::max(std::abs(value), 1e-300))));
  const double clean = value == 0 ? 0 : std::round(value / scale * kCrumbs) / kCrumbs * scale;
  const bool whole = std::abs(clean - std::round(clean)) < std::abs(clean) * 1e-12 && std::abs(clean) < kLargestWhole;
  std::string text = whole ? fmt::format("{}", static_cast<std::int64_t>(std::round(clean))) : fmt::format("{}", clean);
  return unit.empty() ? text : fmt::format("{} {}", text, unit);
}

// "a:b:step", "a:b:*factor", "a:b:logN"; nothing if the text is no range.
std::optional<Result<std::vector<std::string>>> read_range(const std::string& whole, std::string_view text) {
  const std::vector<std::string_view> parts = list_parts(text, ':');
  if (parts.size() != 3) return std::nullopt;
  const auto from = leading_number(parts[0]), to = leading_number(parts[1]);
  if (!from || !to) return std::nullopt;
  const std::string_view unit = to->rest.empty() ? from->rest : to->rest;
  if (!from->rest.empty() && !to->rest.empty() && from->rest != to->rest)
    return axis_error(whole, "both ends of a range have the same unit");
  std::vector<std::string> values;
  constexpr double kEndSlack = 1e-9;  // the last step may miss the end by rounding
  if (parts[2].starts_with("log") || parts[2].starts_with('*')) {
    const bool count = parts[2].starts_with("log");
    const auto number = leading_number(parts[2].substr(count ? 3 : 1));
    if (!number || from->value <= 0 || to->value <= from->value) return axis_error(whole, "a log range goes up from above 0");
    const double ratio = std::log(to->value / from->value);
    double step = count ? ratio / (number->value - 1) : std::log(number->value);
    if (!(step > 0) || ratio / step > static_cast<double>(kMostValues)) return axis_error(whole, "the log range never ends");
    const auto steps = static_cast<std::size_t>(ratio / step + kEndSlack);
    for (std::size_t i = 0; i <= steps; ++i)
      values.push_back(number_value(from->value * std::exp(step * static_cast<double>(i)), unit));
    return values;
  }
  const auto step = leading_number(parts[2]);
  if (!step || step->value == 0 || (to->value - from->value) / step->value < 0) return axis_error(whole, "the range never ends");
  const double count = (to->value - from->value) / step->value;
  if (count > static_cast<double>(kMostValues)) return axis_error(whole, "the range has too many values");
  const auto steps = static_cast<std::size_t>(count + kEndSlack);
  for (std::size_t i = 0; i <= steps; ++i)
    values.push_back(number_value(from->value + step->value * static_cast<double>(i), unit));
  return values;
}

struct NamedDistribution {
  std::string_view name;
  Distribution::Kind kind;
};
constexpr std::array<NamedDistribution, 5> kKinds{{{"uniform", Distribution::Kind::uniform},
                                                   {"loguniform", Distribution::Kind::log_uniform},
                                                   {"integer", Distribution::Kind::integer},
                                                   {"normal", Distribution::Kind::normal},
                                                   {"lognormal", Distribution::Kind::log_normal}}};

std::optional<Result<Distribution>> read_distribution(const std::string& whole, std::string_view text, std::string& unit) {
  const std::size_t open = text.find('('), close = text.rfind(')');
  if (open == std::string_view::npos || close == std::string_view::npos || close < open) return std::nullopt;
  for (const NamedDistribution& kind : kKinds) {
    if (trimmed(text.substr(0, open)) != kind.name) continue;
    const std::vector<std::string_view> parts = list_parts(text.substr(open + 1, close - open - 1), ',');
    if (parts.size() != 2) return axis_error(whole, fmt::format("{} takes two numbers", kind.name));
    const auto first = leading_number(parts[0]), second = leading_number(parts[1]);
    if (!first || !second || !first->rest.empty() || !second->rest.empty())
      return axis_error(whole, fmt::format("{} takes two numbers; a unit stands behind the bracket", kind.name));
    const bool ends = kind.kind != Distribution::Kind::normal && kind.kind != Distribution::Kind::log_normal;
    const bool logs = kind.kind == Distribution::Kind::log_uniform || kind.kind == Distribution::Kind::log_normal;
    if (ends ? second->value < first->value : second->value < 0)
      return axis_error(whole, fmt::format("{} has its ends in order, and a sigma of 0 or more", kind.name));
    if (logs && first->value <= 0) return axis_error(whole, fmt::format("{} starts above 0", kind.name));
    unit = std::string(trimmed(text.substr(close + 1)));
    return Distribution{kind.kind, first->value, second->value};
  }
  return std::nullopt;
}

double quantile_of(const Distribution& d, double u) {
  switch (d.kind) {
    case Distribution::Kind::uniform: return d.first + (d.second - d.first) * u;
    case Distribution::Kind::log_uniform: return d.first * std::pow(d.second / d.first, u);
    case Distribution::Kind::integer: return std::min(d.second, std::floor(d.first + (d.second - d.first + 1) * u));
    case Distribution::Kind::normal: return d.first + d.second * inverse_normal(u);
    case Distribution::Kind::log_normal: return d.first * std::exp(d.second * inverse_normal(u));
  }
  return d.first;
}

}  // namespace

Result<Axis> parse_axis(const std::string& text) {
  const std::size_t equals = text.find('=');
  if (equals == std::string::npos || equals == 0) return axis_error(text, "expected key=values");
  Axis axis;
  axis.key = std::string(trimmed(std::string_view(text).substr(0, equals)));
  const std::string_view values = trimmed(std::string_view(text).substr(equals + 1));
  if (values.empty()) return axis_error(text, "there is no value");
  if (const auto distribution = read_distribution(text, values, axis.unit)) {
    if (!*distribution) return distribution->diagnostics();
    axis.distribution = distribution->value();
    return axis;
  }
  for (const std::string_view part : list_parts(values, ',')) {
    if (part.empty()) return axis_error(text, "a value of the list is empty");
    if (auto range = read_range(text, part)) {
      if (!*range) return range->diagnostics();
      axis.values.insert(axis.values.end(), range->value().begin(), range->value().end());
    } else {
      axis.values.emplace_back(part);
    }
  }
  return axis;
}

std::string value_at(const Axis& axis, double u) {
  if (axis.distribution) return number_value(quantile_of(*axis.distribution, u), axis.unit);
  const auto index = static_cast<std::size_t>(u * static_cast<double>(axis.values.size()));
  return axis.values[std::min(index, axis.values.size() - 1)];
}

}  // namespace gpufleet::scenarios
