#include <fmt/format.h>
#include <algorithm>
#include <set>

#include "scenarios/metrics.h"
#include "scenarios/output/number_text.h"
#include "scenarios/output/result_tables.h"
#include "scenarios/output/run_text.h"
#include "scenarios/output/text_table.h"

namespace gpufleet::scenarios {
namespace {

std::string interval_text(const Estimate& estimate, int digits) {
  if (estimate.low == estimate.high) return {};
  return fmt::format("{} … {}", number_text(estimate.low, digits), number_text(estimate.high, digits));
}

// The scenario's own figure for the metric, in the metric's unit, and how far the result is from it.
struct Published {
  std::string text, error, source;
};
Published published(const RunResult& result, const MetricSpec& metric, double predicted) {
  for (const MeasuredFigure& figure : result.measured) {
    const double factor = figure.metric == metric.name ? unit_factor(metric, figure.unit) : 0;
    if (factor == 0) continue;
    const double value = figure.value * factor;
    constexpr int kPublishedDigits = 5;
    return {number_text(value, kPublishedDigits), value == 0 ? "" : percent_text(predicted / value - 1), figure.id};
  }
  return {};
}

void append_breakdown(std::string& out, const RunResult& result) {
  if (result.breakdown.empty()) return;
  TextTable table({{"part", Align::left}, {"value", Align::right}, {"unit", Align::left}});
  for (const BreakdownItem& item : result.breakdown) table.row({item.name, number_text(item.value, 3), item.unit});
  out += '\n';
  out += table.str();
}

std::string one(const RunResult& result) {
  const bool compared = !result.measured.empty();
  std::vector<TextTable::Column> columns{{"metric", Align::left},
                                         {"value", Align::right},
                                         {"unit", Align::left},
                                         {"10 % … 90 %", Align::left},
                                         {"kernels", Align::left}};
  if (compared) {
    columns.push_back({"published", Align::right});
    columns.push_back({"error", Align::right});
    columns.push_back({"row", Align::left});
  }
  TextTable table(std::move(columns));
  for (const MetricSpec& metric : metrics()) {
    const MetricValue* value = find_metric(result, metric.name);
    if (value == nullptr) continue;
    const int digits = deserved_digits(value->estimate);
    std::vector<std::string> cells{std::string(metric.name), number_text(value->estimate.value, digits), std::string(metric.unit),
                                   interval_text(value->estimate, digits), std::string(hw::name(value->provenance))};
    if (compared) {
      const Published figure = published(result, metric, value->estimate.value);
      cells.insert(cells.end(), {figure.text, figure.error, figure.source});
    }
    table.row(std::move(cells));
  }
  std::string out =
      fmt::format("{}\n{}\n\n", result.title.empty() ? result.scenario_name : result.title, result.scenario_name) + table.str();
  append_breakdown(out, result);
  out += tables_text(result);
  for (const std::string& warning : result.warnings) out += fmt::format("\nnote: {}", warning);
  if (!result.warnings.empty()) out += '\n';
  out += fmt::format("\nscenario {}, seed {}, gpufleet {}\n", result.scenario_hash, result.seed, result.version);
  return out;
}

std::string comparison(std::span<const RunResult> results) {
  std::vector<TextTable::Column> columns{{"metric", Align::left}, {"unit", Align::left}};
  for (std::size_t i = 0; i < results.size(); ++i) {
    columns.push_back({fmt::format("[{}]", i + 1), Align::right});
    if (i > 0) columns.push_back({"to [1]", Align::right});
  }
  TextTable table(std::move(columns));
  for (const MetricSpec& metric : metrics()) {
    const auto has = [&](const RunResult& r) { return find_metric(r, metric.name) != nullptr; };
    if (std::none_of(results.begin(), results.end(), has)) continue;
    std::vector<std::string> cells{std::string(metric.name), std::string(metric.unit)};
    const MetricValue* first = find_metric(results.front(), metric.name);
    for (std::size_t i = 0; i < results.size(); ++i) {
      const MetricValue* value = find_metric(results[i], metric.name);
      cells.push_back(value == nullptr ? "-" : number_text(value->estimate.value, deserved_digits(value->estimate)));
      if (i == 0) continue;
      const bool comparable = value != nullptr && first != nullptr && first->estimate.value != 0;
      cells.push_back(comparable ? percent_text(value->estimate.value / first->estimate.value - 1) : "-");
    }
    table.row(std::move(cells));
  }
  std::string out;
  for (std::size_t i = 0; i < results.size(); ++i)
    out += fmt::format("[{}] {} ({})\n", i + 1, results[i].title.empty() ? "(no title)" : results[i].title,
                       results[i].scenario_name);
  out += '\n';
  out += table.str();
  out += compared_tables_text(results);
  std::set<std::string> said;
  for (const RunResult& result : results)
    for (const std::string& warning : result.warnings)
      if (said.insert(warning).second) out += fmt::format("\nnote: {}", warning);
  if (!said.empty()) out += '\n';
  return out;
}

}  // namespace

std::string to_table(std::span<const RunResult> results) {
  return results.size() == 1 ? one(results.front()) : comparison(results);
}

}  // namespace gpufleet::scenarios
