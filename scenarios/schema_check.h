// A raw scenario held against the schema table alone: unknown keys, types, units, ranges, choices, required keys.
// What needs several keys at once, or the catalogs, is in validate.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/diagnostics.h"
#include "scenarios/raw_value.h"
#include "scenarios/schema.h"

namespace gpufleet::scenarios {

/// All problems, in no particular order. `name` is the file that missing top-level keys are reported at.
Diagnostics check_against_schema(const RawTable& root, const std::string& name);

/// The number a value stands for, in base units: whole numbers, numbers, "14.8 T", "400 Gb/s". Nothing if it is none; then
/// `why` holds a clause that follows the value shown.
std::optional<double> number_of(const RawValue& value, const KeySpec& key, std::string& why);

/// What is wrong with one value under its key, ignoring the keys below it; nothing if it is in order.
std::optional<Diagnostic> problem_of(const RawValue& value, const KeySpec& key);

}  // namespace gpufleet::scenarios
