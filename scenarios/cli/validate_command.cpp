// `gpufleet validate`: predicted against measured. Exit code 1 when a figure misses the tolerance that its case states.
#include <fmt/format.h>
#include <algorithm>

#include "scenarios/cli/commands.h"
#include "scenarios/validation/suites.h"

namespace gpufleet::scenarios::cli {
namespace {

std::string formatted(const ValidationReport& report, ValidateOptions::Form format) {
  switch (format) {
    case ValidateOptions::Form::json: return to_json(report);
    case ValidateOptions::Form::csv: return to_csv(report);
    case ValidateOptions::Form::markdown: return to_markdown(report);
    case ValidateOptions::Form::table: break;
  }
  return to_table(report);
}

// Several suites in JSON make one array.
std::string joined(const std::vector<std::string>& texts, ValidateOptions::Form format) {
  if (format != ValidateOptions::Form::json || texts.size() == 1) return fmt::format("{}", fmt::join(texts, "\n"));
  return fmt::format("[\n{}]\n", fmt::join(texts, ","));
}

}  // namespace

int validate_command(const ValidateOptions& options, Console& console, std::stop_token stop) {
  std::vector<std::string> names;
  for (const Suite& suite : suites()) names.emplace_back(suite.name);
  const bool all = options.suite == "all";
  if (!all && std::find(names.begin(), names.end(), options.suite) == names.end()) {
    console.diagnose({.message = fmt::format("unknown suite \"{}\"; there are {}, all", options.suite, fmt::join(names, ", ")),
                      .hint = did_you_mean(options.suite, names)});
    return kBadInput;
  }
  if (all && !options.cases.empty()) {
    console.diagnose({.message = "--cases needs the suite that the cases are of",
                      .hint = fmt::format("e.g. gpufleet validate {} --cases {}", names.front(), options.cases)});
    return kBadInput;
  }
  const RunControl control{stop, [&](double fraction, std::string_view what) { console.progress(fraction, what); }};
  std::vector<std::string> texts;
  int code = kDone;
  for (const Suite& suite : suites()) {
    if (!all && suite.name != options.suite) continue;
    const Result<ValidationReport> report = suite.run({options.cases, find_data(), options.seed, options.jobs}, control);
    console.end_progress();
    if (control.stopped()) return kInterrupted;
    if (!report) {
      console.diagnose(report.diagnostics());
      return kBadInput;
    }
    if (!missed(*report).empty()) code = kRefused;
    texts.push_back(formatted(*report, options.format));
  }
  console.print(joined(texts, options.format));
  return code;
}

}  // namespace gpufleet::scenarios::cli
