// A TOML file as plain values that remember where they stood, and a reader that turns tables into typed fields while it
// collects every diagnostic (missing, mistyped, out of range, unknown with "did you mean"). The parser library stays in the .cpp.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "core/result.h"
#include "core/units.h"
#include "hwprofiles/calendar.h"

namespace gpufleet::hw {

struct TomlValue;
struct TomlEntry;
using TomlArray = std::vector<TomlValue>;

/// Keys in file order; lookups are linear, tables are small.
struct TomlTable {
  SourceLocation where;
  std::vector<TomlEntry> entries;
  std::vector<SourceLocation> key_locations;  ///< one per entry

  [[nodiscard]] const TomlValue* find(std::string_view key) const;
};

/// A date stays text in ISO form ("2023-11-17"), whether the file quotes it or not.
struct TomlValue {
  SourceLocation where;
  std::variant<std::string, std::int64_t, double, bool, TomlArray, TomlTable> value;

  [[nodiscard]] const std::string* text() const { return std::get_if<std::string>(&value); }
  [[nodiscard]] const TomlArray* array() const { return std::get_if<TomlArray>(&value); }
  [[nodiscard]] const TomlTable* table() const { return std::get_if<TomlTable>(&value); }
};

struct TomlEntry {
  std::string first;  ///< key
  TomlValue second;
};

/// The whole file; errors carry the parser's line and column. Files over 16 MiB are refused.
Result<TomlTable> read_toml(const std::filesystem::path& file);
/// The same from memory; `name` stands for the file in diagnostics.
Result<TomlTable> parse_toml(std::string_view text, const std::string& name);

/// The *.toml files directly in `folder`, ordered by name. Error: not a folder, or none in it.
Result<std::vector<std::filesystem::path>> toml_files(const std::filesystem::path& folder);

/// Bounds of a number in base units, both included.
struct Range {
  double low = 0;
  double high = std::numeric_limits<double>::infinity();
};

enum class Presence : std::uint8_t { required, optional };

/// Reads one table. Every getter returns a usable value (zero, empty) when it reports, so that reading goes on and all
/// diagnostics come at once. Call finish() last: it reports the keys that nothing asked for.
class TableReader {
 public:
  /// `path` is the dotted prefix for diagnostics ("" at the top). Table and sink must outlive the reader.
  TableReader(const TomlTable& table, std::string path, Diagnostics& sink);

  [[nodiscard]] bool has(std::string_view key);
  std::string text(std::string_view key, Presence presence);
  /// One of `choices`, as index; choices.size() when absent or wrong.
  std::size_t choice(std::string_view key, std::span<const std::string_view> choices, Presence presence);
  std::vector<std::string> texts(std::string_view key, Presence presence);
  /// A completed date, see complete_date.
  std::string date(std::string_view key, Presence presence);
  /// Base units of `dimension`; Dimension::none also takes bare numbers.
  double quantity(std::string_view key, Dimension dimension, Range range, Presence presence);
  int integer(std::string_view key, Range range, Presence presence);
  bool boolean(std::string_view key, Presence presence);
  /// Nested table, or null.
  const TomlTable* table(std::string_view key, Presence presence);
  /// `[[key]]`, possibly empty.
  std::vector<const TomlTable*> tables(std::string_view key, Presence presence);

  /// Reports at a key's value, or at the table when the key is absent.
  void report(std::string_view key, std::string message, std::string hint);
  void finish();

  [[nodiscard]] std::string path_of(std::string_view key) const;
  [[nodiscard]] const TomlTable& source() const { return table_; }

 private:
  const TomlValue* look_up(std::string_view key, Presence presence);
  double checked(std::string_view key, double value, Dimension dimension, Range range);

  const TomlTable& table_;
  std::string path_;
  Diagnostics& sink_;
  std::vector<std::string> asked_;
};

}  // namespace gpufleet::hw
