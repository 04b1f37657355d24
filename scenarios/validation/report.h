// Predicted against measured: rows, and what they say together.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace gpufleet::scenarios {

struct ValidationRow {
  std::string id, metric, unit, source, case_file;
  double measured = 0, predicted = 0, low = 0, high = 0;
  /// Where words are compared (export statuses) instead of numbers; then `error` is 0 or 1.
  std::string measured_word, predicted_word;
  std::string measured_range;  ///< "1.1 to 1.8" where no one figure is known; then `measured` is its point nearest to `predicted`
  double error = 0;            ///< (predicted - measured) / measured
  double tolerance = 0;        ///< 0 = none asked
  std::string note;
  std::string answer;  ///< what was computed and concluded, in words; shown below the rows
  /// What the case is made of ("model", "chip", "precision" …), for errors by feature; the same names in every row of a suite.
  std::vector<std::pair<std::string, std::string>> features;
};

struct SkippedRow {
  std::string id, reason;
};

/// Over the absolute relative errors; zeros without rows.
struct ValidationSummary {
  int compared = 0;
  double median_abs_error = 0, p90_abs_error = 0;
  double bias = 0;                  ///< median of the signed errors
  double coverage_of_interval = 0;  ///< share of measured figures between low and high
};

/// What the suite would say without what it knows of one thing: figures carried over from others, against that thing's rows.
struct LeftOut {
  std::string what, left_out, from;  ///< e.g. kernel class, chip, the chips that stood in
  ValidationSummary summary;
};

enum class RowListing : std::uint8_t { all, summary };

struct ValidationReport {
  std::string suite;
  RowListing listing = RowListing::all;  ///< whether the table shows every row, or only what they say together
  int cases = 0;
  std::string notice;  ///< shown at the end, where a report needs one
  std::vector<ValidationRow> rows;
  std::vector<SkippedRow> skipped;
  std::vector<LeftOut> left_out;  ///< empty where the suite has no such test
};

ValidationSummary summarise(const std::vector<ValidationRow>& rows);
/// One summary for each value of the rows' feature `name`; rows without it are in none.
std::map<std::string, ValidationSummary> summaries_by_feature(const ValidationReport& report, const std::string& name);
/// Rows whose own tolerance is missed.
std::vector<const ValidationRow*> missed(const ValidationReport& report);

/// Form fixed by scenarios/README.md; the same rows give the same bytes.
std::string to_json(const ValidationReport& report);
std::string to_csv(const ValidationReport& report);
/// Rows, errors by source and by feature, skipped figures with their reasons.
std::string to_table(const ValidationReport& report);
/// What the rows say together, as Markdown tables for a README: by feature, then with one thing left out.
std::string to_markdown(const ValidationReport& report);

}  // namespace gpufleet::scenarios
