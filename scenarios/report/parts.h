// A result's breakdown by what its items are parts of. Only what adds up shares a bar: the parts of a stage's step, its work
// (hidden or not), what the step waited for, the memory of the fullest stage, shares of a fleet, yearly costs.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "scenarios/report/phrases.h"
#include "scenarios/report/svg_chart.h"
#include "scenarios/run_result.h"

namespace gpufleet::scenarios {

struct Whole {
  std::string kind;  ///< title in the report's language
  std::string unit;
  std::vector<StackPart> parts;  ///< positive
};
/// Items that are no part of a whole (rates, counts, overlapping waits) are left out.
std::vector<Whole> wholes_of(const RunResult& result, Language language);

/// One chart a kind, each bar one result's whole; what is too small for a colour of its own is summed up.
std::string parts_charts(std::span<const RunResult> results, const std::vector<std::string>& labels, Language language);

}  // namespace gpufleet::scenarios
