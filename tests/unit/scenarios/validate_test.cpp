// From the raw scenario to the typed one: what is derived, what is refused, and that one meaning has one hash.
#include "scenarios/validate.h"

#include <gtest/gtest.h>
#include <algorithm>
#include <filesystem>

#include "scenarios/canonical.h"

namespace gpufleet::scenarios {
namespace {

namespace fs = std::filesystem;

DataPaths shipped() { return data_below(GPUFLEET_SOURCE_DIR); }

const Catalogs& catalogs() {
  static const Catalogs loaded = load_catalogs(shipped()).value();
  return loaded;
}

constexpr std::string_view kSmall =
    "[[fleet.pool]]\naccelerator = \"H800 SXM\"\ncount = 64\n[model]\narchitecture = \"Llama-2-7B\"\n"
    "[training]\nsequence = 4096\nglobal_batch = 64\nlayout = { tp = 2, pp = 4 }\n";

Result<Scenario> checked(std::string_view text, std::vector<std::string> overrides) {
  const Result<RawScenario> raw = parse_scenario(text, "test.toml", {}, overrides, shipped());
  return raw ? validate(*raw, catalogs()) : Result<Scenario>(raw.diagnostics());
}

TEST(Validate, DerivesDataParallelismAndTheNode) {
  const auto scenario = checked(kSmall, {});
  ASSERT_TRUE(scenario.ok()) << to_text(scenario.diagnostics());
  const LayoutSpec& layout = scenario->training->phases.front().layout;
  EXPECT_EQ(layout.dp, 64 / (2 * 4));
  EXPECT_EQ(layout.stages.size(), 4U);
  EXPECT_EQ(scenario->pools.front().gpus_per_node, 8);
  EXPECT_EQ(scenario->pools.front().name, scenario->pools.front().accelerator);
}

TEST(Validate, FormatsFollowFromTheProducts) {
  const auto bf16 = checked(kSmall, {});
  EXPECT_EQ(bf16->training->precision.gradients, hw::Dtype::fp32);
  const auto fp16 = checked(kSmall, {"training.precision=fp16"});
  ASSERT_TRUE(fp16.ok());
  EXPECT_EQ(fp16->training->precision.attention, hw::Dtype::fp16);
  EXPECT_EQ(fp16->training->precision.gradients, hw::Dtype::fp16);
  const auto fp8 = checked(kSmall, {"training.precision=fp8-block"});
  ASSERT_TRUE(fp8.ok());
  EXPECT_EQ(fp8->training->precision.gemm, hw::Dtype::fp8);
  EXPECT_EQ(fp8->training->precision.parameters, hw::Dtype::bf16);
}

TEST(Validate, ReportsEveryMistakeAtItsPlaceInOrder) {
  const auto scenario = checked(
      "[[fleet.pool]]\naccelerator = \"H900\"\ncount = -1\n[model]\narchitecture = \"Lama-2-7B\"\n[training]\nsequnce = 1\n", {});
  ASSERT_FALSE(scenario.ok());
  std::vector<std::uint32_t> lines;
  for (const Diagnostic& diagnostic : scenario.diagnostics()) lines.push_back(diagnostic.where.line);
  EXPECT_TRUE(std::is_sorted(lines.begin(), lines.end()));
  for (const std::uint32_t line : {2U, 3U, 5U, 6U, 7U})
    EXPECT_NE(std::find(lines.begin(), lines.end(), line), lines.end()) << line;
}

TEST(Validate, FilesOfATextInMemoryLieInItsFolder) {
  const auto with = [](const std::string& file, const char* folder) {
    const std::string text = "[model]\nconfig = \"" + file + "\"\n" +
                             "[[fleet.pool]]\naccelerator = \"H800 SXM\"\ncount = 64\n[training]\nlayout = { tp = 2 }\n";
    const fs::path at = fs::path(GPUFLEET_SOURCE_DIR) / folder;
    return validate(parse_scenario(text, "test.toml", at, {}, shipped()).value(), catalogs());
  };
  const auto named = [](const Result<Scenario>& scenario) {
    return std::ranges::any_of(scenario.diagnostics(), [](const Diagnostic& d) { return d.where.line == 2; });
  };
  EXPECT_FALSE(named(with("deepseek_v3.json", "tests/hardening/corpus/config_json")));
  EXPECT_TRUE(named(with("deepseek_v3.json", "tests")));
}

TEST(Validate, InstancesMustFindRoomInTheirPool) {
  const auto error_of = [](const std::string& pools) {
    const auto scenario = checked(
        "[[fleet.pool]]\naccelerator = \"H20 SXM\"\ncount = 16\n[model]\narchitecture = \"Llama-2-7B\"\n[serving.workload]\n"
        "requests = 10\n" +
            pools,
        {});
    return scenario.ok() ? std::string() : scenario.diagnostics().front().key;
  };
  EXPECT_EQ(error_of("[[serving.pool]]\nengine = \"vllm\"\ntp = 8\ninstances = 2\n"), "");
  EXPECT_EQ(error_of("[[serving.pool]]\nengine = \"vllm\"\ntp = 8\ninstances = 3\n"), "serving.pool[0].instances");
  EXPECT_EQ(error_of("[[serving.pool]]\nengine = \"vllm\"\ntp = 32\n"), "serving.pool[0].tp");
  const std::string each = "[[serving.pool]]\nengine = \"vllm\"\ninstances = 9\n";
  EXPECT_EQ(error_of(each + "role = \"prefill\"\n" + each + "role = \"decode\"\n"), "serving.pool[1].instances");
}

TEST(Validate, LaterPhasesInheritTheLayout) {
  const auto scenario = checked(
      std::string(kSmall) + "[[training.phase]]\nname = \"long\"\nsteps = 10\nsequence = \"32 Ki\"\nlayout = { cp = 2 }\n", {});
  ASSERT_TRUE(scenario.ok()) << to_text(scenario.diagnostics());
  const PhaseSpec& phase = scenario->training->phases.at(1);
  EXPECT_EQ(phase.sequence, 32768);
  EXPECT_EQ(phase.layout.tp, 2);
  EXPECT_EQ(phase.layout.dp, 64 / (2 * 4 * 2));
}

TEST(Canonical, SpellingLeavesNoTraceAndMeaningDoes) {
  const auto hash = [](std::string_view text, std::vector<std::string> overrides) {
    return checked(text, std::move(overrides))->hash;
  };
  const std::string plain = hash(kSmall, {});
  EXPECT_EQ(plain.size(), 16U);
  EXPECT_EQ(plain, hash("title = \"named\"\n" + std::string(kSmall), {}));
  EXPECT_EQ(plain, hash(kSmall, {"training.sequence=4 Ki"}));
  EXPECT_EQ(plain, hash(kSmall, {"training.precision=bf16"}));
  EXPECT_EQ(plain, hash(kSmall, {"training.layout.micro_batch=1"}));
  EXPECT_NE(plain, hash(kSmall, {"training.layout.micro_batch=2"}));
  EXPECT_NE(plain, hash(kSmall, {"training.sequence=8192"}));
}

TEST(Validate, ShippedScenariosAreSound) {
  int checked_files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(shipped().scenarios)) {
    if (entry.path().extension() != ".toml") continue;
    const auto raw = load_scenario(entry.path().string(), {}, shipped());
    ASSERT_TRUE(raw.ok()) << to_text(raw.diagnostics());
    if (find(raw->root, "fleet") == nullptr) continue;  // data that lies beside the scenarios
    const auto scenario = validate(*raw, catalogs());
    EXPECT_TRUE(scenario.ok()) << to_text(scenario.diagnostics());
    ++checked_files;
  }
  EXPECT_GT(checked_files, 0);
}

}  // namespace
}  // namespace gpufleet::scenarios
