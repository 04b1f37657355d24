#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "scenarios/metrics.h"
#include "scenarios/output/number_text.h"
#include "scenarios/report/answer.h"
#include "scenarios/report/headline.h"
#include "scenarios/report/html_parts.h"
#include "scenarios/report/report.h"
#include "scenarios/report/safe_text.h"

namespace gpufleet::scenarios {
namespace {

// On paper nothing scrolls and nothing is folded: tables shrink, and what is closed on the screen is printed.
constexpr std::string_view kStyle = R"(
:root{color-scheme:light dark;--ink:#1b1f24;--dim:#57606a;--line:#d0d7de;--paper:#fff;--soft:#f6f8fa;--accent:#0072b2}
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--dim:#9da7b1;--line:#30363d;--paper:#0d1117;--soft:#161b22;--accent:#56b4e9}}
body{font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:66rem;margin:2rem auto;padding:0 1rem}
h1{font-size:1.7rem;line-height:1.25}h2{margin-top:2.2rem;border-bottom:1px solid var(--line);padding-bottom:.2rem}
h1,h2,h3,figcaption,caption,summary{overflow-wrap:anywhere}
.answer{font-size:1.15rem;border-left:4px solid var(--accent);padding:.4rem 1rem;background:var(--soft)}
.scroll{overflow-x:auto;margin:.6rem 0}table{border-collapse:collapse;width:100%;font-size:.88rem;font-variant-numeric:tabular-nums}
table.narrow{width:auto}table.keys{table-layout:fixed}.keys th:last-child{width:42%}table.keys th,table.keys td{overflow-wrap:anywhere}
th,td{padding:.2rem .5rem;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}
th[scope=row]{min-width:11rem}.narrow th[scope=row]{min-width:0}td.n,td.w{white-space:nowrap}td.n,th.n{text-align:right}td.best{font-weight:700}td.l,td.s{overflow-wrap:anywhere}td.s{font-size:.8rem;min-width:9rem}
caption{text-align:left;color:var(--dim);padding:.3rem 0}.dim{color:var(--dim)}
figure{margin:1.4rem 0;max-width:50rem}figure.wide{max-width:none}figcaption{font-weight:600;margin-bottom:.3rem}
svg{width:100%;height:auto}svg text{fill:var(--ink);font:12px system-ui,sans-serif}
.halo text{paint-order:stroke;stroke:var(--paper);stroke-width:3px}svg text.dark{fill:#fff}svg text.light{fill:#000}
.grid{stroke:var(--line)}.whisker{stroke:var(--ink);stroke-width:2}.thin{stroke-width:1.2}.line{fill:none;stroke-width:2}
.wire{fill:var(--dim);background:var(--dim)}.critical{fill:var(--ink);background:var(--ink)}
.legend{list-style:none;padding:0;display:flex;flex-wrap:wrap;gap:.3rem 1rem;font-size:.85rem}
.legend span{display:inline-block;width:.8em;height:.8em;margin-right:.4em;border:1px solid var(--line)}
pre{overflow-x:auto;background:var(--soft);padding:.8rem;font-size:.8rem;white-space:pre-wrap;overflow-wrap:anywhere}
details{margin:.6rem 0}summary{cursor:pointer}code{overflow-wrap:anywhere}
footer{margin-top:3rem;color:var(--dim);font-size:.9rem}
@media print{
:root{color-scheme:light;--ink:#000;--dim:#444;--line:#bbb;--paper:#fff;--soft:#f4f4f4;--accent:#0072b2}
@page{size:A4;margin:14mm}
body{margin:0;padding:0;max-width:none;font-size:10.5pt}h1{font-size:16pt;margin:0 0 8pt}.answer{font-size:11pt}h2{font-size:13pt}table{font-size:8.5pt}td.s{font-size:7.5pt;min-width:0}
th,td{padding:1pt 3pt}th[scope=row]{min-width:34mm}.scroll,pre{overflow:visible}pre{font-size:7.5pt}
svg rect,svg path,svg circle,.legend span{print-color-adjust:exact;-webkit-print-color-adjust:exact}
details>*{display:block}details::details-content{content-visibility:visible;display:block;height:auto}
h2,h3,figcaption,summary{break-after:avoid}figure,tr{break-inside:avoid}a{color:inherit}}
)";

class Page {
 public:
  explicit Page(const Report& report) : report_(report), labels_(labels_of(report.results, report.language)) {}

  std::string write() {
    head();
    comparison();
    out_ += charts_html(report_, labels_);
    for (std::size_t i = 0; i < report_.results.size(); ++i) out_ += details_html(report_, i, labels_);
    uncertainty();
    out_ += assumptions_html(report_, labels_);
    footer();
    return std::move(out_);
  }

 private:
  [[nodiscard]] std::string say(Phrase what) const { return say_html(what, report_.language); }
  void heading(Phrase what) { out_ += fmt::format("<h2>{}</h2>\n", say(what)); }

  void head() {
    out_ += fmt::format(
        "<!doctype html>\n<html lang=\"{}\">\n<head><meta charset=\"utf-8\"><meta name=\"viewport\" "
        "content=\"width=device-width,initial-scale=1\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"default-src "
        "'none'; style-src 'unsafe-inline'\">\n<title>{}</title>\n<style>{}</style></head>\n<body>\n<main>\n<h1>{}</h1>\n",
        language_code(report_.language), isolated_attribute(labels_.heading), kStyle, isolated_html(labels_.heading));
    const Dress dress{isolated_html, escape_html};
    out_ += fmt::format("<p class=\"answer\"><strong>{}.</strong> {}</p>\n", say(Phrase::answer),
                        answer_sentence(report_, labels_.labels, dress));
  }

  void comparison() {
    if (report_.results.size() < 2) return;
    heading(Phrase::comparison);
    key();
    out_ += fmt::format("<p class=\"dim\">{}</p>\n", say(Phrase::bold_note));
    // The baseline beside as many others as a page holds.
    constexpr std::size_t kOthers = 3;
    for (std::size_t first = 1; first < report_.results.size(); first += kOthers)
      compared(first, std::min(first + kOthers, report_.results.size()));
  }

  // Which label is which scenario.
  void key() {
    out_ += fmt::format(
        "<div class=\"scroll\"><table class=\"narrow\">\n<thead><tr><th scope=\"col\"></th><th scope=\"col\">{}</th>"
        "<th scope=\"col\">{}</th></tr></thead>\n<tbody>\n",
        say(Phrase::scenario), say(Phrase::file));
    for (std::size_t i = 0; i < report_.results.size(); ++i)
      out_ += fmt::format("<tr><th scope=\"row\">{}{}</th><td>{}</td><td class=\"s\">{}</td></tr>\n",
                          isolated_html(labels_.labels[i]),
                          i == 0 ? fmt::format(" <span class=\"dim\">({})</span>", say(Phrase::baseline)) : "",
                          isolated_html(display_name(report_.results[i])), isolated_html(report_.results[i].scenario_name));
    out_ += "</tbody></table></div>\n";
  }

  void compared(std::size_t first, std::size_t end) {
    out_ += fmt::format(
        "<div class=\"scroll\"><table>\n<thead><tr><th scope=\"col\">{}</th><th scope=\"col\">{}</th><th class=\"n\" "
        "scope=\"col\">{} <span class=\"dim\">({})</span></th>",
        say(Phrase::metric), say(Phrase::unit), isolated_html(labels_.labels.front()), say(Phrase::baseline));
    for (std::size_t i = first; i < end; ++i)
      out_ += fmt::format("<th class=\"n\" scope=\"col\">{}</th><th class=\"n dim\" scope=\"col\">{}</th>",
                          isolated_html(labels_.labels[i]), say(Phrase::to_baseline));
    out_ += "</tr></thead>\n<tbody>\n";
    for (const MetricSpec& metric : metrics()) compared_row(metric, first, end);
    out_ += "</tbody></table></div>\n";
  }

  void compared_row(const MetricSpec& metric, std::size_t first, std::size_t end) {
    const auto& results = report_.results;
    const std::string name(metric.name);
    const auto has = [&](const RunResult& r) { return find_metric(r, name) != nullptr; };
    if (std::ranges::none_of(results, has)) return;
    const std::vector<std::size_t> best = best_group(results, name);
    out_ += fmt::format("<tr><th scope=\"row\" title=\"{}\">{}</th><td>{}</td>", escape_html(std::string(metric.doc)),
                        breakable_name(name), escape_html(std::string(word_in(metric.unit, report_.language))));
    const MetricValue* baseline = find_metric(results.front(), name);
    const auto figure = [&](std::size_t i) {
      const MetricValue* value = find_metric(results[i], name);
      // Where all are alike, none stands out.
      const bool bold = best.size() < results.size() && std::ranges::find(best, i) != best.end();
      out_ += fmt::format("<td class=\"n{}\">{}</td>", bold ? " best" : "",
                          value == nullptr ? "–" : figure_text(value->estimate.value, deserved_digits(value->estimate)));
      return value;
    };
    figure(0);
    for (std::size_t i = first; i < end; ++i) {
      const MetricValue* value = figure(i);
      const double ratio = value != nullptr && baseline != nullptr && baseline->estimate.value != 0
                               ? value->estimate.value / baseline->estimate.value - 1
                               : std::numeric_limits<double>::quiet_NaN();
      out_ += fmt::format("<td class=\"n dim\">{}</td>", std::isfinite(ratio) ? percent_text(ratio) : "–");
    }
    out_ += "</tr>\n";
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
    out_ +=
        fmt::format("</main>\n<footer><p>{} gpufleet {}.", say(Phrase::made_by), escape_html(report_.results.front().version));
    for (std::size_t i = 0; i < report_.results.size(); ++i)
      out_ += fmt::format(" {}: {} {}, {} {}.", isolated_html(labels_.labels[i]), say(Phrase::scenario),
                          escape_html(report_.results[i].scenario_hash), say(Phrase::seed), report_.results[i].seed);
    out_ += fmt::format("</p><p>{}</p></footer>\n</body>\n</html>\n", say(Phrase::not_advice));
  }

  const Report& report_;
  Labels labels_;
  std::string out_;
};

}  // namespace

std::string say_html(Phrase what, Language language) { return escape_html(std::string(phrase(what, language))); }

std::string to_html(const Report& report) { return Page(report).write(); }

}  // namespace gpufleet::scenarios
