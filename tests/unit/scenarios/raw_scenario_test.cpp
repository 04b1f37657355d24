// Reading: positions, inheritance, overrides, and what is not a scenario at all.
#include "scenarios/raw_scenario.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <unistd.h>
#include <filesystem>
#include <fstream>

namespace gpufleet::scenarios {
namespace {

namespace fs = std::filesystem;

DataPaths shipped() { return data_below(GPUFLEET_SOURCE_DIR); }

Result<RawScenario> parse(std::string_view text, std::vector<std::string> overrides) {
  return parse_scenario(text, "test.toml", GPUFLEET_SOURCE_DIR, overrides, shipped());
}

class Folder {
 public:
  Folder() : path_(fs::temp_directory_path() / ("gpufleet-raw-" + std::to_string(::getpid()))) {
    fs::create_directories(path_ / "inner");
  }
  ~Folder() { fs::remove_all(path_); }
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path_ / name) << text;
    return (path_ / name).string();
  }

 private:
  fs::path path_;
};

TEST(RawScenario, KeepsTheLineAndColumnOfEveryValue) {
  const auto raw = parse("title = \"x\"\n[training]\n  sequence = 4096\n", {});
  ASSERT_TRUE(raw.ok());
  const RawValue* value = find_path(raw->root, "training.sequence");
  ASSERT_NE(value, nullptr);
  EXPECT_EQ(value->where, (SourceLocation{"test.toml", 3, 14}));
}

TEST(RawScenario, OverridesReachTablesAndLists) {
  const auto raw = parse("[[fleet.pool]]\ncount = 8\n[training]\nlayout = { tp = 1 }\n",
                         {"fleet.pool.0.count=16", "fleet.pool[0].name=new", "training.layout.tp=4", "training.tokens=1 T"});
  ASSERT_TRUE(raw.ok()) << to_text(raw.diagnostics());
  const RawTable& pool = *(*find_path(raw->root, "fleet.pool")->array())[0].table();
  EXPECT_EQ(std::get<std::int64_t>(find(pool, "count")->data), 16);
  EXPECT_EQ(*find(pool, "name")->text(), "new");
  EXPECT_EQ(std::get<std::int64_t>(find_path(raw->root, "training.layout.tp")->data), 4);
  EXPECT_EQ(*find_path(raw->root, "training.tokens")->text(), "1 T");
  EXPECT_EQ(find_path(raw->root, "training.layout.tp")->where.file, "--set training.layout.tp=4");
}

TEST(RawScenario, OverridesThatLeadNowhereAreErrors) {
  for (const std::string bad : {"", "=1", "tp", "fleet.pool.7.count=1", "title.x=1", "a..b=1"})
    EXPECT_FALSE(parse("title = \"x\"\n[[fleet.pool]]\ncount = 8\n", {bad}).ok()) << bad;
}

TEST(RawScenario, ABaseIsMergedTableByTable) {
  const Folder folder;
  folder.write("base.toml", "title = \"base\"\n[training]\nsequence = 1024\nlayout = { tp = 2, pp = 4 }\n");
  const std::string file = folder.write("top.toml", "base = \"base.toml\"\n[training]\nlayout = { tp = 8 }\n");
  const auto raw = load_scenario(file, {}, shipped());
  ASSERT_TRUE(raw.ok()) << to_text(raw.diagnostics());
  EXPECT_EQ(std::get<std::int64_t>(find_path(raw->root, "training.layout.tp")->data), 8);
  EXPECT_EQ(std::get<std::int64_t>(find_path(raw->root, "training.layout.pp")->data), 4);
  EXPECT_EQ(*find(raw->root, "title")->text(), "base");
}

TEST(RawScenario, ABaseOutsideTheTwoFoldersIsNotRead) {
  const Folder folder;
  folder.write("secret.toml", "title = \"secret\"\n");
  const std::string file = folder.write("inner/top.toml", "base = \"../secret.toml\"\n");
  EXPECT_FALSE(load_scenario(file, {}, shipped()).ok());
}

TEST(RawScenario, AShorthandDoesNotWipeOutTheFormatsOfItsBase) {
  const Folder folder;
  folder.write("base.toml", "[training]\nprecision = { gemm = \"bf16\", moments = \"bf16\" }\n");
  const std::string file = folder.write("top.toml", "base = \"base.toml\"\n[training]\nprecision = \"fp8\"\n");
  const auto raw = load_scenario(file, {}, shipped());
  ASSERT_TRUE(raw.ok());
  EXPECT_EQ(*find_path(raw->root, "training.precision.gemm")->text(), "fp8");
  EXPECT_EQ(*find_path(raw->root, "training.precision.moments")->text(), "bf16");
}

// Whatever the bytes, reading ends with a value or with diagnostics.
RC_GTEST_PROP(RawScenario, SurvivesAnyBytes, (const std::string& text)) {
  const auto raw = parse(text, {});
  RC_ASSERT(raw.ok() != has_errors(raw.diagnostics()));
}

TEST(RawScenario, InputsThatBrokeTheParserOnceAreDiagnosed) {
  for (const std::string_view text :
       {std::string_view("[[%"), std::string_view("\xd2\x91"), std::string_view("\0\0", 2), std::string_view("")})
    EXPECT_FALSE(parse(text, {}).ok());
}

}  // namespace
}  // namespace gpufleet::scenarios
