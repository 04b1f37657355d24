// The report as text: whole, self-contained, safe against what a scenario's names contain, and with the JSON's figures.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "scenarios/canonical.h"
#include "scenarios/output/run_text.h"
#include "scenarios/report/csv_tables.h"
#include "scenarios/report/headline.h"
#include "scenarios/report/inputs.h"
#include "scenarios/report/labels.h"
#include "scenarios/report/parts.h"
#include "scenarios/report/read_result.h"
#include "scenarios/report/report.h"
#include "scenarios/report/safe_text.h"
#include "scenarios/report/scenario_toml.h"
#include "scenarios/report/svg_chart.h"
#include "scenarios/report/timeline_chart.h"
#include "scenarios/schema_check.h"
#include "scenarios/toml_reader.h"
#include "scenarios/validate.h"

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
  EXPECT_NE(html.find("best by run_days: <bdi>quick</bdi> — run_days 40 days; step_time"), std::string::npos);
  EXPECT_EQ(html.find("within the uncertainty"), std::string::npos);
  EXPECT_EQ(better("run_cost"), Better::lower);
  EXPECT_EQ(better("mfu_causal"), Better::higher);
  EXPECT_EQ(better("memory_per_gpu_peak"), Better::neither);
}

// 57 days (47 … 70) beside 58 days (48 … 72): neither is known to be the better.
TEST(Report, SaysThatADifferenceIsWithinTheUncertainty) {
  RunResult a = example("H800", 58), b = example("H100", 57), c = example("H20", 170);
  a.metrics[1].estimate = {58, 48, 72};
  b.metrics[1].estimate = {57, 47, 70};
  c.metrics[1].estimate = {170, 140, 200};
  const std::vector<RunResult> all{a, b, c};
  EXPECT_EQ(best_group(all, "run_days"), (std::vector<std::size_t>{1, 0}));
  EXPECT_TRUE(best_group(all, "gpus").empty());
  for (const std::string& text : {to_html({all, {}, Language::english}), to_markdown({all, {}, Language::english})})
    EXPECT_NE(text.find("lies within the uncertainty."), std::string::npos);
}

TEST(Report, APlanHasAnAnswerToo) {
  RunResult plan = example("plan", 1);
  plan.metrics = {{"plan_cost", {2.8e8, 2.1e8, 4.2e8}, {}}, {"plan_gap", {0.0089, 0.0089, 0.0089}, {}}};
  plan.breakdown.clear();
  EXPECT_EQ(headline_metrics(std::vector{plan}), (std::vector<std::string>{"plan_cost"}));
  plan.metrics.erase(plan.metrics.begin());
  EXPECT_EQ(headline_metrics(std::vector{plan}), (std::vector<std::string>{"plan_gap"}));
  plan.metrics.clear();
  EXPECT_EQ(to_html({{plan}, {}, Language::english}).find("<h2>Charts</h2>"), std::string::npos);
}

