#include "scenarios/schema.h"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "core/check.h"
#include "scenarios/schema_tables.h"

namespace gpufleet::scenarios {
namespace {

std::vector<KeySpec> all_keys() {
  std::vector<KeySpec> keys = general_keys();
  for (std::vector<KeySpec> part : {fleet_keys(), lots_keys(), model_keys(), training_keys(), failure_keys(), rl_keys(),
                                    serving_keys(), horizon_keys(), plan_keys(), claims_keys(), measured_keys()})
    keys.insert(keys.end(), part.begin(), part.end());
  return keys;
}

std::string_view parent(std::string_view path) {
  const std::size_t dot = path.rfind('.');
  return dot == std::string_view::npos ? std::string_view() : path.substr(0, dot);
}

std::string range_text(const KeySpec& key) {
  const auto bound = [&](double value) {
    return key.type == KeyType::quantity ? format_quantity(value, key.dimension) : fmt::format("{}", value);
  };
  const bool low = std::isfinite(key.minimum), high = std::isfinite(key.maximum);
  if (low && high) return fmt::format(" from {} to {}", bound(key.minimum), bound(key.maximum));
  if (low) return fmt::format(" of at least {}", bound(key.minimum));
  if (high) return fmt::format(" of at most {}", bound(key.maximum));
  return {};
}

}  // namespace

std::span<const KeySpec> schema() {
  static const std::vector<KeySpec> keys = all_keys();
  return keys;
}

const KeySpec* find_key(std::string_view path) {
  static const std::unordered_map<std::string_view, const KeySpec*> index = [] {
    std::unordered_map<std::string_view, const KeySpec*> map;
    for (const KeySpec& key : schema()) check(map.emplace(key.path, &key).second, "a schema key is listed twice");
    return map;
  }();
  const auto it = index.find(path);
  return it == index.end() ? nullptr : it->second;
}

std::string_view leaf(std::string_view path) {
  const std::size_t dot = path.rfind('.');
  std::string_view name = dot == std::string_view::npos ? path : path.substr(dot + 1);
  if (name.ends_with("[]")) name.remove_suffix(2);
  return name;
}

std::vector<std::string> members_of(std::string_view table_path) {
  std::vector<std::string> names;
  for (const KeySpec& key : schema())
    if (parent(key.path) == table_path) names.emplace_back(leaf(key.path));
  return names;
}

std::string expectation(const KeySpec& key) {
  switch (key.type) {
    case KeyType::text: return "text in quotes";
    case KeyType::integer: return "a whole number" + range_text(key);
    case KeyType::number: return "a number" + range_text(key);
    case KeyType::quantity: return fmt::format("a quantity such as {}{}", example(key.dimension), range_text(key));
    case KeyType::boolean: return "true or false";
    case KeyType::choice: return fmt::format("one of {}", fmt::join(key.choices, ", "));
    case KeyType::choices: return fmt::format("one or a list of {}", fmt::join(key.choices, ", "));
    case KeyType::choice_table: return fmt::format("one of {}, or a table", fmt::join(key.choices, ", "));
    case KeyType::table: return "a table";
    case KeyType::tables: return "a list of tables";
  }
  return {};
}

}  // namespace gpufleet::scenarios
