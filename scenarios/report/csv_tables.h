// The report's tables as CSV files, for programs and spreadsheets: figures in full, columns named alike in every language.
#pragma once

#include <string>
#include <vector>

#include "scenarios/report/report.h"

namespace gpufleet::scenarios {

struct CsvFile {
  std::string name;  ///< of letters, digits and dashes, with ".csv"; all different
  std::string text;
};

/// results.csv (a result a row); where there are several, scenarios.csv (which label is which), comparison.csv and inputs.csv
/// (what differs); of each, by its number: its own tables ("1-monthly.csv"), its figures beside the published ones
/// ("1-metrics.csv"), "1-breakdown.csv", "1-assumptions.csv", "1-catalog.csv"; validation.csv and a file for each suite.
/// What has no rows has no file.
std::vector<CsvFile> csv_files(const Report& report);

}  // namespace gpufleet::scenarios
