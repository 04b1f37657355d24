// The typed, diagnosing view of one TOML table; see toml_document.h.
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>
#include <cmath>

#include "hwprofiles/toml_document.h"

namespace gpufleet::hw {
namespace {

std::string kind_of(const TomlValue& value) {
  struct Visitor {
    std::string operator()(const std::string& v) const { return fmt::format("\"{}\"", v.substr(0, 60)); }
    std::string operator()(std::int64_t v) const { return fmt::format("{}", v); }
    std::string operator()(double v) const { return fmt::format("{}", v); }
    std::string operator()(bool v) const { return v ? "true" : "false"; }
    std::string operator()(const TomlArray&) const { return "an array"; }
    std::string operator()(const TomlTable&) const { return "a table"; }
  };
  return std::visit(Visitor{}, value.value);
}

std::string bound(double value, Dimension dimension) {
  return dimension == Dimension::none ? fmt::format("{}", value) : format_quantity(value, dimension);
}

}  // namespace

TableReader::TableReader(const TomlTable& table, std::string path, Diagnostics& sink)
    : table_(table), path_(std::move(path)), sink_(sink) {}

std::string TableReader::path_of(std::string_view key) const {
  return path_.empty() ? std::string(key) : fmt::format("{}.{}", path_, key);
}

void TableReader::report(std::string_view key, std::string message, std::string hint) {
  Diagnostic out;
  const TomlValue* value = table_.find(key);
  out.where = value == nullptr ? table_.where : value->where;
  out.key = path_of(key);
  out.message = std::move(message);
  out.hint = std::move(hint);
  sink_.push_back(std::move(out));
}

const TomlValue* TableReader::look_up(std::string_view key, Presence presence) {
  asked_.emplace_back(key);
  const TomlValue* value = table_.find(key);
  if (value == nullptr && presence == Presence::required) report(key, "is missing", "");
  return value;
}

bool TableReader::has(std::string_view key) { return table_.find(key) != nullptr; }

std::string TableReader::text(std::string_view key, Presence presence) {
  const TomlValue* value = look_up(key, presence);
  if (value == nullptr) return {};
  if (const std::string* text = value->text()) return *text;
  report(key, fmt::format("is {}, expected text in quotes", kind_of(*value)), "");
  return {};
}

std::size_t TableReader::choice(std::string_view key, std::span<const std::string_view> choices, Presence presence) {
  const std::string word = text(key, presence);
  if (word.empty()) return choices.size();
  for (std::size_t i = 0; i < choices.size(); ++i)
    if (choices[i] == word) return i;
  const std::vector<std::string> names(choices.begin(), choices.end());
  report(key, fmt::format("is \"{}\", expected one of {}", word, fmt::join(names, ", ")), did_you_mean(word, names));
  return choices.size();
}

std::vector<std::string> TableReader::texts(std::string_view key, Presence presence) {
  const TomlValue* value = look_up(key, presence);
  if (value == nullptr) return {};
  std::vector<std::string> out;
  const TomlArray* items = value->array();
  if (items == nullptr) {
    report(key, fmt::format("is {}, expected an array of texts", kind_of(*value)), "");
    return {};
  }
  for (const TomlValue& item : *items) {
    if (const std::string* text = item.text())
      out.push_back(*text);
    else
      report(key, fmt::format("holds {}, expected texts in quotes", kind_of(item)), "");
  }
  return out;
}

std::string TableReader::date(std::string_view key, Presence presence) {
  const std::string word = text(key, presence);
  if (word.empty()) return {};
  std::string out = complete_date(word);
  if (out.empty())
    report(key, fmt::format("is \"{}\", expected a date such as \"2023-11-17\", \"2023-11\" or \"2023-Q4\"", word), "");
  return out;
}

double TableReader::checked(std::string_view key, double value, Dimension dimension, Range range) {
  if (std::isfinite(value) && value >= range.low && value <= range.high) return value;
  const std::string upper = std::isfinite(range.high) ? fmt::format(" and at most {}", bound(range.high, dimension)) : "";
  report(key, fmt::format("is {}, expected at least {}{}", bound(value, dimension), bound(range.low, dimension), upper), "");
  return std::max(0.0, range.low);
}

double TableReader::quantity(std::string_view key, Dimension dimension, Range range, Presence presence) {
  const TomlValue* value = look_up(key, presence);
  if (value == nullptr) return 0;
  if (const std::string* text = value->text()) {
    std::string why;
    if (const std::optional<double> number = parse_quantity(*text, dimension, why))
      return checked(key, *number, dimension, range);
    report(key, fmt::format("is \"{}\": {}", text->substr(0, 60), why), "");
    return 0;
  }
  if (dimension == Dimension::none) {
    if (const auto* whole = std::get_if<std::int64_t>(&value->value))
      return checked(key, static_cast<double>(*whole), dimension, range);
    if (const auto* real = std::get_if<double>(&value->value)) return checked(key, *real, dimension, range);
  }
  report(key, fmt::format("is {}, expected a quantity with its unit such as {}", kind_of(*value), example(dimension)), "");
  return 0;
}

int TableReader::integer(std::string_view key, Range range, Presence presence) {
  const TomlValue* value = look_up(key, presence);
  if (value == nullptr) return 0;
  const auto* whole = std::get_if<std::int64_t>(&value->value);
  if (whole == nullptr) {
    report(key, fmt::format("is {}, expected a whole number", kind_of(*value)), "");
    return 0;
  }
  range.high = std::min(range.high, 2147483647.0);
  return static_cast<int>(checked(key, static_cast<double>(*whole), Dimension::none, range));
}

bool TableReader::boolean(std::string_view key, Presence presence) {
  const TomlValue* value = look_up(key, presence);
  if (value == nullptr) return false;
  if (const auto* flag = std::get_if<bool>(&value->value)) return *flag;
  report(key, fmt::format("is {}, expected true or false", kind_of(*value)), "");
  return false;
}

const TomlTable* TableReader::table(std::string_view key, Presence presence) {
  const TomlValue* value = look_up(key, presence);
  if (value == nullptr) return nullptr;
  if (const TomlTable* out = value->table()) return out;
  report(key, fmt::format("is {}, expected a table", kind_of(*value)), "");
  return nullptr;
}

std::vector<const TomlTable*> TableReader::tables(std::string_view key, Presence presence) {
  const TomlValue* value = look_up(key, presence);
  if (value == nullptr) return {};
  std::vector<const TomlTable*> out;
  const TomlArray* items = value->array();
  const bool all_tables =
      items != nullptr && std::all_of(items->begin(), items->end(), [](const TomlValue& v) { return v.table() != nullptr; });
  if (!all_tables) {
    report(key, fmt::format("is {}, expected [[{}]] tables", kind_of(*value), path_of(key)), "");
    return {};
  }
  for (const TomlValue& item : *items) out.push_back(item.table());
  return out;
}

void TableReader::finish() {
  for (std::size_t i = 0; i < table_.entries.size(); ++i) {
    const std::string& key = table_.entries[i].first;
    if (std::find(asked_.begin(), asked_.end(), key) != asked_.end()) continue;
    Diagnostic out;
    out.where = table_.key_locations[i];
    out.key = path_of(key);
    out.message = "is not a key that is known here";
    out.hint = did_you_mean(key, asked_);
    sink_.push_back(std::move(out));
  }
}

}  // namespace gpufleet::hw
