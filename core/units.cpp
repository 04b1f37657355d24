#include "core/units.h"

#include <fmt/format.h>
#include <array>
#include <charconv>
#include <cmath>
#include <span>

namespace gpufleet {
namespace {

struct Unit {
  std::string_view symbol;
  double factor;  // to the dimension's base unit
  bool prefixed;  // takes k, M, G, T, P, E (and m, u, n, p for time)
};

constexpr std::array kTime{Unit{"s", 1, true},
                           Unit{"min", 60, false},
                           Unit{"h", 3600, false},
                           Unit{"d", 86400, false},
                           Unit{"day", 86400, false},
                           Unit{"days", 86400, false},
                           Unit{"week", 604800, false},
                           Unit{"weeks", 604800, false},
                           Unit{"year", 31557600, false},
                           Unit{"years", 31557600, false}};
constexpr std::array kBytes{Unit{"B", 1, true}, Unit{"b", 0.125, true}};
constexpr std::array kBytesPerSecond{Unit{"B/s", 1, true}, Unit{"b/s", 0.125, true}, Unit{"bit/s", 0.125, true}};
constexpr std::array kFlops{Unit{"FLOP", 1, true}};
constexpr std::array kFlopsPerSecond{Unit{"FLOP/s", 1, true}, Unit{"FLOPS", 1, true}, Unit{"OP/s", 1, true}};
constexpr std::array kPower{Unit{"W", 1, true}};
constexpr std::array kEnergy{Unit{"J", 1, true}, Unit{"Wh", 3600, true}};
constexpr std::array kMoney{Unit{"USD", 1, true}, Unit{"$", 1, true}};
constexpr std::array kMoneyPerTime{Unit{"USD/h", 1.0 / 3600, true}, Unit{"$/h", 1.0 / 3600, true},
                                   Unit{"USD/year", 1.0 / 31557600, true}};
constexpr std::array kMoneyPerEnergy{Unit{"USD/kWh", 1.0 / 3.6e6, false}, Unit{"USD/MWh", 1.0 / 3.6e9, false}};
constexpr std::array kRate{Unit{"/s", 1, true}, Unit{"/min", 1.0 / 60, true}, Unit{"/h", 1.0 / 3600, true},
                           Unit{"/d", 1.0 / 86400, true}, Unit{"/day", 1.0 / 86400, true}};
constexpr std::array kFrequency{Unit{"Hz", 1, true}};
constexpr std::array kArea{Unit{"mm2", 1, false}};
constexpr std::array kCarbon{Unit{"g/kWh", 1.0 / 3.6e6, false}, Unit{"kg/MWh", 1.0 / 3.6e6, false}};

struct DimensionRow {
  Dimension dimension;
  std::span<const Unit> units;
  std::string_view base;
  std::string_view example;
};
const std::array<DimensionRow, 15> kDimensions{{{Dimension::none, {}, "", "\"14.8 T\""},
                                                {Dimension::time, kTime, "s", "\"50 ms\""},
                                                {Dimension::bytes, kBytes, "B", "\"80 GB\""},
                                                {Dimension::bytes_per_second, kBytesPerSecond, "B/s", "\"400 Gb/s\""},
                                                {Dimension::flops, kFlops, "FLOP", "\"2 TFLOP\""},
                                                {Dimension::flops_per_second, kFlopsPerSecond, "FLOP/s", "\"989 TFLOP/s\""},
                                                {Dimension::power, kPower, "W", "\"700 W\""},
                                                {Dimension::energy, kEnergy, "J", "\"12 MWh\""},
                                                {Dimension::money, kMoney, "USD", "\"30000 USD\""},
                                                {Dimension::money_per_time, kMoneyPerTime, "USD/s", "\"2 USD/h\""},
                                                {Dimension::money_per_energy, kMoneyPerEnergy, "USD/J", "\"0.08 USD/kWh\""},
                                                {Dimension::rate, kRate, "/s", "\"1200 /s\""},
                                                {Dimension::frequency, kFrequency, "Hz", "\"1.98 GHz\""},
                                                {Dimension::area, kArea, "mm2", "\"814 mm2\""},
                                                {Dimension::carbon, kCarbon, "g/J", "\"580 g/kWh\""}}};
const DimensionRow& row(Dimension dimension) { return kDimensions[static_cast<std::size_t>(dimension)]; }

struct Prefix {
  std::string_view symbol;
  double factor;
};
constexpr std::array kPrefixes{Prefix{"", 1},
                               Prefix{"k", 1e3},
                               Prefix{"M", 1e6},
                               Prefix{"G", 1e9},
                               Prefix{"T", 1e12},
                               Prefix{"P", 1e15},
                               Prefix{"E", 1e18},
                               Prefix{"Ki", 1024.0},
                               Prefix{"Mi", 1048576.0},
                               Prefix{"Gi", 1073741824.0},
                               Prefix{"Ti", 1099511627776.0},
                               Prefix{"m", 1e-3},
                               Prefix{"u", 1e-6},
                               Prefix{"µ", 1e-6},
                               Prefix{"n", 1e-9},
                               Prefix{"p", 1e-12}};

std::optional<double> plain_multiplier(std::string_view suffix) {
  if (suffix.empty()) return 1.0;
  if (suffix == "%") return 0.01;
  if (suffix == "B") return 1e9;  // "671 B" parameters
  for (const Prefix& prefix : kPrefixes)
    if (prefix.symbol == suffix && prefix.factor >= 1) return prefix.factor;
  return std::nullopt;
}

std::optional<double> unit_factor(std::string_view suffix, const DimensionRow& dimension) {
  for (const Unit& unit : dimension.units) {
    if (!suffix.ends_with(unit.symbol)) continue;
    const std::string_view prefix_text = suffix.substr(0, suffix.size() - unit.symbol.size());
    if (prefix_text.empty()) return unit.factor;
    if (!unit.prefixed) continue;
    for (const Prefix& prefix : kPrefixes) {
      const bool small = prefix.factor < 1;
      if (prefix.symbol == prefix_text && (!small || dimension.dimension == Dimension::time)) return unit.factor * prefix.factor;
    }
  }
  return std::nullopt;
}

std::string_view trim(std::string_view text) {
  const auto space = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && space(text.front())) text.remove_prefix(1);
  while (!text.empty() && space(text.back())) text.remove_suffix(1);
  return text;
}

std::string significant(double value) { return fmt::format("{:.4g}", value); }

}  // namespace

