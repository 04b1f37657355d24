#include "scenarios/report/csv_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <span>

#include "scenarios/metrics.h"
#include "scenarios/output/run_text.h"
#include "scenarios/report/headline.h"
#include "scenarios/report/inputs.h"
#include "scenarios/report/labels.h"

namespace gpufleet::scenarios {
namespace {

constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();  // an empty field

std::vector<TableColumn> columns(std::initializer_list<std::string_view> names) {
  std::vector<TableColumn> out;
  for (const std::string_view name : names) out.push_back({std::string(name), {}});
  return out;
}

class CsvTables {
 public:
  explicit CsvTables(const Report& report) : report_(report), labels_(labels_of(report.results, report.language).labels) {}

  std::vector<CsvFile> write() {
    put("results", to_csv(report_.results));
    if (report_.results.size() > 1) {
      scenarios();
      comparison();
      inputs();
    }
    for (std::size_t i = 0; i < report_.results.size(); ++i) {
      const RunResult& result = report_.results[i];
      for (const ResultTable& table : result.tables) put(i, table.name, table);
      figures(i);
      breakdown(i);
      if (i < report_.backgrounds.size()) background(i);
    }
    validation();
    return std::move(out_);
  }

 private:
  // "by month" is "by-month"; equal names get a number.
  void put(const std::string& wanted, std::string text) {
    std::string name;
    for (const char c : wanted) {
      const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      if (plain || !name.ends_with('-')) name += plain ? c : '-';
    }
    while (name.ends_with('-')) name.pop_back();
    std::string unique = name + ".csv";
    for (int number = 2; std::ranges::find(out_, unique, &CsvFile::name) != out_.end(); ++number)
      unique = fmt::format("{}-{}.csv", name, number);
    out_.push_back({std::move(unique), std::move(text)});
  }
  // A table of one result.
  void put(std::size_t index, std::string_view name, const ResultTable& table) {
    put(fmt::format("{}-{}", index + 1, name), to_csv(table, notice_of(report_.results[index])));
  }
  // A table of ours of one result, where it has rows.
  void put_rows(std::size_t index, std::string_view name, const ResultTable& table) {
    if (!table.rows.empty()) put(index, name, table);
  }
  // A table of all results.
  void put_common(const std::string& name, const ResultTable& table) {
    std::string_view notice;
    for (const RunResult& result : report_.results)
      if (notice.empty()) notice = notice_of(result);
    if (!table.rows.empty()) put(name, to_csv(table, notice));
  }

  void scenarios() {
    ResultTable out{"scenarios", columns({"label", "title", "file", "scenario_hash", "seed", "version"}), {}};
    for (std::size_t i = 0; i < report_.results.size(); ++i) {
      const RunResult& result = report_.results[i];
      out.rows.push_back({labels_[i], display_name(result), result.scenario_name, result.scenario_hash,
                          std::to_string(result.seed), result.version});
    }
    put_common(out.name, out);
  }

  // Figures side by side, each but the first with its relative difference from the first.
  void comparison() {
    const auto& results = report_.results;
    ResultTable out{"comparison", columns({"metric", "unit"}), {}};
    for (std::size_t i = 0; i < results.size(); ++i) {
      out.columns.push_back({labels_[i], {}});
      if (i > 0) out.columns.push_back({labels_[i] + " to baseline", {}});
    }
    for (const MetricSpec& metric : metrics()) {
      const auto figure = [&](std::size_t i) {
        const MetricValue* value = find_metric(results[i], metric.name);
        return value == nullptr ? kNothing : value->estimate.value;
      };
      const auto has = [&](const RunResult& result) { return find_metric(result, metric.name) != nullptr; };
      if (std::ranges::none_of(results, has)) continue;
      std::vector<TableCell> row{std::string(metric.name), std::string(metric.unit)};
      for (std::size_t i = 0; i < results.size(); ++i) {
        row.emplace_back(figure(i));
        if (i > 0) row.emplace_back(figure(0) == 0 ? kNothing : figure(i) / figure(0) - 1);
      }
      out.rows.push_back(std::move(row));
    }
    put_common(out.name, out);
  }

  void inputs() {
    ResultTable out{"inputs", columns({"key"}), {}};
    for (const std::string& label : labels_) out.columns.push_back({label, {}});
    for (const DifferentInput& input : different_inputs(report_.results)) {
      std::vector<TableCell> row{input.key};
      row.insert(row.end(), input.values.begin(), input.values.end());
      out.rows.push_back(std::move(row));
    }
    put_common(out.name, out);
  }

  void figures(std::size_t index) {
    const RunResult& result = report_.results[index];
    ResultTable out{
        "metrics",
        columns({"metric", "unit", "value", "low", "high", "kernel_times", "published", "error", "source", "locator"}),
        {}};
    for (const MetricSpec& metric : metrics()) {
      const MetricValue* value = find_metric(result, metric.name);
      if (value == nullptr) continue;
      const Estimate& e = value->estimate;
      std::vector<TableCell> row{
          std::string(metric.name), std::string(metric.unit), e.value, e.low, e.high, std::string(hw::name(value->provenance))};
      const auto figure = std::ranges::find_if(result.measured, [&](const MeasuredFigure& one) {
        return one.metric == metric.name && one.value * unit_factor(metric, one.unit) != 0;
      });
      const bool published = figure != result.measured.end();
      const double there = published ? figure->value * unit_factor(metric, figure->unit) : kNothing;
      row.insert(row.end(), {there, e.value / there - 1});
      row.insert(row.end(), {published ? figure->source : std::string(), published ? figure->locator : std::string()});
      out.rows.push_back(std::move(row));
    }
    put_rows(index, out.name, out);
  }

  void breakdown(std::size_t index) {
    ResultTable out{"breakdown", columns({"part", "unit", "value"}), {}};
    for (const BreakdownItem& item : report_.results[index].breakdown) out.rows.push_back({item.name, item.unit, item.value});
    put_rows(index, out.name, out);
  }

  void background(std::size_t index) {
    const auto keys = [&](std::string_view name, std::initializer_list<std::string_view> names,
                          std::span<const ExplainedKey> rows) {
      ResultTable out{std::string(name), columns(names), {}};
      for (const ExplainedKey& key : rows) out.rows.push_back({key.key, key.value, key.from});
      put_rows(index, name, out);
    };
    keys("assumptions", {"key", "value", "from"}, report_.backgrounds[index].keys);
    keys("catalog", {"kind", "name", "source"}, report_.backgrounds[index].catalog);
  }

  void validation() {
    ResultTable out{"validation", columns({"suite", "compared", "median_error", "p90_error", "bias", "inside_interval"}), {}};
    for (const ValidationReport& suite : report_.validation) {
      const ValidationSummary summary = summarise(suite.rows);
      out.rows.push_back({suite.suite, static_cast<double>(summary.compared), summary.median_abs_error, summary.p90_abs_error,
                          summary.bias, summary.coverage_of_interval});
    }
    if (!out.rows.empty()) put(out.name, to_csv(out, {}));
    for (const ValidationReport& suite : report_.validation) put(fmt::format("validation-{}", suite.suite), to_csv(suite));
  }

  const Report& report_;
  std::vector<std::string> labels_;
  std::vector<CsvFile> out_;
};

}  // namespace

std::vector<CsvFile> csv_files(const Report& report) { return CsvTables(report).write(); }

}  // namespace gpufleet::scenarios
