#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "scenarios/metrics.h"
#include "scenarios/output/number_text.h"
#include "scenarios/report/answer.h"
#include "scenarios/report/headline.h"
#include "scenarios/report/inputs.h"
#include "scenarios/report/labels.h"
#include "scenarios/report/report.h"
#include "scenarios/report/safe_text.h"

namespace gpufleet::scenarios {
namespace {

constexpr int kMarkdownDigits = 4, kMarkdownPublished = 5;

std::string cell(const std::string& text) { return escape_markdown(text); }

class Markdown {
 public:
  explicit Markdown(const Report& report) : report_(report), labels_(labels_of(report.results, report.language)) {}

  std::string write() {
    const Dress dress{escape_markdown, escape_markdown};
    out_ = fmt::format("# {}\n\n**{}.** {}\n", cell(labels_.heading), say(Phrase::answer),
                       answer_sentence(report_, labels_.labels, dress));
    comparison();
    for (const RunResult& result : report_.results) details(result);
    out_ += fmt::format("\n## {}\n\n{}\n", say(Phrase::uncertainty), say(Phrase::uncertainty_note));
    validation();
    assumptions();
    out_ += fmt::format("\n{} gpufleet {}. {}\n", say(Phrase::made_by), cell(report_.results.front().version),
                        say(Phrase::not_advice));
    return std::move(out_);
  }

 private:
  [[nodiscard]] std::string say(Phrase what) const { return std::string(phrase(what, report_.language)); }
  [[nodiscard]] std::string word(std::string_view text) const { return std::string(word_in(text, report_.language)); }
  void row(const std::vector<std::string>& cells) {
    for (const std::string& one : cells) out_ += fmt::format("| {} ", one);
    out_ += "|\n";
  }
  void head(const std::vector<std::string>& cells) {
    row(cells);
    row(std::vector<std::string>(cells.size(), "---"));
  }

  void comparison() {
    const auto& results = report_.results;
    if (results.size() < 2) return;
    out_ += fmt::format("\n## {}\n\n", say(Phrase::comparison));
    for (std::size_t i = 0; i < results.size(); ++i)
      out_ +=
          fmt::format("- **{}**{}: {} ({})\n", cell(labels_.labels[i]), i == 0 ? fmt::format(" ({})", say(Phrase::baseline)) : "",
                      cell(display_name(results[i])), cell(results[i].scenario_name));
    out_ += '\n';
    std::vector<std::string> names{say(Phrase::metric), say(Phrase::unit), cell(labels_.labels.front())};
    for (std::size_t i = 1; i < results.size(); ++i)
      names.insert(names.end(), {cell(labels_.labels[i]), say(Phrase::to_baseline)});
    head(names);
    for (const MetricSpec& metric : metrics()) compared_row(metric);
    out_ += fmt::format("\n{}\n", say(Phrase::bold_note));
  }

  void compared_row(const MetricSpec& metric) {
    const auto& results = report_.results;
    const auto has = [&](const RunResult& r) { return find_metric(r, metric.name) != nullptr; };
    if (std::ranges::none_of(results, has)) return;
    const std::vector<std::size_t> best = best_group(results, metric.name);
    const MetricValue* baseline = find_metric(results.front(), metric.name);
    std::vector<std::string> cells{fmt::format("`{}`", metric.name), cell(word(metric.unit))};
    for (std::size_t i = 0; i < results.size(); ++i) {
      const MetricValue* value = find_metric(results[i], metric.name);
      const std::string text = value == nullptr ? "–" : figure_text(value->estimate.value, deserved_digits(value->estimate));
      const bool bold = best.size() < results.size() && std::ranges::find(best, i) != best.end();
      cells.push_back(bold ? fmt::format("**{}**", text) : text);
      if (i == 0) continue;
      const bool comparable = value != nullptr && baseline != nullptr && baseline->estimate.value != 0;
      const double ratio = comparable ? value->estimate.value / baseline->estimate.value - 1 : std::nan("");
      cells.push_back(std::isfinite(ratio) ? percent_text(ratio) : "–");
    }
    row(cells);
  }

  void details(const RunResult& result) {
    out_ += fmt::format("\n## {}\n\n", cell(display_name(result)));
    metric_table(result);
    for (const ResultTable& table : result.tables) result_table(table);
    if (!result.breakdown.empty()) {
      out_ += fmt::format("\n### {}\n\n", say(Phrase::parts));
      head({say(Phrase::part), say(Phrase::value), say(Phrase::unit)});
      for (const BreakdownItem& item : result.breakdown)
        row({cell(item.name), figure_text(item.value, kMarkdownDigits), cell(word(item.unit))});
    }
    for (const std::string& metric : above_one(result))
      out_ += fmt::format("\n> {}\n", fmt::format(fmt::runtime(say(Phrase::above_one)), fmt::format("`{}`", metric)));
    for (const std::string& warning : result.warnings) out_ += fmt::format("\n> {}\n", cell(warning));
    out_ += fmt::format("\n{} {}, {} {}\n", say(Phrase::scenario), cell(result.scenario_hash), say(Phrase::seed), result.seed);
  }

