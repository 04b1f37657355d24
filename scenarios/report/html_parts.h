// The sections of the HTML report that have a file of their own.
#pragma once

#include <cstddef>
#include <string>

#include "scenarios/report/labels.h"
#include "scenarios/report/report.h"

namespace gpufleet::scenarios {

/// A fixed text of the report, escaped.
std::string say_html(Phrase what, Language language);

/// Headlines with their intervals, the trade-off, what adds up to what, one step of each training run.
std::string charts_html(const Report& report, const Labels& labels);
/// Everything of one result: metrics beside published figures, its tables, parts, notes.
std::string details_html(const Report& report, std::size_t index, const Labels& labels);
/// Inputs that differ, and each scenario with every key, its sources and its text.
std::string assumptions_html(const Report& report, const Labels& labels);

}  // namespace gpufleet::scenarios
