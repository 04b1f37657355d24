// A run's result as JSON, CSV and a table for people. Each is a pure function of the results.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "scenarios/run_result.h"

namespace gpufleet::scenarios {

/// One object for one result, an array for several; the form is fixed (scenarios/README.md).
std::string to_json(std::span<const RunResult> results);
/// One row a result, one column a metric, unit in the column's name, and the notice where a result has it; RFC 4180.
std::string to_csv(std::span<const RunResult> results);
/// Value, interval, provenance, and the published figure with the error where the scenario has one; several results give a
/// comparison against the first.
std::string to_table(std::span<const RunResult> results);

/// One table of a result as CSV: a header with units in the names, one record a row; a column for the `notice` where there is
/// one and the table lacks it.
std::string to_csv(const ResultTable& table, std::string_view notice);
/// What must stand beside every figure that export law has a part in; empty where it has none in this result.
std::string_view notice_of(const RunResult& result);

}  // namespace gpufleet::scenarios
