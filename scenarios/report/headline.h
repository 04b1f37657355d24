// What a reader wants to know first: the few metrics that answer a scenario's question, and which way is better.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/report/phrases.h"
#include "scenarios/run_result.h"

namespace gpufleet::scenarios {

enum class Better : std::uint8_t { lower, higher, neither };
/// Lower for times and costs, higher for rates and utilisations, neither where it is no merit (memory in use, counts).
Better better(std::string_view metric);

/// Up to three metrics that every result has, most telling first: names of the metric table. None only where no metric is shared.
std::vector<std::string> headline_metrics(std::span<const RunResult> results);
/// Index of the best result by a metric of which better() is not `neither`; results without it are passed over.
std::size_t best_of(std::span<const RunResult> results, std::string_view metric);
/// The best, first, and all that its interval or theirs does not tell from it; empty where better() is `neither`.
std::vector<std::size_t> best_group(std::span<const RunResult> results, std::string_view metric);
/// Utilisations above 1, which need a word of explanation.
std::vector<std::string> above_one(const RunResult& result);

/// number_text, and a dash for what is not known (NaN).
std::string figure_text(double value, int digits);

/// Title, or the file's name where there is none.
std::string display_name(const RunResult& result);
/// "18.7 s (17.2 … 20.3)".
std::string estimate_text(const MetricValue& metric, Language language);

}  // namespace gpufleet::scenarios
