#include "scenarios/report/headline.h"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <cmath>

#include "scenarios/metrics.h"
#include "scenarios/output/number_text.h"

namespace gpufleet::scenarios {
namespace {

// By how much they answer the questions that fleets are built for: money and time, then rates, then merit of the hardware.
constexpr std::array<std::string_view, 19> kTelling{"run_days",
                                                    "run_cost",
                                                    "cost_per_million_output_tokens",
                                                    "output_tokens_per_second",
                                                    "tpot_p50",
                                                    "ttft_p50",
                                                    "capex",
                                                    "power",
                                                    "h100_equivalents_compute",
                                                    "opex_per_year",
                                                    "step_time",
                                                    "mfu_causal",
                                                    "tokens_per_second",
                                                    "effective_training_time_ratio",
                                                    "output_tokens_per_second_per_gpu",
                                                    "gpus",
                                                    "plan_cost",
                                                    "unmet_share",
                                                    "served_tokens"};

bool any_of_prefix(std::string_view name, std::initializer_list<std::string_view> prefixes) {
  return std::ranges::any_of(prefixes, [&](std::string_view prefix) { return name.starts_with(prefix); });
}

}  // namespace

Better better(std::string_view metric) {
  if (metric.ends_with("_time") || metric.ends_with("_days") || metric.ends_with("_cost") || metric.ends_with("_hours") ||
      any_of_prefix(metric, {"cost_per", "gpu_hours", "ttft", "tpot", "e2e", "capex", "opex", "energy", "run_energy", "power"}))
    return Better::lower;
  if (any_of_prefix(metric, {"mfu", "tflops", "tokens_per", "samples_per", "output_tokens", "input_tokens", "goodput", "slo",
                             "prefix_hit", "h100_equivalents", "effective_training"}))
    return Better::higher;
  return Better::neither;
}

std::vector<std::string> headline_metrics(std::span<const RunResult> results) {
  constexpr std::size_t kMost = 3;
  std::vector<std::string> out;
  for (const std::string_view name : kTelling) {
    const auto has = [&](const RunResult& result) { return find_metric(result, name) != nullptr; };
    if (out.size() < kMost && !results.empty() && std::ranges::all_of(results, has)) out.emplace_back(name);
  }
  if (!out.empty() || results.empty()) return out;
  // Results of another kind: what they tell first.
  for (const MetricValue& metric : results.front().metrics) {
    const auto has = [&](const RunResult& result) { return find_metric(result, metric.name) != nullptr; };
    if (out.size() < kMost && std::ranges::all_of(results, has)) out.push_back(metric.name);
  }
  return out;
}

std::size_t best_of(std::span<const RunResult> results, std::string_view metric) {
  const double sign = better(metric) == Better::lower ? 1 : -1;
  std::size_t best = results.size();
  for (std::size_t i = 0; i < results.size(); ++i) {
    const MetricValue* value = find_metric(results[i], metric);
    if (value == nullptr) continue;
    if (best == results.size() || sign * value->estimate.value < sign * find_metric(results[best], metric)->estimate.value)
      best = i;
  }
  return best;
}

std::vector<std::size_t> best_group(std::span<const RunResult> results, std::string_view metric) {
  if (better(metric) == Better::neither) return {};
  const std::size_t best = best_of(results, metric);
  if (best == results.size()) return {};
  std::vector<std::size_t> out{best};
  const Estimate& b = find_metric(results[best], metric)->estimate;
  for (std::size_t i = 0; i < results.size(); ++i) {
    const MetricValue* other = find_metric(results[i], metric);
    if (i == best || other == nullptr) continue;
    const Estimate& o = other->estimate;
    const bool close =
        better(metric) == Better::lower ? o.low <= b.value || b.high >= o.value : o.high >= b.value || b.low <= o.value;
    if (close) out.push_back(i);
  }
  return out;
}

std::vector<std::string> above_one(const RunResult& result) {
  std::vector<std::string> out;
  for (const MetricValue& metric : result.metrics)
    if (metric.name.starts_with("mfu") && metric.estimate.value > 1) out.push_back(metric.name);
  return out;
}

std::string figure_text(double value, int digits) { return std::isfinite(value) ? number_text(value, digits) : "–"; }

std::string display_name(const RunResult& result) { return result.title.empty() ? result.scenario_name : result.title; }

std::string estimate_text(const MetricValue& metric, Language language) {
  const MetricSpec* spec = find_metric(metric.name);
  const Estimate& e = metric.estimate;
  const int digits = deserved_digits(e);
  std::string out = figure_text(e.value, digits);
  if (spec != nullptr && spec->unit != "ratio") out += fmt::format(" {}", word_in(spec->unit, language));
  if (e.low != e.high) out += fmt::format(" ({} … {})", figure_text(e.low, digits), figure_text(e.high, digits));
  return out;
}

}  // namespace gpufleet::scenarios
