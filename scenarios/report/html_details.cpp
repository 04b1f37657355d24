#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "scenarios/metrics.h"
#include "scenarios/output/number_text.h"
#include "scenarios/report/headline.h"
#include "scenarios/report/html_parts.h"
#include "scenarios/report/safe_text.h"
#include "scenarios/report/svg_chart.h"

namespace gpufleet::scenarios {
namespace {

constexpr int kTableDigits = 4, kPublishedDigits = 5;

class Details {
 public:
  Details(const Report& report, std::size_t index, const Labels& labels)
      : result_(report.results[index]),
        language_(report.language),
        label_(labels.labels[index]),
        several_(report.results.size() > 1) {}

  std::string write() {
    out_ = fmt::format("<h2>{}</h2>\n<p class=\"dim\">{}</p>\n", isolated_html(display_name(result_)),
                       isolated_html(result_.scenario_name));
    metric_table();
    for (const ResultTable& table : result_.tables) result_table(table);
    parts();
    notes();
    return std::move(out_);
  }

 private:
  [[nodiscard]] std::string say(Phrase what) const { return say_html(what, language_); }
  [[nodiscard]] std::string word(std::string_view text) const { return std::string(word_in(text, language_)); }

  void metric_table() {
    if (result_.metrics.empty()) return;
    const bool published =
        std::ranges::any_of(metrics(), [&](const MetricSpec& metric) { return published_for(metric) != nullptr; });
    out_ += "<div class=\"scroll\"><table>\n<thead><tr>";
    for (const Phrase column : {Phrase::metric, Phrase::value, Phrase::unit, Phrase::interval, Phrase::provenance})
      out_ += fmt::format("<th scope=\"col\">{}</th>", say(column));
    if (published)
      for (const Phrase column : {Phrase::published, Phrase::error, Phrase::source})
        out_ += fmt::format("<th scope=\"col\">{}</th>", say(column));
    out_ += "</tr></thead>\n<tbody>\n";
    for (const MetricSpec& metric : metrics()) {
      const MetricValue* value = find_metric(result_, metric.name);
      if (value == nullptr) continue;
      const Estimate& e = value->estimate;
      const int digits = deserved_digits(e);
      out_ += fmt::format(
          "<tr><th scope=\"row\" title=\"{}\">{}</th><td class=\"n\">{}</td><td>{}</td><td class=\"w\">{}</td><td>{}</td>",
          escape_html(fmt::format("{} {}", metric.doc, metric.formula)), breakable_name(std::string(metric.name)),
          figure_text(e.value, digits), escape_html(word(metric.unit)),
          e.low == e.high ? "" : fmt::format("{} … {}", figure_text(e.low, digits), figure_text(e.high, digits)),
          word(hw::name(value->provenance)));
      if (published) published_cells(metric, e.value);
      out_ += "</tr>\n";
    }
    out_ += "</tbody></table></div>\n";
  }

  [[nodiscard]] const MeasuredFigure* published_for(const MetricSpec& metric) const {
    if (find_metric(result_, metric.name) == nullptr) return nullptr;
    for (const MeasuredFigure& figure : result_.measured)
      if (figure.metric == metric.name && figure.value * unit_factor(metric, figure.unit) != 0) return &figure;
    return nullptr;
  }

  void published_cells(const MetricSpec& metric, double predicted) {
    const MeasuredFigure* figure = published_for(metric);
    if (figure == nullptr) {
      out_ += "<td></td><td></td><td></td>";
      return;
    }
    const double value = figure->value * unit_factor(metric, figure->unit);
    out_ +=
        fmt::format("<td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"s\">{}</td>", figure_text(value, kPublishedDigits),
                    percent_text(predicted / value - 1), isolated_html(fmt::format("{} {}", figure->source, figure->locator)));
  }

  // Wide tables in blocks that a page holds, each with the first column.
  void result_table(const ResultTable& table) {
    constexpr std::size_t kColumns = 9;
    const std::string notice = common_notice(table);
    const std::size_t columns = table.columns.size() - (notice.empty() ? 0U : 1U);
    std::size_t first = 1;
    do {
      const std::size_t end = std::min(columns, first + kColumns);
      table_block(table, first, end);
      first = end;
    } while (first < columns);
    if (!notice.empty()) out_ += fmt::format("<p class=\"dim\">{}</p>\n", isolated_html(notice));
    monthly_charts(table);
  }

