#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "models/flops.h"
#include "models/parameters.h"
#include "tests/unit/models/model_fixtures.h"

namespace gpufleet::models {
namespace {

TEST(Catalog, HasEveryModelOfTheProject) {
  EXPECT_GE(shipped_models().size(), 70U);
  for (const char* name :
       {"DeepSeek-V3", "deepseek-r1", "DeepSeek-V2-Lite", "Llama-3.1-405B", "Mixtral-8x22B", "Kimi-K2", "GPT-3-175B",
        "MPT-1B (llm-foundry bench)", "BLOOM-like 181B (h14336 L72 heads 64 vocab 250880)", "GPT-4 (RUMOUR)"})
    EXPECT_NE(find_architecture(shipped_models(), name), nullptr) << name;
  EXPECT_EQ(find_architecture(shipped_models(), "DeepSeek-V9"), nullptr);
  EXPECT_EQ(suggest_architecture(shipped_models(), "DeepSek-V3"), "did you mean \"DeepSeek-V3\"?");
}

// Expected figures come from an independent calculation; GFLOP are printed to 0.1, so half of that is their rounding.
TEST(Catalog, ParametersAndFlopsMatchTheExpectedFigures) {
  int compared = 0;
  for (const Architecture& m : shipped_models()) {
    if (m.expected.sequence == 0) continue;
    ++compared;
    const Parameters counted = parameters(m);
    EXPECT_LT(relative_error(counted.total, m.expected.total_parameters), 0.005) << m.name;
    EXPECT_LT(relative_error(counted.active, m.expected.active_parameters), 0.005) << m.name;
    const auto gflops = [&](AttentionCount count) { return training_flops_per_token(m, m.expected.sequence, count) / 1e9; };
    const auto within = [](double value, double expected) {
      return std::abs(value - expected) <= std::max(0.005 * expected, 0.0501);
    };
    EXPECT_TRUE(within(gflops(AttentionCount::causal), m.expected.training_gflops_per_token_causal)) << m.name;
    EXPECT_TRUE(within(gflops(AttentionCount::full), m.expected.training_gflops_per_token_full)) << m.name;
  }
  EXPECT_GE(compared, 70);
}

// The makers round and some count differently (embedding left out of "active"), so this only guards against wrong shapes.
TEST(Catalog, ParametersAreNearTheMakersClaims) {
  for (const Architecture& m : shipped_models())
    if (m.claimed.total_parameters > 0) {
      EXPECT_LT(relative_error(parameters(m).total, m.claimed.total_parameters), 0.06) << m.name;
    }
}

TEST(Catalog, EveryFileSaysItsSource) {
  for (const Architecture& m : shipped_models()) EXPECT_FALSE(m.source.empty()) << m.name;
}

TEST(Parameters, PartsAddUp) {
  for (const Architecture& m : shipped_models()) {
    if (m.aggregate_only) continue;
    const Parameters p = parameters(m);
    EXPECT_DOUBLE_EQ(p.total,
                     p.embedding + p.head + p.attention + p.dense_ffn + p.routed_experts + p.shared_experts + p.router + p.norms);
    EXPECT_LE(p.active, p.total);
  }
}

// DeepSeek-V3 report s.4.2 and model card: the MTP module brings the published checkpoint from 671 B to 685 B, which counts the
// shared embedding and head (2 · 129,280 · 7,168 = 1.85 B) again.
TEST(Parameters, MtpModuleOfDeepSeekV3) {
  const Architecture& m = model("DeepSeek-V3");
  const Parameters p = parameters(m);
  EXPECT_LT(relative_error(p.total + p.mtp + 2 * head_linear_macs(m), 685e9), 0.005);
}

constexpr const char* kGood = R"(name = "tiny"
source = "test"
layers = 2
hidden = 64
vocab = 100
[attention]
kind = "gqa"
heads = 4
kv_heads = 2
head_dim = 16
[ffn]
dense = 256
)";

std::string problems_of(const std::string& text) {
  const Result<Architecture> read = parse_architecture(text, "m.toml");
  EXPECT_FALSE(read.ok());
  return to_text(read.diagnostics());
}
std::string replaced(std::string from, std::string to) {
  std::string text = kGood;
  text.replace(text.find(from), from.size(), to);
  return text;
}

TEST(CatalogFile, ReadsAMinimalFile) {
  const Result<Architecture> read = parse_architecture(kGood, "m.toml");
  ASSERT_TRUE(read.ok()) << to_text(read.diagnostics());
  EXPECT_EQ(read->v_head_dim, 16);
  EXPECT_EQ(read->dense_layers, 2);
}

TEST(CatalogFile, ReportsEverythingAtOnceWithPlaces) {
  EXPECT_EQ(problems_of(replaced("hidden = 64\nvocab = 100", "hiden = 64\nvocab = \"big\"")),
            "m.toml:1:1: error: hidden: missing; every model of this kind needs it\n"
            "m.toml:5:9: error: vocab: expected a whole number from 0 to 100000000\n"
            "m.toml:4:1: error: hiden: unknown key\n  did you mean \"hidden\"?\n");
}

TEST(CatalogFile, RefusesWhatIsNoModel) {
  EXPECT_EQ(problems_of(replaced("kv_heads = 2", "kv_heads = 3")),
            "m.toml:6:1: error: attention.kv_heads: 4 heads do not divide among 3 key/value heads\n");
  EXPECT_EQ(problems_of(replaced("\"gqa\"", "\"gpa\"")),
            "m.toml:7:8: error: attention.kind: expected one of mha, gqa, mla\n  did you mean \"gqa\"?\n");
  EXPECT_EQ(problems_of(replaced("hidden = 64", "hidden = -1")),
            "m.toml:4:10: error: hidden: expected a whole number from 0 to 100000000\n");
}

TEST(CatalogFile, RefusesAbsurdSizes) {
  EXPECT_EQ(problems_of(replaced("layers = 2", "layers = 90000000")),
            "m.toml:3:10: error: layers: is 90000000, more than the most that are sensible = 10000\n");
}

TEST(CatalogFile, SurvivesJunk) {
  for (const char* junk : {"[[%", "= 1", "name", "\x01\x02\xff", "name = \"a", "[attention]\n[attention]\n"}) {
    const std::string text = problems_of(junk);
    EXPECT_TRUE(text.starts_with("m.toml:1:") || text.starts_with("m.toml:2:")) << text;
  }
  EXPECT_NE(problems_of("").find("name: missing"), std::string::npos);
}

TEST(CatalogFolder, MissingFolderAndTakenNames) {
  const Result<std::vector<Architecture>> missing = load_architectures("no/such/folder");
  ASSERT_FALSE(missing.ok());
  EXPECT_TRUE(to_text(missing.diagnostics()).starts_with("no/such/folder: error: cannot read the model catalog"));

  const std::filesystem::path folder = std::filesystem::path(testing::TempDir()) / "gpufleet-catalog-test";
  std::filesystem::create_directories(folder);
  std::ofstream(folder / "a.toml") << kGood;
  std::ofstream(folder / "b.toml") << kGood;
  const Result<std::vector<Architecture>> twice = load_architectures(folder);
  std::filesystem::remove_all(folder);
  ASSERT_FALSE(twice.ok());
  EXPECT_NE(to_text(twice.diagnostics()).find("the name \"tiny\" is taken by"), std::string::npos);
}

}  // namespace
}  // namespace gpufleet::models