std::string_view base_unit(Dimension dimension) { return row(dimension).base; }
std::string_view example(Dimension dimension) { return row(dimension).example; }

std::optional<double> parse_quantity(std::string_view text, Dimension dimension, std::string& why) {
  text = trim(text);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || !std::isfinite(number)) {
    why = fmt::format("expected a number with a unit, e.g. {}", example(dimension));
    return std::nullopt;
  }
  const std::string_view suffix = trim(text.substr(static_cast<std::size_t>(end - text.data())));
  const DimensionRow& wanted = row(dimension);
  const std::optional<double> factor = dimension == Dimension::none ? plain_multiplier(suffix) : unit_factor(suffix, wanted);
  if (factor) return number * *factor;
  if (suffix.empty()) {
    why = fmt::format("has no unit; expected e.g. {}", example(dimension));
    return std::nullopt;
  }
  for (const DimensionRow& other : kDimensions) {
    if (other.dimension != dimension && !other.units.empty() && unit_factor(suffix, other)) {
      why = fmt::format("unit \"{}\" does not fit here; expected e.g. {}", suffix, example(dimension));
      return std::nullopt;
    }
  }
  why = fmt::format("unknown unit \"{}\"; expected e.g. {}", suffix, example(dimension));
  return std::nullopt;
}

std::string format_quantity(double value, Dimension dimension) {
  if (value == 0 || !std::isfinite(value)) return fmt::format("{} {}", significant(value), base_unit(dimension));
  const double magnitude = std::fabs(value);
  const auto scaled = [&](double factor, std::string_view unit) {
    return fmt::format("{} {}", significant(value / factor), unit);
  };
  switch (dimension) {
    case Dimension::time:
      if (magnitude >= 2 * 86400) return scaled(86400, "days");
      if (magnitude >= 2 * 3600) return scaled(3600, "h");
      if (magnitude >= 1) return scaled(1, "s");
      if (magnitude >= 1e-3) return scaled(1e-3, "ms");
      if (magnitude >= 1e-6) return scaled(1e-6, "us");
      return scaled(1e-9, "ns");
    case Dimension::money_per_time: return scaled(1.0 / 3600, "USD/h");
    case Dimension::money_per_energy: return scaled(1.0 / 3.6e6, "USD/kWh");
    case Dimension::carbon: return scaled(1.0 / 3.6e6, "g/kWh");
    case Dimension::energy: return magnitude >= 3.6e9 ? scaled(3.6e9, "MWh") : scaled(3.6e6, "kWh");
    default: break;
  }
  constexpr std::array kDecimal{Prefix{"E", 1e18}, Prefix{"P", 1e15}, Prefix{"T", 1e12},
                                Prefix{"G", 1e9},  Prefix{"M", 1e6},  Prefix{"k", 1e3}};
  for (const Prefix& prefix : kDecimal) {
    if (magnitude >= prefix.factor)
      return fmt::format("{} {}{}", significant(value / prefix.factor), prefix.symbol, base_unit(dimension));
  }
  return dimension == Dimension::none ? significant(value) : scaled(1, base_unit(dimension));
}

}  // namespace gpufleet
