// Tables of a result for people, and side by side where scenarios are compared.
#pragma once

#include <span>
#include <string>

#include "scenarios/run_result.h"

namespace gpufleet::scenarios {

/// Every table with its name above.
std::string tables_text(const RunResult& result);
/// Columns marked for comparison, of the tables that all results have with the same first column: one column a result.
std::string compared_tables_text(std::span<const RunResult> results);

}  // namespace gpufleet::scenarios
