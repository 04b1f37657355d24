// The shipped network figures: what `gpufleet validate network` may miss by, and what it says of a bad file.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "scenarios/validation/suites.h"

namespace gpufleet::scenarios {
namespace {

SuiteInput shipped_suite() {
  SuiteInput out;
  out.data = data_below(GPUFLEET_SOURCE_DIR);
  return out;
}

TEST(ValidateNetwork, StaysWithinItsBounds) {
  const auto report = validate_network(shipped_suite(), {});
  ASSERT_TRUE(report.ok()) << to_text(report.diagnostics());
  EXPECT_GE(report->rows.size(), 400U);
  const ValidationSummary summary = summarise(report->rows);
  EXPECT_LE(summary.median_abs_error, 0.10);
  EXPECT_LE(summary.p90_abs_error, 0.25);
  EXPECT_GE(summary.coverage_of_interval, 0.7);
}

TEST(ValidateNetwork, ReportsEveryMistakeOfAFile) {
  SuiteInput input = shipped_suite();
  input.cases = std::filesystem::path(::testing::TempDir()) / "bad-network.toml";
  std::ofstream(input.cases)
      << "[fabric]\nscale_up = \"nvlink4\"\n[[measured]]\nid = \"A\"\nmetric = \"colective_time\"\nvalue = 1\n"
         "unit = \"parsec\"\nsource = \"s\"\n";
  const auto report = validate_network(input, {});
  ASSERT_FALSE(report.ok());
  const std::string text = to_text(report.diagnostics());
  EXPECT_NE(text.find("\"colective_time\" is not a network metric"), std::string::npos);
  EXPECT_NE(text.find("bad-network.toml:7"), std::string::npos);
}

}  // namespace
}  // namespace gpufleet::scenarios
