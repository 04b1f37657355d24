// A validation report as Markdown tables: what a README shows of many rows.
#include <fmt/format.h>

#include "scenarios/validation/report.h"

namespace gpufleet::scenarios {
namespace {

std::string figures(const ValidationSummary& summary) {
  return fmt::format("{} | {:.1f} % | {:.1f} % | {:+.1f} % | {:.0f} %", summary.compared, summary.median_abs_error * 100,
                     summary.p90_abs_error * 100, summary.bias * 100, summary.coverage_of_interval * 100);
}

constexpr const char* kFigures = "rows | median error | p90 error | bias | inside 10-90 %";
constexpr const char* kRules = "--:|--:|--:|--:|--:|";

}  // namespace

std::string to_markdown(const ValidationReport& report) {
  const ValidationSummary all = summarise(report.rows);
  std::string out = fmt::format(
      "{}: {} figures compared, {} skipped; median error {:.1f} %, 90 % of them within {:.1f} %, bias {:+.1f} %, "
      "{:.0f} % inside the 10-90 % interval.\n",
      report.suite, all.compared, report.skipped.size(), all.median_abs_error * 100, all.p90_abs_error * 100, all.bias * 100,
      all.coverage_of_interval * 100);
  if (!report.rows.empty())
    for (const auto& [name, value] : report.rows.front().features) {
      out += fmt::format("\n| {} | {} |\n|---|{}\n", name, kFigures, kRules);
      for (const auto& [group, summary] : summaries_by_feature(report, name))
        out += fmt::format("| {} | {} |\n", group, figures(summary));
    }
  if (!report.notice.empty()) out += "\n" + report.notice + "\n";
  if (report.left_out.empty()) return out;
  out += fmt::format("\n| left out | of | {} | from |\n|---|---|{}---|\n", kFigures, kRules);
  for (const LeftOut& row : report.left_out)
    out += fmt::format("| {} | {} | {} | {} |\n", row.left_out, row.what, figures(row.summary), row.from);
  return out;
}

}  // namespace gpufleet::scenarios
