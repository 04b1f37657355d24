#include <fmt/format.h>

#include "scenarios/metrics.h"
#include "scenarios/report/headline.h"
#include "scenarios/report/html_parts.h"
#include "scenarios/report/parts.h"
#include "scenarios/report/svg_chart.h"
#include "scenarios/report/timeline_chart.h"

namespace gpufleet::scenarios {

std::string charts_html(const Report& report, const Labels& labels) {
  std::string out;
  const std::vector<RunResult>& results = report.results;
  const std::vector<std::string> headlines = headline_metrics(results);
  const auto estimate = [&](std::size_t i, const std::string& name) { return find_metric(results[i], name)->estimate; };
  const auto unit_of = [&](const std::string& name) { return std::string(word_in(find_metric(name)->unit, report.language)); };
  for (const std::string& name : headlines) {
    std::vector<Bar> bars;
    for (std::size_t i = 0; i < results.size(); ++i) {
      const Estimate e = estimate(i, name);
      bars.push_back({labels.labels[i], e.value, e.low, e.high});
    }
    out += bar_chart(name, unit_of(name), bars);
  }
  if (results.size() > 1 && headlines.size() > 1) {
    std::vector<Point> points;
    for (std::size_t i = 0; i < results.size(); ++i) {
      const Estimate x = estimate(i, headlines[0]), y = estimate(i, headlines[1]);
      points.push_back({labels.labels[i], x.value, y.value, x.low, x.high, y.low, y.high});
    }
    const auto axis = [&](const std::string& name) { return fmt::format("{} ({})", name, unit_of(name)); };
    out += scatter_chart(std::string(phrase(Phrase::trade_off, report.language)), axis(headlines[0]), axis(headlines[1]), points);
  }
  out += parts_charts(results, labels.labels, report.language);
  for (std::size_t i = 0; i < report.backgrounds.size() && i < results.size(); ++i)
    out += timeline_chart(labels.labels[i], report.backgrounds[i].spans, report.backgrounds[i].transfers, report.language);
  return out.empty() ? out : fmt::format("<h2>{}</h2>\n{}", say_html(Phrase::charts, report.language), out);
}

}  // namespace gpufleet::scenarios