  void metric_table(const RunResult& result) {
    head({say(Phrase::metric), say(Phrase::value), say(Phrase::unit), say(Phrase::interval), say(Phrase::provenance),
          say(Phrase::published), say(Phrase::error), say(Phrase::source)});
    for (const MetricSpec& metric : metrics()) {
      const MetricValue* value = find_metric(result, metric.name);
      if (value == nullptr) continue;
      const Estimate& e = value->estimate;
      const int digits = deserved_digits(e);
      std::vector<std::string> cells{
          fmt::format("`{}`", metric.name), figure_text(e.value, digits), cell(word(metric.unit)),
          e.low == e.high ? "" : fmt::format("{} … {}", figure_text(e.low, digits), figure_text(e.high, digits)),
          word(hw::name(value->provenance))};
      const auto figure = std::ranges::find_if(result.measured, [&](const MeasuredFigure& one) {
        return one.metric == metric.name && one.value * unit_factor(metric, one.unit) != 0;
      });
      if (figure == result.measured.end()) {
        cells.insert(cells.end(), 3, "");
      } else {
        const double published = figure->value * unit_factor(metric, figure->unit);
        cells.insert(cells.end(), {figure_text(published, kMarkdownPublished), percent_text(e.value / published - 1),
                                   cell(fmt::format("{} {}", figure->source, figure->locator))});
      }
      row(cells);
    }
  }

  void result_table(const ResultTable& table) {
    out_ += fmt::format("\n### {}\n\n", cell(table.name));
    std::vector<std::string> names;
    for (const TableColumn& column : table.columns)
      names.push_back(cell(column.unit.empty() ? column.name : fmt::format("{} ({})", column.name, word(column.unit))));
    head(names);
    for (const auto& record : table.rows) {
      std::vector<std::string> cells;
      for (const TableCell& one : record)
        cells.push_back(std::holds_alternative<std::string>(one) ? cell(std::get<std::string>(one))
                                                                 : figure_text(std::get<double>(one), kMarkdownDigits));
      row(cells);
    }
  }

  void validation() {
    const std::vector<SuiteLine> lines = suite_lines(report_);
    if (lines.empty()) return;
    out_ += fmt::format("\n## {}\n\n", say(Phrase::validation));
    head({say(Phrase::suite), say(Phrase::compared), say(Phrase::median_error), say(Phrase::p90_error), say(Phrase::bias),
          say(Phrase::coverage)});
    for (const SuiteLine& line : lines) row({line.suite, line.compared, line.median, line.p90, line.bias, line.coverage});
  }

  void assumptions() {
    out_ += fmt::format("\n## {}\n\n{}\n", say(Phrase::assumptions), say(Phrase::assumptions_note));
    if (const std::vector<DifferentInput> inputs = different_inputs(report_.results); !inputs.empty()) {
      out_ += fmt::format("\n### {}\n\n", say(Phrase::differences));
      std::vector<std::string> names{say(Phrase::key)};
      for (const std::string& label : labels_.labels) names.push_back(cell(label));
      head(names);
      for (const DifferentInput& input : inputs) {
        std::vector<std::string> cells{fmt::format("`{}`", input.key)};
        for (const std::string& value : input.values) cells.push_back(value.empty() ? "–" : cell(value));
        row(cells);
      }
    }
    for (std::size_t i = 0; i < report_.backgrounds.size() && i < report_.results.size(); ++i) background(i);
  }

  void background(std::size_t index) {
    const Background& background = report_.backgrounds[index];
    out_ += fmt::format("\n### {}: {}\n\n", say(Phrase::assumptions), cell(labels_.labels[index]));
    if (!background.keys.empty()) {
      head({say(Phrase::key), say(Phrase::value), say(Phrase::from)});
      for (const ExplainedKey& key : background.keys)
        row({fmt::format("`{}`", key.key), cell(std::string(value_in(key.value, report_.language))),
             cell(origin_in(key.from, report_.language))});
    }
    if (!background.catalog.empty()) {
      out_ += fmt::format("\n{}\n\n", say(Phrase::catalog));
      head({say(Phrase::key), say(Phrase::value), say(Phrase::source)});
      for (const ExplainedKey& entry : background.catalog) row({word(entry.key), cell(entry.value), cell(entry.from)});
    }
    const std::string text = say(background.text == Background::Text::as_written ? Phrase::scenario_text : Phrase::resolved_text);
    for (const NamedText& file : background.files) {
      // Scenarios that share a base show it once.
      const bool first = shown_.emplace(file.name, file.text).second;
      out_ += fmt::format("\n{}: {}{}\n", text, cell(file.name), first ? "" : " ↑");
      if (first) out_ += fmt::format("\n{}", fenced_markdown(file.text, "toml"));
    }
    for (const std::string& set : background.overrides) out_ += fmt::format("\n--set {}\n", cell(set));
  }

  const Report& report_;
  Labels labels_;
  std::set<std::pair<std::string, std::string>> shown_;
  std::string out_;
};

}  // namespace

std::string to_markdown(const Report& report) { return Markdown(report).write(); }

}  // namespace gpufleet::scenarios
