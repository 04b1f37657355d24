#include "scenarios/report/answer.h"

#include <fmt/format.h>

#include "scenarios/output/number_text.h"
#include "scenarios/report/headline.h"

namespace gpufleet::scenarios {

std::string answer_sentence(const Report& report) {
  const std::vector<std::string> headlines = headline_metrics(report.results);
  std::size_t chosen = 0;
  std::string out;
  if (report.results.size() > 1 && !headlines.empty() && better(headlines.front()) != Better::neither) {
    chosen = best_of(report.results, headlines.front());
    out = fmt::format("{} {}: ", phrase(Phrase::best_by, report.language), headlines.front());
  }
  const RunResult& result = report.results[chosen];
  out += display_name(result);
  for (std::size_t i = 0; i < headlines.size(); ++i)
    out += fmt::format("{}{} {}", i == 0 ? " — " : "; ", headlines[i], estimate_text(*find_metric(result, headlines[i])));
  return out + ".";
}

std::vector<SuiteLine> suite_lines(const Report& report) {
  std::vector<SuiteLine> out;
  for (const ValidationReport& suite : report.validation) {
    const ValidationSummary summary = summarise(suite.rows);
    const auto percent = [](double share) { return fmt::format("{:.1f} %", share * 100); };
    out.push_back({suite.suite, fmt::format("{}", summary.compared), percent(summary.median_abs_error),
                   percent(summary.p90_abs_error), percent_text(summary.bias), percent(summary.coverage_of_interval)});
  }
  return out;
}

}  // namespace gpufleet::scenarios
