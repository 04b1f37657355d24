// Texts made to harm: nesting that would exhaust the stack, cells that a spreadsheet would run.
#include <gtest/gtest.h>

#include "hwprofiles/csv.h"
#include "hwprofiles/toml_depth.h"
#include "hwprofiles/toml_document.h"

namespace gpufleet::hw {
namespace {

std::string repeated(std::string_view piece, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += piece;
  return out;
}

TEST(TomlDepth, CountsDotsAndBracketsTogether) {
  EXPECT_FALSE(deeper_than("a.b.c = [1.5, 2.5, 3.5]\n[x.y]\nz = { q = [] }\n", 5));
  const auto deep = deeper_than("a = 1\nb.c = { d.e = [1] }\n", 3);
  ASSERT_TRUE(deep);
  EXPECT_EQ(deep->line, 2u);
  EXPECT_EQ(deep->column, 15u);
}

TEST(TomlDepth, PassesOverStringsAndComments) {
  const std::string dots = repeated("[.{", 200);
  EXPECT_FALSE(deeper_than("# " + dots + "\na = \"" + dots + "\\\"" + dots + "\"\nb = '" + dots + "'\n", 3));
  EXPECT_FALSE(deeper_than("a = \"\"\"" + dots + "\n\"x\" " + dots + "\"\"\"\nb = '''" + dots + "\n'''\n", 3));
  EXPECT_TRUE(deeper_than("a = '" + dots + "\n" + dots, 3));  // a string that does not close ends with its line
}

TEST(TomlDepth, RefusesWhatWouldExhaustTheStack) {
  for (const std::string& text :
       {repeated("a.", 100000) + "a = 1\n", "[" + repeated("a.", 100000) + "a]\n", "a = " + repeated("[", 100000),
        "a = " + repeated("{\",\".b=", 50000), repeated("\",\".", 100000) + "a = 1\n"}) {
    const Result<TomlTable> read = parse_toml(text, "deep.toml");
    ASSERT_FALSE(read.ok());
    EXPECT_NE(read.diagnostics().front().message.find("nested more than"), std::string::npos);
  }
}

TEST(CsvText, DisarmsFormulasAndKeepsNumbers) {
  const auto cell = [](std::string_view text) {
    std::string out;
    append_csv_text(out, text);
    return out;
  };
  EXPECT_EQ(cell("=HYPERLINK(\"http://x\",1)"), "\"'=HYPERLINK(\"\"http://x\"\",1)\"");
  EXPECT_EQ(cell("@SUM(A1)"), "'@SUM(A1)");
  EXPECT_EQ(cell("+cmd|' /C calc'!A0"), "'+cmd|' /C calc'!A0");
  EXPECT_EQ(cell("-2+3"), "'-2+3");
  EXPECT_EQ(cell("\t=1"), "'\t=1");
  for (const char* harmless : {"-2.5", "-1e-3", "H20 SXM", "-", "a=b", ""}) EXPECT_EQ(cell(harmless), harmless);
}

}  // namespace
}  // namespace gpufleet::hw