TEST(Report, TellsScenariosOfLikeTitlesApart) {
  std::vector<RunResult> all{example("DeepSeek-V3 pre-training on 2,048 H800", 58),
                             example("DeepSeek-V3 pre-training on 2,048 H20", 170),
                             example("DeepSeek-V3 pre-training on 2,048 H100", 57)};
  const Labels labels = labels_of(all, Language::english);
  EXPECT_EQ(labels.labels, (std::vector<std::string>{"H800", "H20", "H100"}));
  EXPECT_EQ(labels.heading, "DeepSeek-V3 pre-training on 2,048 H800 / H20 / H100");
  EXPECT_NE(to_html({all, {}, Language::english}).find("<h1><bdi>DeepSeek-V3 pre-training on 2,048 H800 / H20 / H100"),
            std::string::npos);
  // One scenario keeps its whole name.
  EXPECT_EQ(labels_of(std::vector{all[0]}, Language::english).labels.front(), all[0].title);
  // Equal titles: by file, or by number where the files are equal too.
  all = {example("same", 1), example("same", 2)};
  EXPECT_EQ(labels_of(all, Language::english).labels, (std::vector<std::string>{"(1)", "(2)"}));
  all[1].scenario_name = "b.toml";
  EXPECT_EQ(labels_of(all, Language::english).labels, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(elided("0123456789", 5), "01…89");
  EXPECT_EQ(columns_of("结论ab"), 6U);
}

// U+202E would show "12.5" as "5.21".
TEST(Report, DirectionsOfWritingEndWhereTheirTextEnds) {
  const std::string steering = "fleet \u202e5.21\u2066\u200f";
  RunResult hostile = example(steering, 50);
  hostile.scenario_name = steering + ".toml";
  hostile.warnings = {steering};
  hostile.breakdown = {{"stage 0 " + steering, "s", 1}};
  hostile.tables[0].name = steering;
  hostile.tables[0].rows[0][0] = steering;
  Background background;
  background.files = {{steering, "# " + steering}};
  background.keys = {{"title", steering, steering}};
  const Report report{{hostile, example("other", 40)}, {}, Language::english, {background, background}};
  for (const std::string& text : {to_html(report), to_markdown(report)}) {
    for (const char* control :
         {"\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u200e", "\u200f", "\u061c"})
      EXPECT_EQ(text.find(control), std::string::npos);
    EXPECT_NE(text.find("U+202E"), std::string::npos);
  }
  EXPECT_NE(to_html(report).find("<bdi>fleet [U+202E]5.21[U+2066][U+200F]</bdi>"), std::string::npos);
  // Words written from right to left stay readable and are enclosed where there is no <bdi>.
  EXPECT_EQ(isolated_plain("צי"), "\u2068צי\u2069");
  EXPECT_EQ(isolated_plain("fleet"), "fleet");
  const std::string chart = bar_chart("צי", "s", {{"צי <b>", 1, 1, 1}});
  EXPECT_NE(chart.find("aria-label=\"\u2068צי (s)\u2069\""), std::string::npos);
  EXPECT_NE(chart.find(">צי &lt;b&gt;</text>"), std::string::npos);
  EXPECT_EQ(without_controls("a\x1b[31m\n"), "a[U+001B][31m\n");
}

TEST(Report, OneBarHoldsOneWhole) {
  RunResult result = example("t", 50);
  result.breakdown = {{"stage 0 forward", "s", 12},
                      {"stage 0 bubble", "s", 8},
                      {"stage 0 busy: gemm", "s", 15},
                      {"stage 0 exposed communication", "s", 1},
                      {"critical path: gemm", "s", 19},
                      {"critical path: waiting", "s", 1},
                      {"stage 3 memory: weights", "GiB", 40},
                      {"stage 3 memory: capacity", "GiB", 79},
                      {"H20 share of compute", "ratio", 0.25},
                      {"requests in the system", "requests", 9}};
  std::vector<double> sums;
  for (const Whole& whole : wholes_of(result, Language::english)) {
    sums.push_back(0);
    for (const StackPart& part : whole.parts) sums.back() += part.value;
  }
  EXPECT_EQ(sums, (std::vector<double>{20, 15, 20, 40, 0.25}));
  // Nine parts and more share eight colours: the smallest become one.
  result.breakdown.clear();
  for (int i = 0; i < 12; ++i) result.breakdown.push_back({"critical path: " + std::to_string(i), "s", 1.0 + i});
  const std::string chart = parts_charts(std::vector{result}, {"t"}, Language::english);
  EXPECT_NE(chart.find("smaller parts: 15 s"), std::string::npos);
}

TEST(Report, UnknownFiguresAreADash) {
  RunResult result = example("t", 50);
  result.tables[0].rows[1][1] = std::nan("");
  const Report report{{result, result}, {}, Language::english};
  EXPECT_EQ(to_html(report).find("nan"), std::string::npos);
  EXPECT_EQ(to_markdown(report).find("nan"), std::string::npos);
}

TEST(Report, FlagsUtilisationsAboveOne) {
  RunResult result = example("t", 50);
  result.metrics.push_back({"mfu_full", {1.2, 1.1, 1.3}, {}});
  EXPECT_NE(to_html({{result}, {}, Language::english}).find("<code>mfu_full</code> is above 1"), std::string::npos);
  EXPECT_NE(to_markdown({{result}, {}, Language::english}).find("`mfu_full` is above 1"), std::string::npos);
}

TEST(Report, MarkdownHoldsWhatTheHtmlHolds) {
  RunResult result = example("t", 50);
  result.measured = {{.id = "A",
                      .metric = "step_time",
                      .unit = "ms",
                      .source = "a paper",
                      .locator = "table 4",
                      .note = "",
                      .value = 20000,
                      .tolerance = {}}};
  Background background;
  background.files = {{"a.toml", "rent = \"2 USD/h\"\n```\n"}};
  background.keys = {{"training.layout.tp", "2", "a.toml:7"}};
  const std::string text = to_markdown({{result, example("u", 40)}, {}, Language::english, {background, background}});
  EXPECT_NE(text.find("| `run_days` | days | 50 | **40** | -20 % |"), std::string::npos);
  EXPECT_NE(text.find("| 20 | -2.5 % | a paper table 4 |"), std::string::npos);
  EXPECT_NE(text.find("| `training.layout.tp` | 2 | a.toml:7 |"), std::string::npos);
  EXPECT_NE(text.find("````toml\nrent = \"2 USD/h\"\n```\n````"), std::string::npos);
}

// One of the shipped scenarios, written from its resolved form, is the same scenario again.
TEST(Report, ResolvedScenariosReadBackTheSame) {
  const DataPaths data = data_below(GPUFLEET_SOURCE_DIR);
  for (const char* name : {"deepseek-v3-h800-2048.toml", "deepseek-r1-day-h800.toml", "china-lab-2024-2026.toml"}) {
    const Result<RawScenario> raw = load_scenario((data.scenarios / name).string(), {}, data);
    ASSERT_TRUE(raw.ok());
    const std::string json = canonical_json(raw->root);
    const std::string text = scenario_toml(json);
    const Result<RawTable> again = parse_toml(text, name);
    ASSERT_TRUE(again.ok()) << text;
    EXPECT_TRUE(check_against_schema(*again, name).empty()) << to_text(check_against_schema(*again, name));
    EXPECT_EQ(scenario_hash(*again), scenario_hash(raw->root)) << name;
    if (std::string(name).starts_with("deepseek-v3")) {
      EXPECT_NE(text.find("rent = \"2 USD/h\""), std::string::npos) << text;
      EXPECT_NE(text.find("link = \"400 Gb/s\""), std::string::npos) << text;
    }
  }
  EXPECT_EQ(scenario_toml("[1]"), "[1]");
}

TEST(Report, InputsDifferByTheirMeaning) {
  const DataPaths data = data_below(GPUFLEET_SOURCE_DIR);
  Report report;
  for (const char* override_text : {"training.sequence=4096", "training.sequence=\"4 Ki\"", "training.sequence=8192"}) {
    const Result<RawScenario> raw =
        load_scenario((data.scenarios / "deepseek-v3-h800-2048.toml").string(), std::vector<std::string>{override_text}, data);
    ASSERT_TRUE(raw.ok());
    report.results.push_back(example("t", 50));
    report.results.back().scenario_json = canonical_json(raw->root);
  }
  const std::vector<DifferentInput> all = different_inputs(report.results);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].key, "training.sequence");
  EXPECT_EQ(all[0].values, (std::vector<std::string>{"4096", "4096", "8192"}));
  std::string last = report.results.back().scenario_json;
  report.results.pop_back();
  EXPECT_TRUE(different_inputs(report.results).empty());
  // What differs is what tells results of one title apart.
  report.results[0].scenario_json = std::move(last);
  EXPECT_EQ(labels_of(report.results, Language::english).heading, "t sequence=8192 / sequence=4096");
}

