#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <limits>

#include "scenarios/metrics.h"
#include "scenarios/output/number_text.h"
#include "scenarios/report/answer.h"
#include "scenarios/report/headline.h"
#include "scenarios/report/report.h"
#include "scenarios/report/svg_chart.h"

namespace gpufleet::scenarios {
namespace {

constexpr std::string_view kStyle = R"(
:root{color-scheme:light dark;--ink:#1b1f24;--dim:#57606a;--line:#d0d7de;--paper:#fff;--soft:#f6f8fa;--accent:#0072b2}
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--dim:#9da7b1;--line:#30363d;--paper:#0d1117;--soft:#161b22;--accent:#56b4e9}}
body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:62rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.7rem;line-height:1.25}h2{margin-top:2.2rem;border-bottom:1px solid var(--line);padding-bottom:.2rem}
.answer{font-size:1.15rem;border-left:4px solid var(--accent);padding:.4rem 1rem;background:var(--soft)}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{padding:.25rem .6rem;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
td.n,th.n{text-align:right;white-space:nowrap}td.best{font-weight:700}
caption{text-align:left;color:var(--dim);padding:.3rem 0}.dim{color:var(--dim)}
figure{margin:1.2rem 0}figcaption{font-weight:600;margin-bottom:.3rem}svg{width:100%;height:auto}
svg text{fill:var(--ink);font:12px system-ui,sans-serif}.grid{stroke:var(--line)}.whisker{stroke:var(--ink);stroke-width:2}
.line{fill:none;stroke-width:2}.legend{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:.3rem 1rem;font-size:.85rem}
.legend span{display:inline-block;width:.8em;height:.8em;margin-right:.4em}
pre{overflow-x:auto;background:var(--soft);padding:.8rem;font-size:.8rem;white-space:pre-wrap;overflow-wrap:anywhere}
footer{margin-top:3rem;color:var(--dim);font-size:.9rem}
@media print{body{margin:0;max-width:none;font-size:11pt}details{display:block}h2{break-after:avoid}figure,tr{break-inside:avoid}}
)";

class Page {
 public:
  explicit Page(const Report& report) : report_(report) {}

  std::string write() {
    head();
    comparison();
    charts();
    for (const RunResult& result : report_.results) details(result);
    uncertainty();
    footer();
    return std::move(out_);
  }

 private:
  [[nodiscard]] std::string say(Phrase what) const { return escape_html(std::string(phrase(what, report_.language))); }
  void heading(Phrase what) { out_ += fmt::format("<h2>{}</h2>\n", say(what)); }

  void head() {
    const std::string title = escape_html(display_name(report_.results.front()));
    out_ += fmt::format(
        "<!doctype html>\n<html lang=\"{}\">\n<head><meta charset=\"utf-8\"><meta name=\"viewport\" "
        "content=\"width=device-width,initial-scale=1\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
        "'none'; style-src 'unsafe-inline'\">\n<title>{}</title>\n<style>{}</style></head>\n<body>\n<main>\n<h1>{}</h1>\n",
        language_code(report_.language), title, kStyle, title);
    out_ += fmt::format("<p class=\"answer\"><strong>{}.</strong> {}</p>\n", say(Phrase::answer),
                        escape_html(answer_sentence(report_)));
  }

  void comparison() {
    const auto& results = report_.results;
    if (results.size() < 2) return;
    heading(Phrase::comparison);
    out_ += fmt::format("<div class=\"scroll\"><table>\n<thead><tr><th scope=\"col\">{}</th><th scope=\"col\">{}</th>",
                        say(Phrase::metric), say(Phrase::unit));
    for (std::size_t i = 0; i < results.size(); ++i) {
      out_ += fmt::format("<th class=\"n\" scope=\"col\">{}{}</th>", escape_html(display_name(results[i])),
                          i == 0 ? fmt::format(" <span class=\"dim\">({})</span>", say(Phrase::baseline)) : "");
      if (i > 0) out_ += fmt::format("<th class=\"n\" scope=\"col\">{}</th>", say(Phrase::to_baseline));
    }
    out_ += "</tr></thead>\n<tbody>\n";
    for (const MetricSpec& metric : metrics()) compared_row(metric);
    out_ += "</tbody></table></div>\n";
  }

