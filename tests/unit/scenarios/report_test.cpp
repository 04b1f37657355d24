// The report as text: whole, self-contained, safe against what a scenario's names contain, and with the JSON's figures.
#include <gtest/gtest.h>

#include "scenarios/output/run_text.h"
#include "scenarios/report/headline.h"
#include "scenarios/report/read_result.h"
#include "scenarios/report/report.h"
#include "scenarios/report/svg_chart.h"

namespace gpufleet::scenarios {
namespace {

RunResult example(const std::string& title, double days) {
  RunResult out;
  out.title = title;
  out.scenario_name = "a.toml";
  out.scenario_json = R"({"title":"t"})";
  out.scenario_hash = "0123456789abcdef";
  out.version = "0.1.0";
  out.metrics = {{"step_time", {19.5, 18, 21}, hw::Provenance::measured}, {"run_days", {days, days, days}, {}}};
  out.breakdown = {{"stage 0 forward", "s", 1.25}, {"stage 0 bubble", "s", 0.5}};
  out.tables = {{"by month",
                 {{"month", "", {}}, {"tokens", "tok", {}}},
                 {{std::string("2025-01"), 1.0},
                  {std::string("2025-02"), 2.0},
                  {std::string("2025-03"), 4.0},
                  {std::string("2025-04"), 3.0},
                  {std::string("2025-05"), 5.0},
                  {std::string("2025-06"), 6.0}}}};
  out.warnings = {"a note"};
  return out;
}

TEST(Report, IsOneFileWithoutScriptsOrOutsideRequests) {
  const std::string html = to_html({{example("A", 50), example("B", 40)}, {}, Language::english});
  EXPECT_EQ(html.find("<script"), std::string::npos);
  EXPECT_EQ(html.find("src="), std::string::npos);
  EXPECT_EQ(html.find("@import"), std::string::npos);
  EXPECT_EQ(html.find("url("), std::string::npos);
  EXPECT_NE(html.find("<svg"), std::string::npos);
  EXPECT_TRUE(html.ends_with("</html>\n"));
}

TEST(Report, NamesCannotBecomeMarkup) {
  RunResult hostile = example("<img src=x onerror=alert(1)>", 50);
  hostile.warnings = {"</style><script>alert(1)</script>"};
  hostile.scenario_json = "{\"title\":\"</pre><b>\"}";
  hostile.tables[0].rows[0][0] = std::string("<i>");
  const std::string html = to_html({{hostile, hostile}, {}, Language::french});
  EXPECT_EQ(html.find("<img"), std::string::npos);
  EXPECT_EQ(html.find("<script"), std::string::npos);
  EXPECT_EQ(html.find("</pre><b>"), std::string::npos);
  EXPECT_EQ(html.find("<i>"), std::string::npos);
  EXPECT_EQ(to_markdown({{hostile}, {}, Language::english}).find(" <img"), std::string::npos);
}

TEST(Report, NamesTheBestAndItsFigures) {
  const std::string html = to_html({{example("slow", 50), example("quick", 40)}, {}, Language::english});
  EXPECT_NE(html.find("best by run_days: quick — run_days 40 days; step_time"), std::string::npos);
  EXPECT_EQ(better("run_cost"), Better::lower);
  EXPECT_EQ(better("mfu_causal"), Better::higher);
  EXPECT_EQ(better("memory_per_gpu_peak"), Better::neither);
}

TEST(Report, SpeaksThreeLanguages) {
  const std::vector<RunResult> results{example("A", 50)};
  EXPECT_NE(to_html({results, {}, Language::french}).find("<html lang=\"fr\">"), std::string::npos);
  EXPECT_NE(to_html({results, {}, Language::chinese}).find("结论"), std::string::npos);
  for (int i = 0; i < kPhrases; ++i)
    for (const Language language : {Language::english, Language::french, Language::chinese})
      EXPECT_FALSE(phrase(static_cast<Phrase>(i), language).empty()) << i;
  EXPECT_FALSE(language_from_name("de").has_value());
}

TEST(Report, ReadsBackWhatARunWrote) {
  const std::vector<RunResult> written{example("t", 50), example("t", 40)};
  const auto read = read_results(to_json(written), "a.toml");
  ASSERT_TRUE(read.ok());
  ASSERT_EQ(read->size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) EXPECT_EQ((*read)[i], written[i]);
  EXPECT_FALSE(read_results("{]", "x").ok());
  EXPECT_FALSE(read_results("[]", "x").ok());
  EXPECT_FALSE(read_results("{\"metrics\": 3}", "x").ok());
}

TEST(SvgChart, DrawsNothingOfNothing) {
  EXPECT_EQ(bar_chart("t", "s", {}), "");
  EXPECT_EQ(bar_chart("t", "s", {{"a", 0, 0, 0}}), "");
  EXPECT_EQ(line_chart("t", "s", {"one"}, {{"x", {1}}}), "");
  EXPECT_EQ(stacked_chart("t", "s", {{"a", {}}}), "");
}

}  // namespace
}  // namespace gpufleet::scenarios
