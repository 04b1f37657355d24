#include "scenarios/typed_table.h"

#include <fmt/format.h>

#include "core/check.h"
#include "scenarios/schema_check.h"

namespace gpufleet::scenarios {

TypedTable::TypedTable(const RawTable* table, std::string schema_path, std::string shown_path, SourceLocation where)
    : table_(table), schema_path_(std::move(schema_path)), shown_path_(std::move(shown_path)), where_(std::move(where)) {}

std::string TypedTable::below(const std::string& path, std::string_view key) const {
  return path.empty() ? std::string(key) : path + "." + std::string(key);
}

const KeySpec& TypedTable::spec(std::string_view key) const {
  const std::string path = below(schema_path_, key);
  const KeySpec* found = find_key(path);
  if (found == nullptr) found = find_key(path + "[]");
  check(found != nullptr, "a scenario key is read that the schema does not list");
  return *found;
}

const RawValue* TypedTable::raw(std::string_view key) const { return table_ == nullptr ? nullptr : find(*table_, key); }

bool TypedTable::broken(std::string_view key) const {
  const RawValue* value = raw(key);
  return value != nullptr && problem_of(*value, spec(key)).has_value();
}

std::optional<RawValue> TypedTable::effective(std::string_view key) const {
  const KeySpec& wanted = spec(key);
  const RawValue* value = raw(key);
  if (value != nullptr && !problem_of(*value, wanted)) return *value;
  if (wanted.fallback.empty()) return std::nullopt;
  return RawValue{wanted.fallback, where_};
}

std::optional<double> TypedTable::number(std::string_view key) const {
  const std::optional<RawValue> value = effective(key);
  std::string why;
  return value ? number_of(*value, spec(key), why) : std::nullopt;
}

std::optional<std::int64_t> TypedTable::integer(std::string_view key) const {
  const std::optional<double> value = number(key);
  return value ? std::optional(static_cast<std::int64_t>(*value)) : std::nullopt;
}

std::optional<std::string> TypedTable::text(std::string_view key) const {
  const std::optional<RawValue> value = effective(key);
  return value && value->text() != nullptr ? std::optional(*value->text()) : std::nullopt;
}

std::optional<bool> TypedTable::flag(std::string_view key) const {
  const std::optional<RawValue> value = effective(key);
  if (!value) return std::nullopt;
  const bool* flag = std::get_if<bool>(&value->data);
  return flag != nullptr ? *flag : *value->text() == "true";
}

std::vector<std::string> TypedTable::texts(std::string_view key) const {
  const std::optional<RawValue> value = effective(key);
  if (!value) return {};
  if (value->text() != nullptr) return {*value->text()};
  std::vector<std::string> out;
  for (const RawValue& item : *value->array()) out.push_back(*item.text());
  return out;
}

TypedTable TypedTable::table(std::string_view key) const {
  const RawValue* value = raw(key);
  const RawTable* inner = value == nullptr ? nullptr : value->table();
  return {inner, below(schema_path_, key), below(shown_path_, key), value == nullptr ? where_ : value->where};
}

std::vector<TypedTable> TypedTable::tables(std::string_view key) const {
  std::vector<TypedTable> out;
  const RawValue* value = raw(key);
  if (value == nullptr || value->array() == nullptr) return out;
  const RawArray& items = *value->array();
  for (std::size_t i = 0; i < items.size(); ++i)
    if (items[i].table() != nullptr)
      out.emplace_back(items[i].table(), below(schema_path_, key) + "[]", fmt::format("{}[{}]", below(shown_path_, key), i),
                       items[i].where);
  return out;
}

Diagnostic TypedTable::error(std::string_view key, std::string message, std::string hint) const {
  const RawValue* value = raw(key);
  return {.where = value == nullptr ? where_ : value->where,
          .key = below(shown_path_, key),
          .message = std::move(message),
          .hint = std::move(hint)};
}

}  // namespace gpufleet::scenarios