  // A last column that says the same of every row is said once, below the table.
  static std::string common_notice(const ResultTable& table) {
    if (table.columns.size() < 2 || table.rows.empty() || table.columns.back().name != "notice") return {};
    const TableCell& first = table.rows.front().back();
    const auto same = [&](const std::vector<TableCell>& row) { return row.back() == first; };
    const auto* text = std::get_if<std::string>(&first);
    return text != nullptr && std::ranges::all_of(table.rows, same) ? *text : std::string();
  }

  void table_block(const ResultTable& table, std::size_t first, std::size_t end) {
    std::vector<std::size_t> shown;
    if (!table.columns.empty()) shown.push_back(0);
    for (std::size_t c = first; c < end; ++c) shown.push_back(c);
    out_ += fmt::format("<div class=\"scroll\"><table>\n<caption>{}{}</caption>\n<thead><tr>", isolated_html(table.name),
                        first > 1 ? " …" : "");
    for (const std::size_t c : shown) {
      const TableColumn& column = table.columns[c];
      out_ +=
          fmt::format("<th scope=\"col\"><bdi>{}</bdi>{}</th>", breakable_name(column.name),
                      column.unit.empty() ? "" : fmt::format(" <span class=\"dim\">{}</span>", escape_html(word(column.unit))));
    }
    out_ += "</tr></thead>\n<tbody>\n";
    for (const std::vector<TableCell>& row : table.rows) {
      out_ += "<tr>";
      for (const std::size_t c : shown) cell(row[c]);
      out_ += "</tr>\n";
    }
    out_ += "</tbody></table></div>\n";
  }

  // Months and names stay on one line, sentences and addresses do not.
  void cell(const TableCell& cell) {
    constexpr std::size_t kShort = 14;
    if (const auto* text = std::get_if<std::string>(&cell))
      out_ +=
          fmt::format("<td class=\"{}\">{}</td>", text->size() <= kShort ? "w" : "l", text->empty() ? "" : isolated_html(*text));
    else
      out_ += fmt::format("<td class=\"n\">{}</td>", figure_text(std::get<double>(cell), kTableDigits));
  }

  // A table whose first column is a sequence of words (months) and whose others are numbers is drawn, a chart a unit.
  void monthly_charts(const ResultTable& table) {
    constexpr std::size_t kFewest = 6;
    if (table.rows.size() < kFewest || table.columns.empty() || !table.columns.front().name.starts_with("month")) return;
    std::vector<std::string> positions, units;
    for (const auto& row : table.rows) {
      const auto* text = std::get_if<std::string>(&row.front());
      positions.push_back(text == nullptr ? figure_text(std::get<double>(row.front()), kTableDigits) : *text);
    }
    for (const TableColumn& column : table.columns)
      if (!column.unit.empty() && std::ranges::find(units, column.unit) == units.end()) units.push_back(column.unit);
    for (const std::string& unit : units) {
      std::vector<Series> series;
      for (std::size_t c = 1; c < table.columns.size(); ++c) {
        if (table.columns[c].unit != unit) continue;
        Series one{table.columns[c].name, {}};
        for (const auto& row : table.rows) {
          const auto* number = std::get_if<double>(&row[c]);
          one.values.push_back(number == nullptr ? std::numeric_limits<double>::quiet_NaN() : *number);
        }
        series.push_back(std::move(one));
      }
      out_ += line_chart(several_ ? fmt::format("{}: {}", label_, table.name) : table.name, word(unit), positions, series);
    }
  }

  void parts() {
    if (result_.breakdown.empty()) return;
    out_ += fmt::format("<details open><summary>{}</summary><div class=\"scroll\"><table class=\"narrow\"><tbody>\n",
                        say(Phrase::parts));
    for (const BreakdownItem& item : result_.breakdown)
      out_ += fmt::format("<tr><th scope=\"row\">{}</th><td class=\"n\">{}</td><td>{}</td></tr>\n", isolated_html(item.name),
                          figure_text(item.value, kTableDigits), escape_html(word(item.unit)));
    out_ += "</tbody></table></div></details>\n";
  }

  void notes() {
    std::string items;
    for (const std::string& metric : above_one(result_))
      items +=
          fmt::format("<li>{}</li>", fmt::format(fmt::runtime(say(Phrase::above_one)), fmt::format("<code>{}</code>", metric)));
    for (const std::string& warning : result_.warnings) items += fmt::format("<li>{}</li>", isolated_html(warning));
    if (!items.empty()) out_ += fmt::format("<p>{}:</p><ul>{}</ul>\n", say(Phrase::notes), items);
  }

  const RunResult& result_;
  Language language_;
  const std::string& label_;
  bool several_;
  std::string out_;
};

}  // namespace

std::string details_html(const Report& report, std::size_t index, const Labels& labels) {
  return Details(report, index, labels).write();
}

}  // namespace gpufleet::scenarios