TEST(Report, ABackgroundNamesWhereEachValueComesFrom) {
  const DataPaths data = data_below(GPUFLEET_SOURCE_DIR);
  const Result<Catalogs> catalogs = load_catalogs(data);
  const std::vector<std::string> overrides{"training.layout.tp=2"};
  const Result<RawScenario> raw = load_scenario((data.scenarios / "deepseek-v3-h800-2048.toml").string(), overrides, data);
  ASSERT_TRUE(catalogs.ok() && raw.ok());
  const Result<Scenario> scenario = validate(*raw, *catalogs);
  ASSERT_TRUE(scenario.ok());
  const Background background = background_of(*raw, *scenario, *catalogs, overrides);
  const auto from = [&](const char* key) {
    const auto found = std::ranges::find(background.keys, std::string(key), &ExplainedKey::key);
    return found == background.keys.end() ? std::string() : found->from;
  };
  EXPECT_EQ(from("fleet.pool[0].count").substr(0, 37), "scenarios/deepseek-v3-h800-2048.toml:");
  EXPECT_EQ(from("training.tokens").substr(0, 40), "scenarios/defaults/deepseek-v3-run.toml:");
  EXPECT_EQ(from("training.layout.tp"), "--set training.layout.tp=2");
  ASSERT_GE(background.files.size(), 2U);
  EXPECT_NE(background.files[0].text.find("rent = \"2 USD/h\""), std::string::npos);
  EXPECT_EQ(background.files[1].name, "scenarios/defaults/deepseek-v3-run.toml");
  ASSERT_GE(background.catalog.size(), 2U);
  EXPECT_EQ(background.catalog[1].value, "H800 SXM");
  EXPECT_FALSE(background.catalog[1].from.empty());
}

