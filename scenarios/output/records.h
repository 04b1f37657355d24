// Things with named fields, shown in any of the forms: a list as rows, one thing as lines. Keeps every catalog's three forms
// alike.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "scenarios/output/format.h"

namespace gpufleet::scenarios {

struct Field {
  std::string name;  ///< snake_case, unit at the end ("memory_gb")
  /// NaN = unknown; whole numbers that are facts (a vocabulary of 129280) are shown with all their digits.
  std::variant<double, std::string, std::int64_t> value;
};
using Record = std::vector<Field>;

/// One row a record; all records have the same fields. Tables show numbers with `digits` significant digits.
std::string list_text(std::span<const Record> records, Format format, int digits);
/// One thing and the list that belongs to it: below it in a table, a field `list_name` in JSON; CSV has the thing alone.
std::string record_text(const Record& record, const std::string& list_name, std::span<const Record> list, Format format,
                        int digits);
/// One field a line; unknown and empty fields are left out of the table.
std::string record_text(const Record& record, Format format, int digits);

}  // namespace gpufleet::scenarios
