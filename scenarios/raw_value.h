// What a scenario file says before anyone asks what it means: a tree of values, each with the place where it stands.
// Names are unique and sorted, so that look-up, merging and the canonical text are one walk each.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/diagnostics.h"

namespace gpufleet::scenarios {

struct RawValue;
struct RawMember;

using RawArray = std::vector<RawValue>;

/// Members in the order of their names; names are unique.
struct RawTable {
  std::vector<RawMember> members;
};

struct RawValue {
  std::variant<bool, std::int64_t, double, std::string, RawArray, RawTable> data;  ///< false unless set
  SourceLocation where;

  [[nodiscard]] const RawTable* table() const { return std::get_if<RawTable>(&data); }
  [[nodiscard]] RawTable* table() { return std::get_if<RawTable>(&data); }
  [[nodiscard]] const RawArray* array() const { return std::get_if<RawArray>(&data); }
  [[nodiscard]] RawArray* array() { return std::get_if<RawArray>(&data); }
  [[nodiscard]] const std::string* text() const { return std::get_if<std::string>(&data); }
};

struct RawMember {
  std::string key;
  SourceLocation key_where;
  RawValue value;
};

/// The member called `key`, or null.
const RawValue* find(const RawTable& table, std::string_view key);
RawValue* find(RawTable& table, std::string_view key);
/// Follows a dotted path of tables ("training.layout.tp"); null where one is missing.
const RawValue* find_path(const RawTable& table, std::string_view dotted);

/// Adds or replaces a member, keeping the order of names.
RawValue& insert_or_assign(RawTable& table, RawMember member);

/// `over` laid on `under`: tables merge member by member, everything else replaces.
RawTable merge(RawTable under, const RawTable& over);

/// The value as a message shows it: `"text"`, `-3`, `a table`, `a list`; long texts are cut.
std::string shown(const RawValue& value);

}  // namespace gpufleet::scenarios