  void compared_row(const MetricSpec& metric) {
    const auto& results = report_.results;
    const std::string name(metric.name);
    const auto has = [&](const RunResult& r) { return find_metric(r, name) != nullptr; };
    if (std::ranges::none_of(results, has)) return;
    const std::size_t best = better(name) == Better::neither ? results.size() : best_of(results, name);
    out_ += fmt::format("<tr><th scope=\"row\" title=\"{}\">{}</th><td>{}</td>", escape_html(std::string(metric.doc)), name,
                        escape_html(std::string(metric.unit)));
    const MetricValue* first = find_metric(results.front(), name);
    for (std::size_t i = 0; i < results.size(); ++i) {
      const MetricValue* value = find_metric(results[i], name);
      out_ += fmt::format("<td class=\"n{}\">{}</td>", i == best ? " best" : "",
                          value == nullptr ? "–" : number_text(value->estimate.value, deserved_digits(value->estimate)));
      if (i == 0) continue;
      const bool comparable = value != nullptr && first != nullptr && first->estimate.value != 0;
      out_ += fmt::format("<td class=\"n dim\">{}</td>",
                          comparable ? percent_text(value->estimate.value / first->estimate.value - 1) : "–");
    }
    out_ += "</tr>\n";
  }

  void charts() {
    heading(Phrase::charts);
    const std::vector<std::string> headlines = headline_metrics(report_.results);
    for (const std::string& name : headlines) {
      std::vector<Bar> bars;
      for (const RunResult& result : report_.results) {
        const Estimate& e = find_metric(result, name)->estimate;
        bars.push_back({display_name(result), e.value, e.low, e.high});
      }
      out_ += bar_chart(name, std::string(find_metric(name)->unit), bars);
    }
    if (report_.results.size() > 1 && headlines.size() > 1) {
      std::vector<Point> points;
      for (const RunResult& result : report_.results)
        points.push_back({display_name(result), find_metric(result, headlines[0])->estimate.value,
                          find_metric(result, headlines[1])->estimate.value});
      const auto axis = [](const std::string& name) { return fmt::format("{} ({})", name, find_metric(name)->unit); };
      out_ +=
          scatter_chart(std::string(phrase(Phrase::trade_off, report_.language)), axis(headlines[0]), axis(headlines[1]), points);
    }
    for (const char* unit : {"s", "GiB", "USD"}) parts_chart(unit);
  }

  // What adds up: parts of equal unit whose names share everything before the last word group, as the simulators report them.
  void parts_chart(const std::string& unit) {
    std::vector<Stack> stacks;
    for (const RunResult& result : report_.results) {
      Stack stack{display_name(result), {}};
      for (const BreakdownItem& item : result.breakdown) {
        const bool busy = item.name.find("busy:") != std::string::npos, total = item.name.find("capacity") != std::string::npos;
        if (item.unit == unit && item.value > 0 && !busy && !total && !item.name.ends_with("communication"))
          stack.parts.push_back({item.name, item.value});
      }
      if (!stack.parts.empty()) stacks.push_back(std::move(stack));
    }
    out_ += stacked_chart(std::string(phrase(Phrase::parts, report_.language)), unit, stacks);
  }

  void details(const RunResult& result) {
    out_ += fmt::format("<h2>{}</h2>\n<p class=\"dim\">{}</p>\n", escape_html(display_name(result)),
                        escape_html(result.scenario_name));
    metric_table(result);
    for (const ResultTable& table : result.tables) result_table(table);
    if (!result.breakdown.empty()) {
      out_ += fmt::format("<details open><summary>{}</summary><div class=\"scroll\"><table><tbody>\n", say(Phrase::parts));
      for (const BreakdownItem& item : result.breakdown)
        out_ += fmt::format("<tr><th scope=\"row\">{}</th><td class=\"n\">{}</td><td>{}</td></tr>\n", escape_html(item.name),
                            number_text(item.value, 4), escape_html(item.unit));
      out_ += "</tbody></table></div></details>\n";
    }
    if (!result.warnings.empty()) {
      out_ += fmt::format("<p>{}:</p><ul>", say(Phrase::notes));
      for (const std::string& warning : result.warnings) out_ += fmt::format("<li>{}</li>", escape_html(warning));
      out_ += "</ul>\n";
    }
    out_ += fmt::format("<details><summary>{}</summary><p>{}</p><pre>{}</pre></details>\n", say(Phrase::assumptions),
                        say(Phrase::assumptions_note), escape_html(result.scenario_json));
  }