TEST(SvgChart, AStepIsDrawnByStageAndPart) {
  const auto span = [](int stage, sim::StepPart part, std::int64_t from, std::int64_t to) {
    return sim::Span{.stage = stage, .part = part, .begin = Time(from), .end = Time(to), .critical = true};
  };
  const std::vector<sim::Span> spans{span(0, sim::StepPart::forward, 0, 4'000'000'000),
                                     span(1, sim::StepPart::forward, 4'000'000'000, 8'000'000'000),
                                     span(1, sim::StepPart::backward, 8'000'000'000, 16'000'000'000)};
  const std::string svg = timeline_chart("t", spans, {}, Language::english);
  EXPECT_NE(svg.find("<title>forward</title>"), std::string::npos);
  EXPECT_NE(svg.find("<title>backward</title>"), std::string::npos);
  EXPECT_EQ(svg.find("<title>weight</title>"), std::string::npos);
  EXPECT_NE(svg.find("M62.0 6h"), std::string::npos);    // starts where the scale starts, in the first row
  EXPECT_NE(svg.find("M406.0 27h"), std::string::npos);  // half way, in the second
  EXPECT_EQ(timeline_chart("t", {}, {}, Language::english), "");
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

TEST(Report, SmallWordsAreTranslated) {
  RunResult result = example("A", 50);
  result.metrics.push_back({"mfu_causal", {0.4, 0.3, 0.5}, hw::Provenance::datasheet});
  result.breakdown.push_back({"requests in the system", "requests", 9});
  result.tables[0].columns[1].unit = "requests";
  Background background;
  background.keys = {{"training.layout.dp", "(derived)", "default: Megatron-LM"}, {"training.layout.tp", "2", "a.toml:7"}};
  background.catalog = {{"accelerator", "H800 SXM", "a page"}};
  const auto french = Report{{result, result}, {}, Language::french, {background, background}};
  for (const std::string& text : {to_html(french), to_markdown(french)}) {
    for (const char* there : {"mesuré", "fiche technique", "rapport", "requêtes", "jours", "(déduit)", "par défaut : Megatron-LM",
                              "accélérateur", "a.toml:7"})
      EXPECT_NE(text.find(there), std::string::npos) << there << "\n" << text;
    for (const char* gone :
         {">measured<", "| measured |", ">ratio<", "| ratio |", ">requests<", "| requests |", "(derived)", "default: ", " days"})
      EXPECT_EQ(text.find(gone), std::string::npos) << gone << "\n" << text;
  }
  for (const char* there : {"实测", "数据手册", "比率", "请求", "（推导得出）", "默认值：Megatron-LM", "加速器"})
    EXPECT_NE(to_html({{result}, {}, Language::chinese, {background}}).find(there), std::string::npos) << there;
  EXPECT_EQ(word_in("tok/s", Language::french), "tok/s");
  EXPECT_EQ(word_in("requests", Language::english), "requests");
}

TEST(Report, EveryTableIsACsvFile) {
  RunResult result = example("=cmd|'/c calc'!A1", 50);
  result.measured = {{.id = "A",
                      .metric = "step_time",
                      .unit = "ms",
                      .source = "@paper",
                      .locator = "table 4",
                      .note = "",
                      .value = 20000,
                      .tolerance = {}}};
  result.breakdown.push_back({"+sum, of all", "s", 2});
  result.scenario_json = R"({"title":"t","training":{"sequence":4096}})";
  RunResult other = example("other", 40);
  other.scenario_json = R"({"title":"t","training":{"sequence":8192}})";
  other.tables.front().name = "metrics";  // a name of ours
  Background background;
  background.keys = {{"training.layout.tp", "-two", "a.toml:7"}};
  background.catalog = {{"model", "M", "=page"}};
  const std::vector<CsvFile> files = csv_files({{result, other}, {}, Language::french, {background, background}});
  const auto text = [&](const char* name) {
    const auto found = std::ranges::find(files, std::string(name) + ".csv", &CsvFile::name);
    return found == files.end() ? std::string("none") : found->text;
  };
  std::vector<std::string> names;
  for (const CsvFile& file : files) names.push_back(file.name);
  EXPECT_EQ(names,
            (std::vector<std::string>{"results.csv", "scenarios.csv", "comparison.csv", "inputs.csv", "1-by-month.csv",
                                      "1-metrics.csv", "1-breakdown.csv", "1-assumptions.csv", "1-catalog.csv", "2-metrics.csv",
                                      "2-metrics-2.csv", "2-breakdown.csv", "2-assumptions.csv", "2-catalog.csv"}));
  EXPECT_NE(text("comparison").find("\nrun_days,days,50,40,-0.19999999999999996\n"), std::string::npos) << text("comparison");
  EXPECT_NE(text("comparison").find("metric,unit,'=cmd|"), std::string::npos) << text("comparison");
  EXPECT_NE(text("scenarios").find("'=cmd|"), std::string::npos) << text("scenarios");
  EXPECT_EQ(text("inputs").substr(text("inputs").find('\n')), "\ntraining.sequence,4096,8192\n") << text("inputs");
  EXPECT_NE(text("1-metrics").find("\nstep_time,s,19.5,18,21,measured,20,-0.025"), std::string::npos) << text("1-metrics");
  EXPECT_NE(text("1-metrics").find(",'@paper,table 4\n"), std::string::npos) << text("1-metrics");
  EXPECT_NE(text("1-metrics").find("\nrun_days,days,50,50,50,measured,,,,\n"), std::string::npos) << text("1-metrics");
  EXPECT_EQ(text("1-breakdown"), "part,unit,value\nstage 0 forward,s,1.25\nstage 0 bubble,s,0.5\n\"'+sum, of all\",s,2\n");
  EXPECT_EQ(text("1-assumptions"), "key,value,from\ntraining.layout.tp,'-two,a.toml:7\n");
  EXPECT_EQ(text("1-catalog"), "kind,name,source\nmodel,M,'=page\n");
  // Of one result there is nothing to compare.
  EXPECT_EQ(csv_files({{example("t", 1)}, {}, Language::english}).size(), 4U);
}

TEST(Report, ReadsBackWhatARunWrote) {
  const std::vector<RunResult> written{example("t", 50), example("t", 40)};
  const auto read = read_results(to_json(written), "a.toml");
  ASSERT_TRUE(read.ok());
  ASSERT_EQ(read->size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) EXPECT_EQ((*read)[i], written[i]);
  RunResult published = example("t", 50);
  published.scenario_json =
      R"({"measured":[{"id":"A","metric":"step_time","source":"a paper","unit":"ms","value":20000},{"metric":"beauty"},7]})";
  const auto again = read_results(to_json(std::vector{published}), "a.toml");
  ASSERT_TRUE(again.ok());
  ASSERT_EQ(again->front().measured.size(), 1U);
  EXPECT_EQ(again->front().measured.front().value, 20000);
  EXPECT_FALSE(read_results("{]", "x").ok());
  EXPECT_FALSE(read_results("[]", "x").ok());
  EXPECT_FALSE(read_results("{\"metrics\": 3}", "x").ok());
}

TEST(SvgChart, LongNamesTakeTwoLinesBeforeTheyAreCut) {
  const std::string chart = bar_chart("t", "s", {{"DeepSeek-R1 on 8 H200 with SGLang, 64 clients", 1, 1, 1}});
  EXPECT_NE(chart.find(">DeepSeek-R1 on 8 H200 with</text>"), std::string::npos);
  EXPECT_NE(chart.find(">SGLang, 64 clients</text>"), std::string::npos);
  EXPECT_EQ(chart.find("…"), std::string::npos);
}

TEST(SvgChart, DrawsNothingOfNothing) {
  EXPECT_EQ(bar_chart("t", "s", {}), "");
  EXPECT_EQ(bar_chart("t", "s", {{"a", 0, 0, 0}}), "");
  EXPECT_EQ(line_chart("t", "s", {"one"}, {{"x", {1}}}), "");
  EXPECT_EQ(stacked_chart("t", "s", {{"a", {}}}), "");
}

}  // namespace
}  // namespace gpufleet::scenarios
