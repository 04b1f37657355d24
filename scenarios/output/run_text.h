// A run's result as JSON, CSV and a table for people. Each is a pure function of the results.
#pragma once

#include <span>
#include <string>

#include "scenarios/run_result.h"

namespace gpufleet::scenarios {

/// One object for one result, an array for several; the form is fixed (scenarios/README.md).
std::string to_json(std::span<const RunResult> results);
/// One row a result, one column a metric, unit in the column's name; RFC 4180.
std::string to_csv(std::span<const RunResult> results);
/// Value, interval, provenance, and the published figure with the error where the scenario has one; several results give a
/// comparison against the first.
std::string to_table(std::span<const RunResult> results);

/// One table of a result as CSV: a header with units in the names, one record a row.
std::string to_csv(const ResultTable& table);

}  // namespace gpufleet::scenarios