  void metric_table(const RunResult& result) {
    if (result.metrics.empty()) return;
    out_ += "<div class=\"scroll\"><table>\n<thead><tr>";
    for (const Phrase column : {Phrase::metric, Phrase::value, Phrase::unit, Phrase::interval, Phrase::provenance,
                                Phrase::published, Phrase::error, Phrase::source})
      out_ += fmt::format("<th scope=\"col\">{}</th>", say(column));
    out_ += "</tr></thead>\n<tbody>\n";
    for (const MetricSpec& metric : metrics()) {
      const MetricValue* value = find_metric(result, metric.name);
      if (value == nullptr) continue;
      const Estimate& e = value->estimate;
      const int digits = deserved_digits(e);
      out_ += fmt::format("<tr><th scope=\"row\" title=\"{}\">{}</th><td class=\"n\">{}</td><td>{}</td><td>{}</td><td>{}</td>",
                          escape_html(fmt::format("{} {}", metric.doc, metric.formula)), metric.name,
                          number_text(e.value, digits), escape_html(std::string(metric.unit)),
                          e.low == e.high ? "" : fmt::format("{} … {}", number_text(e.low, digits), number_text(e.high, digits)),
                          hw::name(value->provenance));
      out_ += published_cells(result, metric, e.value) + "</tr>\n";
    }
    out_ += "</tbody></table></div>\n";
  }

  static std::string published_cells(const RunResult& result, const MetricSpec& metric, double predicted) {
    for (const MeasuredFigure& figure : result.measured) {
      const double factor = figure.metric == metric.name ? unit_factor(metric, figure.unit) : 0;
      const double value = figure.value * factor;
      if (value == 0) continue;
      return fmt::format("<td class=\"n\">{}</td><td class=\"n\">{}</td><td>{}</td>", number_text(value, 5),
                         percent_text(predicted / value - 1), escape_html(fmt::format("{} {}", figure.source, figure.locator)));
    }
    return "<td></td><td></td><td></td>";
  }

  void result_table(const ResultTable& table) {
    out_ += fmt::format("<div class=\"scroll\"><table>\n<caption>{}</caption>\n<thead><tr>", escape_html(table.name));
    for (const TableColumn& column : table.columns)
      out_ += fmt::format("<th scope=\"col\">{}{}</th>", escape_html(column.name),
                          column.unit.empty() ? "" : fmt::format(" <span class=\"dim\">{}</span>", escape_html(column.unit)));
    out_ += "</tr></thead>\n<tbody>\n";
    for (const std::vector<TableCell>& row : table.rows) {
      out_ += "<tr>";
      for (const TableCell& cell : row) {
        if (const auto* text = std::get_if<std::string>(&cell))
          out_ += fmt::format("<td>{}</td>", escape_html(*text));
        else
          out_ += fmt::format("<td class=\"n\">{}</td>", number_text(std::get<double>(cell), 4));
      }
      out_ += "</tr>\n";
    }
    out_ += "</tbody></table></div>\n";
    monthly_charts(table);
  }

  // A table whose first column is a sequence of words (months) and whose others are numbers is drawn, a chart a unit.
  void monthly_charts(const ResultTable& table) {
    constexpr std::size_t kFewest = 6;
    if (table.rows.size() < kFewest || table.columns.empty() || !table.columns.front().name.starts_with("month")) return;
    std::vector<std::string> positions, units;
    for (const auto& row : table.rows) {
      const auto* text = std::get_if<std::string>(&row.front());
      positions.push_back(text == nullptr ? number_text(std::get<double>(row.front()), 4) : *text);
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
      out_ += line_chart(table.name, unit, positions, series);
    }
  }

  void uncertainty() {
    heading(Phrase::uncertainty);
    out_ += fmt::format("<p>{}</p>\n", say(Phrase::uncertainty_note));
    const std::vector<SuiteLine> lines = suite_lines(report_);
    if (lines.empty()) return;
    heading(Phrase::validation);
    out_ += "<div class=\"scroll\"><table>\n<thead><tr>";
    for (const Phrase column :
         {Phrase::suite, Phrase::compared, Phrase::median_error, Phrase::p90_error, Phrase::bias, Phrase::coverage})
      out_ += fmt::format("<th scope=\"col\">{}</th>", say(column));
    out_ += "</tr></thead>\n<tbody>\n";
    for (const SuiteLine& line : lines)
      out_ += fmt::format(
          "<tr><th scope=\"row\">{}</th><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td "
          "class=\"n\">{}</td><td class=\"n\">{}</td></tr>\n",
          line.suite, line.compared, line.median, line.p90, line.bias, line.coverage);
    out_ += "</tbody></table></div>\n";
  }

  void footer() {
    out_ += fmt::format("</main>\n<footer><p>{} gpufleet {}.", say(Phrase::made_by), report_.results.front().version);
    for (const RunResult& result : report_.results)
      out_ += fmt::format(" {}: {} {}, {} {}.", escape_html(display_name(result)), say(Phrase::scenario), result.scenario_hash,
                          say(Phrase::seed), result.seed);
    out_ += fmt::format("</p><p>{}</p></footer>\n</body>\n</html>\n", say(Phrase::not_advice));
  }

  const Report& report_;
  std::string out_;
};

}  // namespace

std::string to_html(const Report& report) { return Page(report).write(); }

}  // namespace gpufleet::scenarios
