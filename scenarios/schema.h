// The scenario format as one table: every key with its type, unit, range, default and meaning. It drives validation, the
// defaults that `check --explain` prints, the reference page docs/scenario_format.md, and the editor of the desktop program.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/units.h"

namespace gpufleet::scenarios {

enum class KeyType : std::uint8_t {
  text,          ///< a string
  integer,       ///< a whole number, or a string with a multiplier ("32 Ki")
  number,        ///< a plain number, or a string with a multiplier ("14.8 T")
  quantity,      ///< a string with a unit of the key's dimension
  boolean,       ///< true or false
  choice,        ///< one of `choices`
  choices,       ///< one of `choices`, or a list of them
  choice_table,  ///< one of `choices` as a shorthand, or a table of the keys below
  table,         ///< a table of the keys below
  tables         ///< a list of tables of the keys below; paths of its members carry "[]"
};

enum class Presence : std::uint8_t {
  optional,
  required,  ///< wherever the table that holds it is present
  asked      ///< a table that asks for something by being there: left out, its keys have no meaning and no defaults
};

struct KeySpec {
  std::string path;  ///< dotted, "[]" after a list of tables: "fleet.pool[].count"
  KeyType type = KeyType::text;
  Presence presence = Presence::optional;
  Dimension dimension = Dimension::none;
  double minimum = -std::numeric_limits<double>::infinity();
  double maximum = std::numeric_limits<double>::infinity();
  std::string fallback;         ///< the default as the file would write it, strings without quotes; empty = none
  std::string fallback_source;  ///< who uses that default, or how it is derived
  std::vector<std::string> choices;
  std::string doc;  ///< one sentence
};

/// All keys, parents before children, in the order of the reference page.
std::span<const KeySpec> schema();
/// The key at a path as KeySpec writes it, or null.
const KeySpec* find_key(std::string_view path);
/// Last component of the path, without "[]".
std::string_view leaf(std::string_view path);
/// Names of the keys directly below a table's path ("" = top level), in the order of the table.
std::vector<std::string> members_of(std::string_view table_path);
/// "integer ≥ 1", "quantity such as \"400 Gb/s\"", "one of a, b, c": for messages and the reference page.
std::string expectation(const KeySpec& key);

}  // namespace gpufleet::scenarios
