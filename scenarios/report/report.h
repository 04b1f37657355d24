// The report: what was asked, what came out, how sure it is and what stands behind it, for people who decide. One value, three
// forms; each is a pure function. HTML is one file without scripts, fonts, images or links that load anything: it opens from a
// mail attachment and prints.
#pragma once

#include <string>
#include <vector>

#include "scenarios/report/background.h"
#include "scenarios/report/phrases.h"
#include "scenarios/run_result.h"
#include "scenarios/validation/report.h"

namespace gpufleet::scenarios {

struct Report {
  std::vector<RunResult> results;            ///< the first is the baseline; not empty
  std::vector<ValidationReport> validation;  ///< suites behind the numbers; may be empty
  Language language = Language::english;
  std::vector<Background> backgrounds{};  ///< one a result, or none at all
};

std::string to_html(const Report& report);
std::string to_markdown(const Report& report);

}  // namespace gpufleet::scenarios
