// Sinks: digits, tables, JSON and CSV, stage splits, validation statistics, the store.
#include <gtest/gtest.h>
#include <sqlite3.h>
#include <unistd.h>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <limits>

#include "scenarios/output/breakdown_part.h"
#include "scenarios/output/catalog_text.h"
#include "scenarios/output/json_writer.h"
#include "scenarios/output/number_text.h"
#include "scenarios/output/run_text.h"
#include "scenarios/output/text_table.h"
#include "scenarios/stage_split.h"
#include "scenarios/store/store.h"
#include "scenarios/validation/report.h"

namespace gpufleet::scenarios {
namespace {

TEST(NumberText, ShowsTheDigitsThatTheIntervalDeserves) {
  EXPECT_EQ(deserved_digits({19.9, 19.9, 19.9}), 4);
  EXPECT_EQ(deserved_digits({20, 19, 21}), 3);
  EXPECT_EQ(deserved_digits({20, 14, 30}), 2);
  EXPECT_EQ(number_text(19.926, 3), "19.9");
  EXPECT_EQ(number_text(183456, 3), "183 k");
  EXPECT_EQ(number_text(5.576e6, 4), "5.576 M");
  EXPECT_EQ(number_text(0.3894, 2), "0.39");
  EXPECT_EQ(number_text(99999, 3), "100000");
  EXPECT_EQ(number_text(0, 3), "0");
  EXPECT_EQ(percent_text(-0.1234), "-12 %");
  EXPECT_EQ(percent_text(0.042), "+4.2 %");
}

TEST(TextTable, CountsCharactersNotBytes) {
  TextTable table({{"a", Align::left}, {"b", Align::right}});
  table.row({"…", "1"});
  table.row({"xx", "10"});
  EXPECT_EQ(table.str(), "a    b\n--  --\n…    1\nxx  10\n");
}

TEST(JsonWriter, EscapesAndKeepsNumbersWhole) {
  JsonWriter json(JsonWriter::Layout::compact);
  json.begin_object()
      .key("a\"\n")
      .number(0.1)
      .key("b")
      .number(1.0 / 0.0)
      .key("c")
      .begin_array()
      .integer(-3)
      .boolean(true)
      .end_array()
      .end_object();
  EXPECT_EQ(json.str(), R"({"a\"\n":0.1,"b":null,"c":[-3,true]})");
}

RunResult sample(double step_time) {
  RunResult result;
  result.title = "a, \"b\"";
  result.scenario_name = "s.toml";
  result.scenario_json = "{}";
  result.scenario_hash = "0123456789abcdef";
  result.version = "1";
  result.metrics.push_back({"step_time", {step_time, step_time * 0.9, step_time * 1.1}, hw::Provenance::measured});
  return result;
}

TEST(RunText, TheLargestSeedIsNoNegativeNumber) {
  RunResult result = sample(2.5);
  result.seed = std::numeric_limits<std::uint64_t>::max();
  EXPECT_NE(to_json(std::span(&result, 1)).find("\"seed\": 18446744073709551615"), std::string::npos);
}

TEST(RunText, CsvQuotesAndNamesUnits) {
  const RunResult result = sample(2.5);
  EXPECT_EQ(to_csv(std::span(&result, 1)),
            "scenario,title,scenario_hash,seed,version,step_time_s,step_time_s_low,step_time_s_high\n"
            "s.toml,\"a, \"\"b\"\"\",0123456789abcdef,1,1,2.5,2.25,2.75\n");
}

TEST(RunText, CsvCarriesTheNoticeOfResultsThatHaveOne) {
  RunResult result = sample(2.5);
  EXPECT_EQ(notice_of(result), "");
  const ResultTable table{.name = "t", .columns = {{"a", "s"}}, .rows = {{1.0}}};
  EXPECT_EQ(to_csv(table, notice_of(result)), "a_s\n1\n");
  result.warnings.emplace_back("Information, not legal advice.");
  EXPECT_EQ(to_csv(table, notice_of(result)), "a_s,notice\n1,\"Information, not legal advice.\"\n");
  EXPECT_NE(to_csv(std::span(&result, 1)).find("2.75,\"Information, not legal advice.\"\n"), std::string::npos);
}

TEST(RunText, TableShowsThePublishedFigureAndTheError) {
  RunResult result = sample(2.5);
  MeasuredFigure figure;
  figure.id = "X-1";
  figure.metric = "step_time";
  figure.unit = "ms";
  figure.value = 2000;
  result.measured.push_back(figure);
  const std::string table = to_table(std::span(&result, 1));
  EXPECT_NE(table.find("X-1"), std::string::npos);
  EXPECT_NE(table.find("+25 %"), std::string::npos);
}

TEST(StageSplit, LeavesOutAtTheEndsFirst) {
  using Counts = std::vector<std::optional<int>>;
  EXPECT_EQ(split_layers(126, Counts(16)), (std::vector<int>{7, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8, 7}));
  EXPECT_EQ(split_layers(10, {4, std::nullopt, std::nullopt}), (std::vector<int>{4, 3, 3}));
  EXPECT_EQ(split_layers(10, {4, 4}), std::nullopt);
  EXPECT_EQ(split_layers(3, {4, std::nullopt}), std::nullopt);
}

TEST(ValidationReport, SummarisesAbsoluteAndSignedErrors) {
  ValidationReport report;
  for (const double error : {-0.3, 0.1, 0.2}) {
    ValidationRow row;
    row.measured = 1;
    row.predicted = 1 + error;
    row.low = row.predicted - 0.15;
    row.high = row.predicted + 0.15;
    row.error = error;
    row.tolerance = 0.25;
    report.rows.push_back(row);
  }
  const ValidationSummary summary = summarise(report.rows);
  EXPECT_DOUBLE_EQ(summary.median_abs_error, 0.2);
  EXPECT_DOUBLE_EQ(summary.bias, 0.1);
  EXPECT_DOUBLE_EQ(summary.coverage_of_interval, 1.0 / 3);
  EXPECT_EQ(missed(report).size(), 1U);
}

TEST(ValidationReport, ShowsWhatIsLeftOutInEveryForm) {
  ValidationReport report{.suite = "kernels", .listing = RowListing::summary, .cases = 2};
  for (const double error : {0.1, -0.3}) {
    ValidationRow row{.id = "a", .measured = 1, .predicted = 1 + error, .low = 0.85, .high = 1.2, .error = error};
    row.features = {{"chip", error > 0 ? "H20" : "H800"}};
    report.rows.push_back(row);
  }
  EXPECT_EQ(summaries_by_feature(report, "chip").at("H20").compared, 1);
  EXPECT_TRUE(summaries_by_feature(report, "colour").empty());
  EXPECT_EQ(to_json(report).find("left_out"), std::string::npos);
  report.left_out = {{.what = "gemm", .left_out = "H20", .from = "H100, H200", .summary = summarise(report.rows)}};
  EXPECT_NE(to_markdown(report).find("| H800 | 1 | 30.0 % | 30.0 % | -30.0 % | 100 % |"), std::string::npos);
  EXPECT_NE(to_markdown(report).find("| H20 | gemm | 2 | 20.0 % |"), std::string::npos);
  EXPECT_NE(to_table(report).find("H100, H200"), std::string::npos);
  EXPECT_NE(to_table(report).find("inside 10-90 %"), std::string::npos);
  EXPECT_NE(to_json(report).find("\"from\": \"H100, H200\""), std::string::npos);
}

// As programs before application ids left it.
constexpr const char* kStoreOfVersion3 =
    "CREATE TABLE result (id INTEGER PRIMARY KEY, title TEXT NOT NULL, scenario_name TEXT NOT NULL, scenario_hash TEXT NOT NULL,"
    " seed INTEGER NOT NULL, version TEXT NOT NULL, json TEXT NOT NULL, UNIQUE (scenario_hash, seed, version));"
    "CREATE TABLE metric (result_id INTEGER NOT NULL REFERENCES result (id) ON DELETE CASCADE, position INTEGER NOT NULL,"
    " name TEXT NOT NULL, unit TEXT NOT NULL, value REAL NOT NULL, low REAL NOT NULL, high REAL NOT NULL, provenance TEXT NOT "
    "NULL, PRIMARY KEY (result_id, name)) WITHOUT ROWID;"
    "CREATE TABLE point (key TEXT NOT NULL UNIQUE, status TEXT NOT NULL, message TEXT NOT NULL, metrics TEXT NOT NULL);"
    "PRAGMA user_version = 3;";

class StoreTest : public testing::Test {
 protected:
  StoreTest()
      : file_((std::filesystem::temp_directory_path() / ("gpufleet-store-" + std::to_string(::getpid()) + ".db")).string()) {
    remove();
  }
  ~StoreTest() override { remove(); }
  void remove() {
    for (const char* suffix : {"", "-wal", "-shm"}) std::filesystem::remove(file_ + suffix);
  }
  std::string file_;
};

TEST_F(StoreTest, KeepsARowForEveryResultThatDiffers) {
  Result<Store> store = Store::open(file_, Store::Mode::read_write);
  ASSERT_TRUE(store.ok()) << to_text(store.diagnostics());
  const auto first = store->put(sample(3.0)), again = store->put(sample(3.0)), newer_data = store->put(sample(2.5));
  ASSERT_TRUE(first.ok() && again.ok() && newer_data.ok());
  EXPECT_EQ(*first, *again);
  EXPECT_NE(*first, *newer_data);
  RunResult renamed = sample(3.0);
  renamed.title = "the same under another title";
  EXPECT_NE(*store->put(renamed), *first);
  RunResult other = sample(4.0);
  other.seed = 7;
  EXPECT_NE(*store->put(other), *first);
  const auto stored = store->get(*first);
  ASSERT_TRUE(stored.ok());
  ASSERT_EQ(stored->metrics.size(), 1U);
  EXPECT_EQ(stored->metrics.front().estimate.value, 3.0);
  const RunResult kept = sample(3.0);
  EXPECT_EQ(stored->json, to_json(std::span(&kept, 1)));
  EXPECT_EQ(store->list()->size(), 4U);
  EXPECT_FALSE(store->get(99).ok());
}

TEST_F(StoreTest, ReadersGoOnWhileAnotherWrites) {
  Result<Store> writer = Store::open(file_, Store::Mode::read_write);
  ASSERT_TRUE(writer->put(sample(1)).ok());
  Result<Store> reader = Store::open(file_, Store::Mode::read_only);
  ASSERT_TRUE(reader.ok()) << to_text(reader.diagnostics());
  EXPECT_EQ(reader->list()->size(), 1U);
  EXPECT_FALSE(reader->put(sample(2)).ok());
}

void run_sql(const std::string& file, const char* sql) {
  sqlite3* handle = nullptr;
  ASSERT_EQ(sqlite3_open(file.c_str(), &handle), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(handle, sql, nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(handle);
  sqlite3_close(handle);
}

TEST_F(StoreTest, DatabasesOfOtherProgramsAreNotTouched) {
  for (const char* sql :
       {"CREATE TABLE people (name TEXT)", "CREATE TABLE point (x REAL); PRAGMA user_version = 2", "PRAGMA application_id = 77",
        "PRAGMA application_id = 1735419507; PRAGMA user_version = -2", "CREATE TABLE point (x REAL); PRAGMA user_version = 9"}) {
    remove();
    run_sql(file_, sql);
    std::ifstream in(file_, std::ios::binary);
    const std::string before{std::istreambuf_iterator<char>(in), {}};
    for (const Store::Mode mode : {Store::Mode::read_write, Store::Mode::read_only}) {
      const Result<Store> store = Store::open(file_, mode);
      ASSERT_FALSE(store.ok()) << sql;
      EXPECT_NE(to_text(store.diagnostics()).find("another program"), std::string::npos) << sql;
    }
    std::ifstream after(file_, std::ios::binary);
    EXPECT_EQ(before, std::string(std::istreambuf_iterator<char>(after), {})) << sql;
  }
}

TEST_F(StoreTest, AnOlderStoreIsKnownByItsTablesAndKeepsItsResults) {
  run_sql(file_, kStoreOfVersion3);
  run_sql(file_,
          "INSERT INTO result VALUES (5, 't', 's.toml', 'abc', 1, '0.1.0', '{}');"
          "INSERT INTO metric VALUES (5, 0, 'step_time', 's', 1.5, 1.0, 2.0, 'measured');");
  EXPECT_EQ(Store::open(file_, Store::Mode::read_only)->list()->size(), 1U);
  Result<Store> store = Store::open(file_, Store::Mode::read_write);
  ASSERT_TRUE(store.ok()) << to_text(store.diagnostics());
  ASSERT_TRUE(store->get(5).ok());
  EXPECT_EQ(store->get(5)->metrics.size(), 1U);
  EXPECT_EQ(*store->put(sample(1)), 6);
  EXPECT_EQ(Store::open(file_, Store::Mode::read_write)->list()->size(), 2U);
}

TEST_F(StoreTest, OtherFilesAreNotStores) {
  EXPECT_FALSE(Store::open(file_, Store::Mode::read_only).ok());
  std::FILE* junk = std::fopen(file_.c_str(), "w");
  std::fputs("this is no database, only a text of some length that SQLite will not take for one", junk);
  std::fclose(junk);
  EXPECT_FALSE(Store::open(file_, Store::Mode::read_only).ok());
  EXPECT_FALSE(Store::open(file_, Store::Mode::read_write).ok());
}

// Facts of an architecture are whole numbers: a vocabulary of 129,280 is not "129.3 k", 18,432 not 18430.
TEST(ModelsText, WholeNumbersAreExact) {
  models::Architecture model{.name = "m", .layers = 4, .hidden = 14336, .heads = 64, .kv_heads = 64, .head_dim = 224};
  model.ffn_dense = 18432;
  model.vocab = 129280;
  const std::string table = model_text(model, Format::table);
  for (const char* figure : {"14336", "18432", "129280"}) EXPECT_NE(table.find(figure), std::string::npos) << table;
  EXPECT_EQ(table.find("q_lora_rank"), std::string::npos);  // it has none
  EXPECT_NE(model_text(model, Format::json).find("\"vocab\": 129280"), std::string::npos);
  EXPECT_NE(models_text(std::vector{model}, Format::csv).find(",14336,"), std::string::npos);
}

TEST(ModelsText, AnImportTellsItsParametersInTheFormatAskedFor) {
  models::Architecture model{.name = "m", .layers = 1, .hidden = 1024, .heads = 8, .kv_heads = 8, .head_dim = 128};
  model.ffn_dense = 4096;
  model.vocab = 1000000;
  EXPECT_TRUE(imported_text(model, Format::table).starts_with("# 2.06"));  // two tables of 1.024 B, a layer of 0.0168 B
  EXPECT_TRUE(imported_text(model, Format::json).starts_with("{\n"));
  EXPECT_TRUE(imported_text(model, Format::csv).starts_with("name,aliases,parameters_b,"));
}

TEST(BreakdownPart, IsToldFromTheNameOfTheItem) {
  struct Case {
    std::string_view item;
    BreakdownWhole whole;
    std::string_view name, of;
  };
  using enum BreakdownWhole;
  const Case cases[] = {{"stage 12 forward", step, "forward", ""},
                        {"stage 0 busy: gemm", work, "gemm", ""},
                        {"stage 1 memory: weights", memory, "weights", ""},
                        {"critical path: all-to-all", waited, "all-to-all", ""},
                        {"H20 share of compute", share, "H20", "compute"},
                        {"power: idle", other, "idle", "power"},
                        {"stage door", other, "stage door", ""},
                        {"rent", other, "rent", ""}};
  for (const Case& c : cases) {
    const auto part = breakdown_part({std::string(c.item), "s", 1});
    ASSERT_TRUE(part) << c.item;
    EXPECT_EQ(part->whole, c.whole) << c.item;
    EXPECT_EQ(part->name, c.name) << c.item;
    EXPECT_EQ(part->of, c.of) << c.item;
  }
  EXPECT_FALSE(breakdown_part({"stage 1 memory: capacity", "B", 1}));
  EXPECT_FALSE(breakdown_part({"stage 1 exposed communication", "s", 1}));
}

}  // namespace
}  // namespace gpufleet::scenarios
