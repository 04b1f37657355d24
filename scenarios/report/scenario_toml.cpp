#include "scenarios/report/scenario_toml.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>
#include <vector>

#include "core/units.h"
#include "scenarios/output/json_writer.h"
#include "scenarios/schema.h"

namespace gpufleet::scenarios {
namespace {

using TomlJson = nlohmann::json;

// Units as people write them, the most usual first.
std::vector<std::string_view> units_of(Dimension dimension) {
  switch (dimension) {
    case Dimension::none: return {"", "M", "G", "T"};
    case Dimension::time: return {"s", "ms", "us", "min", "h", "day", "year"};
    case Dimension::bytes: return {"GB", "MB", "kB", "B", "TB", "PB", "GiB", "MiB", "TiB"};
    case Dimension::bytes_per_second: return {"Gb/s", "GB/s", "MB/s", "TB/s", "Tb/s", "B/s"};
    case Dimension::flops: return {"FLOP", "TFLOP", "PFLOP", "EFLOP"};
    case Dimension::flops_per_second: return {"TFLOP/s", "PFLOP/s", "GFLOP/s", "FLOP/s"};
    case Dimension::power: return {"W", "kW", "MW", "GW"};
    case Dimension::energy: return {"J", "kWh", "MWh", "GWh"};
    case Dimension::money: return {"USD", "MUSD"};
    case Dimension::money_per_time: return {"USD/h", "USD/year"};
    case Dimension::money_per_energy: return {"USD/kWh", "USD/MWh"};
    case Dimension::rate: return {"/s", "/min", "/h", "/day"};
    case Dimension::frequency: return {"GHz", "MHz", "Hz"};
    case Dimension::area: return {"mm2"};
    case Dimension::carbon: return {"g/kWh"};
  }
  return {""};
}

// A "number unit" that reads back as the same value, in the most usual unit unless another is shorter by two characters; where
// none does, all digits in the first unit.
std::string quantity_text(double value, Dimension dimension) {
  std::string best, why;
  for (const std::string_view unit : units_of(dimension)) {
    const std::optional<double> factor = parse_quantity(fmt::format("1 {}", unit), dimension, why);
    if (!factor) continue;
    // A division may miss the number by its last digit, which a person would not have written.
    for (const std::string& number : {fmt::format("{:.12g}", value / *factor), fmt::format("{}", value / *factor)}) {
      std::string text = unit.empty() ? number : fmt::format("{} {}", number, unit);
      const std::optional<double> back = parse_quantity(text, dimension, why);
      if (back == value && (best.empty() || text.size() + 1 < best.size())) best = std::move(text);
    }
    if (best.empty()) best = fmt::format("{} {}", value / *factor, unit);
  }
  return best;
}

std::string toml_text(const std::string& text) { return JsonWriter(JsonWriter::Layout::compact).text(text).str(); }

std::string toml_key(const std::string& key) {
  const auto bare = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  return !key.empty() && std::ranges::all_of(key, bare) ? key : toml_text(key);
}

std::string number_toml(double value, const KeySpec* key) {
  constexpr double kCounted = 1e6;  // from here on zeros are hard to count
  if (key != nullptr && key->type == KeyType::quantity) return toml_text(quantity_text(value, key->dimension));
  const std::string plain = fmt::format("{}", value);
  if (key == nullptr || std::fabs(value) < kCounted) return plain;
  const std::string text = quantity_text(value, Dimension::none);
  return text == plain ? plain : toml_text(text);
}

bool is_list_of_tables(const TomlJson& value) { return value.is_array() && !value.empty() && value.front().is_object(); }

class TomlText {
 public:
  void table(const TomlJson& json, const std::string& schema_path, const std::string& header) {
    for (const auto& [name, value] : json.items()) {
      if (value.is_object() || is_list_of_tables(value) || value.is_null()) continue;
      if (schema_path.empty() && name == "base") continue;  // its values are here
      out += fmt::format("{} = {}\n", toml_key(name), scalar(value, child_of(schema_path, name)));
    }
    for (const auto& [name, value] : json.items()) {
      const std::string path = header.empty() ? toml_key(name) : header + "." + toml_key(name);
      if (value.is_object()) {
        out += fmt::format("\n[{}]\n", path);
        table(value, child_of(schema_path, name), path);
      } else if (is_list_of_tables(value)) {
        for (const TomlJson& item : value) {
          out += fmt::format("\n[[{}]]\n", path);
          if (item.is_object()) table(item, child_of(schema_path, name) + "[]", path);
        }
      }
    }
  }

  std::string out;

 private:
  static std::string child_of(const std::string& path, const std::string& name) {
    return path.empty() ? name : path + "." + name;
  }

  static std::string scalar(const TomlJson& value, const std::string& schema_path) {
    if (value.is_string()) return toml_text(value.get<std::string>());
    if (value.is_number()) return number_toml(value.get<double>(), find_key(schema_path));
    if (!value.is_array()) return value.dump();
    std::string list;
    for (const TomlJson& item : value) list += fmt::format("{}{}", list.empty() ? "" : ", ", scalar(item, schema_path));
    return fmt::format("[{}]", list);
  }
};

}  // namespace

std::string scenario_toml(const std::string& canonical_json) {
  const TomlJson json = TomlJson::parse(canonical_json, nullptr, false);
  if (!json.is_object()) return canonical_json;
  TomlText text;
  text.table(json, "", "");
  return text.out;
}

}  // namespace gpufleet::scenarios
