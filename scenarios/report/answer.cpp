#include "scenarios/report/answer.h"

#include <fmt/format.h>

#include "scenarios/output/number_text.h"
#include "scenarios/report/headline.h"

namespace gpufleet::scenarios {

std::string answer_sentence(const Report& report, const std::vector<std::string>& labels, const Dress& dress) {
  const std::vector<std::string> headlines = headline_metrics(report.results);
  const std::vector<std::size_t> group = report.results.size() > 1 && !headlines.empty()
                                             ? best_group(report.results, headlines.front())
                                             : std::vector<std::size_t>();
  const std::size_t chosen = group.empty() ? 0 : group.front();
  std::string out;
  if (!group.empty()) out = dress.words(fmt::format("{} {}: ", phrase(Phrase::best_by, report.language), headlines.front()));
  out += dress.name(labels[chosen]);
  for (std::size_t i = 0; i < headlines.size(); ++i)
    out += dress.words(fmt::format("{}{} {}", i == 0 ? " — " : "; ", headlines[i],
                                   estimate_text(*find_metric(report.results[chosen], headlines[i]), report.language)));
  out += '.';
  if (group.size() < 2) return out;
  std::string others;
  for (std::size_t i = 1; i < group.size(); ++i)
    others += fmt::format(
        "{}{}{}", i == 1 ? "" : ", ", dress.name(labels[group[i]]),
        dress.words(fmt::format(" ({} {})", headlines.front(),
                                estimate_text(*find_metric(report.results[group[i]], headlines.front()), report.language))));
  return out + " " +
         fmt::format(fmt::runtime(dress.words(std::string(phrase(Phrase::within_uncertainty, report.language)))), others);
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
