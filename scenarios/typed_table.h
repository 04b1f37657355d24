// A table of the raw scenario read key by key through the schema: broken or missing values give the key's default, so that one
// mistake never hides another. Problems of single values are reported elsewhere (schema_check.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/diagnostics.h"
#include "scenarios/raw_value.h"
#include "scenarios/schema.h"

namespace gpufleet::scenarios {

class TypedTable {
 public:
  /// `table` may be null: then every key is absent. `schema_path` is the table's path in the schema, `shown_path` the one
  /// that diagnostics show (with list indices). `where` stands for keys that are absent. The table must outlive the reader.
  TypedTable(const RawTable* table, std::string schema_path, std::string shown_path, SourceLocation where);

  [[nodiscard]] bool present() const { return table_ != nullptr; }
  [[nodiscard]] bool has(std::string_view key) const { return raw(key) != nullptr; }
  /// Present, but not what the schema wants.
  [[nodiscard]] bool broken(std::string_view key) const;

  /// The value, or the schema's default, or nothing.
  [[nodiscard]] std::optional<double> number(std::string_view key) const;
  [[nodiscard]] std::optional<std::int64_t> integer(std::string_view key) const;
  [[nodiscard]] std::optional<std::string> text(std::string_view key) const;
  [[nodiscard]] std::optional<bool> flag(std::string_view key) const;
  /// A choice or a list of choices.
  [[nodiscard]] std::vector<std::string> texts(std::string_view key) const;
  /// The table below `key`, absent or not.
  [[nodiscard]] TypedTable table(std::string_view key) const;
  /// The tables of a list; empty if absent or broken.
  [[nodiscard]] std::vector<TypedTable> tables(std::string_view key) const;

  /// A usage error at the key's value, or at the table where the key is absent.
  [[nodiscard]] Diagnostic error(std::string_view key, std::string message, std::string hint) const;
  [[nodiscard]] const RawValue* raw(std::string_view key) const;
  [[nodiscard]] const SourceLocation& where() const { return where_; }

 private:
  [[nodiscard]] const KeySpec& spec(std::string_view key) const;
  [[nodiscard]] std::string below(const std::string& path, std::string_view key) const;
  // The raw value if it is sound, else one that stands for the default; null without either.
  [[nodiscard]] std::optional<RawValue> effective(std::string_view key) const;

  const RawTable* table_;
  std::string schema_path_, shown_path_;
  SourceLocation where_;
};

}  // namespace gpufleet::scenarios
