// The schema table holds together, the reference pages are current, and numbers are read in their units.
#include "scenarios/schema.h"

#include <gtest/gtest.h>
#include <algorithm>
#include <fstream>
#include <sstream>

#include "scenarios/metrics.h"
#include "scenarios/reference_pages.h"
#include "scenarios/schema_check.h"

namespace gpufleet::scenarios {
namespace {

std::string file_text(const std::string& name) {
  std::ifstream in(std::string(GPUFLEET_SOURCE_DIR) + "/" + name);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

TEST(Schema, EveryKeyHasAParentAMeaningAndASoundDefault) {
  for (const KeySpec& key : schema()) {
    EXPECT_FALSE(key.doc.empty()) << key.path;
    const std::size_t dot = key.path.rfind('.');
    EXPECT_TRUE(dot == std::string::npos || find_key(key.path.substr(0, dot)) != nullptr) << key.path;
    if (key.fallback.empty() || key.type == KeyType::boolean) continue;
    const auto problem = problem_of(RawValue{key.fallback, {}}, key);
    EXPECT_FALSE(problem.has_value()) << key.path << ": " << problem->message;
  }
}

TEST(Schema, ChoicesAreListedWhereTheyAreNeeded) {
  for (const KeySpec& key : schema()) {
    const bool chooses = key.type == KeyType::choice || key.type == KeyType::choices || key.type == KeyType::choice_table;
    EXPECT_EQ(chooses, !key.choices.empty()) << key.path;
  }
}

TEST(Schema, NumbersAreReadInBaseUnits) {
  std::string why;
  const KeySpec* link = find_key("fleet.pool[].fabric.link");
  ASSERT_NE(link, nullptr);
  EXPECT_EQ(number_of({std::string("400 Gb/s"), {}}, *link, why), 50e9);
  EXPECT_EQ(number_of({std::int64_t{400}, {}}, *link, why), std::nullopt);
  EXPECT_NE(why.find("no unit"), std::string::npos);
  EXPECT_EQ(number_of({std::string("14.8 T"), {}}, *find_key("training.tokens"), why), 14.8e12);
}

TEST(Schema, ReferencePagesAreCurrent) {
  EXPECT_EQ(file_text("docs/scenario_format.md"), scenario_format_page())
      << "run: gpufleet schema format > docs/scenario_format.md";
  EXPECT_EQ(file_text("docs/metrics.md"), metrics_page()) << "run: gpufleet schema metrics > docs/metrics.md";
}

TEST(Metrics, NamesAreUniqueAndUnitsConvert) {
  const std::vector<std::string> names = metric_names();
  for (const std::string& name : names) EXPECT_EQ(std::count(names.begin(), names.end(), name), 1) << name;
  const MetricSpec& step = *find_metric("step_time");
  EXPECT_EQ(unit_factor(step, "s"), 1);
  EXPECT_EQ(unit_factor(step, "ms"), 1e-3);
  EXPECT_EQ(unit_factor(step, "GiB"), 0);
  EXPECT_EQ(column_name(step), "step_time_s");
  EXPECT_EQ(column_name(*find_metric("tflops_per_gpu_causal")), "tflops_per_gpu_causal_TFLOP_per_s");
}

}  // namespace
}  // namespace gpufleet::scenarios
