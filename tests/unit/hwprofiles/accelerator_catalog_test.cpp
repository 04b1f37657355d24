// The shipped catalog reads, resolves the spellings that measurements use, and agrees with itself: TPP = rate x bits.
#include "hwprofiles/accelerator_catalog.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <string>

#include "hwprofiles/accelerator_check.h"

namespace gpufleet::hw {
namespace {

namespace fs = std::filesystem;

const std::vector<Accelerator>& shipped() {
  static const auto catalog = load_accelerators(fs::path(GPUFLEET_SOURCE_DIR) / "hwprofiles/data/accelerators");
  EXPECT_TRUE(catalog.ok()) << to_text(catalog.diagnostics());
  return *catalog;
}

Accelerator chip(std::string_view name) {
  const Result<Accelerator> found = find_accelerator(shipped(), name);
  EXPECT_TRUE(found.ok()) << to_text(found.diagnostics());
  return *found;
}

// A folder with one file, removed at the end.
class OneFile {
 public:
  explicit OneFile(const std::string& text)
      : folder_(fs::path(testing::TempDir()) /
                (std::string("catalog-") + testing::UnitTest::GetInstance()->current_test_info()->name())) {
    fs::create_directories(folder_);
    std::ofstream(folder_ / "chip.toml") << text;
  }
  ~OneFile() { fs::remove_all(folder_); }
  [[nodiscard]] const fs::path& folder() const { return folder_; }

 private:
  fs::path folder_;
};

const std::string kMinimal = R"(name = "X1"
vendor = "Maker"
architecture = "Die 1"
family = "hopper"
memory = "80 GB"
export = { market = "data-centre", designer = "US" }
sources = ["data sheet"]
)";

TEST(AcceleratorCatalog, HoldsTheChipsOfTheDebate) {
  EXPECT_GE(shipped().size(), 43U);
  const Accelerator h800 = chip("H800 SXM");
  EXPECT_EQ(h800.sm_count, 132);
  EXPECT_EQ(h800.family, Family::hopper);
  EXPECT_DOUBLE_EQ(h800.peak(Dtype::bf16).value(), 989.4e12);
  EXPECT_DOUBLE_EQ(h800.peak(Dtype::fp8).value(), 1979e12);
  EXPECT_DOUBLE_EQ(h800.memory_bandwidth.value(), 3350e9);
  EXPECT_DOUBLE_EQ(h800.scaleup_bandwidth.value(), 400e9);
  EXPECT_DOUBLE_EQ(h800.nic_bandwidth.value(), 50e9);
  EXPECT_EQ(h800.memory.value(), 80'000'000'000);
  EXPECT_DOUBLE_EQ(h800.boost_hz, 1.98e9);
  EXPECT_EQ(h800.release_date, "2023-03-21");
  EXPECT_FALSE(chip("V100 SXM2 32GB").supports(Dtype::bf16));
  EXPECT_FALSE(chip("A100").supports(Dtype::fp8));
}

TEST(AcceleratorCatalog, ResolvesEverySpellingThatMeasurementsUse) {
  const std::vector<std::pair<std::string, std::string>> spellings{
      {"H100-SXM-80GB", "H100 SXM5"},
      {"A100-SXM-80GB", "A100 SXM4 80GB"},
      {"H800-SXM-80GB", "H800 SXM"},
      {"B200-SXM-180GB", "B200 SXM"},
      {"A100-SXM-40GB", "A100 SXM4 40GB"},
      {"GH200-96GB", "GH200 96GB"},
      {"GB200-NVL72", "GB200"},
      {"H100-96GB-HBM2e (500 W)", "H100 96GB HBM2e"},
      {"GB300-NVL72", "GB300"},
      {"T4 (4x g4dn.12xlarge)", "T4"},
      {"B300", "B300 SXM"},
      {"A100-80GB", "A100 SXM4 80GB"},
      {"H20-96GB", "H20 SXM 96GB"},
      {"H200-SXM-141GB", "H200 SXM"},
      {"A800-SXM-80GB", "A800 SXM4 80GB"},
      {"RTX-3090", "RTX 3090"},
      {"RTX-2080", "RTX 2080"},
      {"Titan-RTX", "Titan RTX"},
      {"3080Ti", "RTX 3080 Ti"},
      {"3090", "RTX 3090"},
      {"4090", "RTX 4090"},
      {"V100-16GB", "V100 SXM2 16GB"},
      {"H20-96G", "H20 SXM 96GB"},
      {"H800+CX7 400G", "H800 SXM"},
      {"GH200 96GB", "GH200 96GB"},
      {"L40S", "L40S"},
      {"A100 SXM 80GB", "A100 SXM4 80GB"},
      {"H100 PCIe 80GB", "H100 PCIe"},
      {"RTX PRO 6000 Blackwell Server Edition", "RTX PRO 6000 Blackwell Server Edition"},
      {"RTX PRO 6000 Blackwell SE", "RTX PRO 6000 Blackwell Server Edition"},
      {"RTX 4090 24GB", "RTX 4090"},
      {"H200-NVL-141GB", "H200 NVL"},
      {"H200 SXM", "H200 SXM"},
      {"RTX PRO 6000 SE", "RTX PRO 6000 Blackwell Server Edition"},
      {"H20-3e", "H20-3e 141GB"},
      {"RTX 3070 8GB", "RTX 3070"},
      {"RTX 3090 24GB", "RTX 3090"},
      {"L40S 48GB", "L40S"},
      {"GB200 NVL72", "GB200"},
      {"A100 SXM", "A100 SXM4 80GB"},
      {"RTX PRO 6000", "RTX PRO 6000 Blackwell Server Edition"},
      {"H100 (SGLang)", "H100 SXM5"},
      {"H20-3e (SGLang)", "H20-3e 141GB"},
      {"A100 (TRT-LLM)", "A100 SXM4 80GB"},
      {"H800 PCIe (114 SM)", "H800 PCIe"},
      {"RTXPRO6000", "RTX PRO 6000 Blackwell Server Edition"},
      {"RTX4090", "RTX 4090"},
      {"h20_3e", "H20-3e 141GB"},
      {"rtx_pro_6000_server", "RTX PRO 6000 Blackwell Server Edition"},
      {"l40s", "L40S"},
      {"h200_sxm", "H200 SXM"},
      {"h100_sxm", "H100 SXM5"},
      {"a100_sxm", "A100 SXM4 80GB"},
      {"h800", "H800 SXM"},
      {"h20", "H20 SXM 96GB"},
      {"a800_8x_nvlink", "A800 SXM4 80GB"},
      {"a100_4x_pairwise_nvlink", "A100 PCIe 80GB"},
      {"h100_dgx", "H100 SXM5"},
      {"h20e(no device column)", "H20-3e 141GB"},
      {"h800_sxm", "H800 SXM"},
      {"a100-80gb", "A100 SXM4 80GB"},
      {"h100-80gb-pcap", "H100 SXM5"},
      {"h100-80gb", "H100 SXM5"}};
  for (const auto& [spelling, expected] : spellings) EXPECT_EQ(chip(spelling).name, expected) << spelling;
}

// The rules' definition: dense rate in TFLOP/s times bits, the largest over the formats, against the printed figure.
TEST(AcceleratorCatalog, PrintedTppFollowsFromTheRates) {
  for (const Accelerator& c : shipped()) {
    if (c.tpp == 0) continue;
    double best = 0;
    for (const Dtype d : {Dtype::fp64, Dtype::bf16, Dtype::fp16, Dtype::fp8, Dtype::int8, Dtype::fp4, Dtype::int4})
      best = std::max(best, c.peak(d).value() / 1e12 * 8 * bytes_per_value(d));
    EXPECT_NEAR(best / c.tpp, 1, 5e-4) << c.name;
    if (c.performance_density == 0) continue;
    EXPECT_NEAR(c.tpp / c.applicable_die_area_mm2, c.performance_density, 0.006) << c.name;
  }
}

TEST(AcceleratorCatalog, EveryChipNamesSourcesAndFitsItsMemory) {
  for (const Accelerator& c : shipped()) {
    EXPECT_FALSE(c.source.empty()) << c.name;
    EXPECT_GT(c.memory.value(), 0) << c.name;
    // A driver offers the printed size, read as GB or GiB, less what it keeps.
    EXPECT_GT(c.usable_memory / c.memory, 0.90) << c.name;
    EXPECT_LE(c.usable_memory / c.memory, 1.0738) << c.name;
  }
}

TEST(AcceleratorCatalog, UnknownNameSuggestsTheNearest) {
  const Result<Accelerator> found = find_accelerator(shipped(), "H8000 SXM");
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.diagnostics().front().hint, "did you mean \"H800 SXM\"?");
}

TEST(AcceleratorCatalog, ReportsEveryMistakeWithItsPlace) {
  const OneFile file(
      "name = \"X1\"\nvendor = \"Maker\"\narchitecture = \"Die 1\"\nfamily = \"hoper\"\nmemory = \"80 Gb/s\"\nbandwith = \"3 "
      "TB/s\"\n"
      "peak = { bf16 = 989 }\nexport = { market = \"data-centre\", designer = \"US\" }\nsources = [\"s\"]\nsoft = [\"tdp\"]\n");
  const auto catalog = load_accelerators(file.folder());
  ASSERT_FALSE(catalog.ok());
  const std::string text = to_text(catalog.diagnostics());
  const std::string at = (file.folder() / "chip.toml").generic_string();
  EXPECT_NE(text.find(at + ":4:10: error: family: is \"hoper\""), std::string::npos) << text;
  EXPECT_NE(text.find("did you mean \"hopper\"?"), std::string::npos) << text;
  EXPECT_NE(text.find(at + ":5:10: error: memory: "), std::string::npos) << text;
  EXPECT_NE(text.find(at + ":6:1: error: bandwith: is not a key"), std::string::npos) << text;
  EXPECT_NE(text.find("did you mean \"bandwidth\"?"), std::string::npos) << text;
  EXPECT_NE(text.find(at + ":7:17: error: peak.bf16: is 989, expected a quantity with its unit"), std::string::npos) << text;
  EXPECT_NE(text.find("soft: names \"tdp\""), std::string::npos) << text;
  EXPECT_EQ(catalog.diagnostics().size(), 5U) << text;
}

TEST(AcceleratorCatalog, MinimalFileIsEnough) {
  const OneFile file(kMinimal);
  const auto catalog = load_accelerators(file.folder());
  ASSERT_TRUE(catalog.ok()) << to_text(catalog.diagnostics());
  EXPECT_EQ(catalog->front().usable_memory, catalog->front().memory);
}

TEST(AcceleratorCatalog, ShippedFiguresAgreeWithEachOther) {
  for (const Accelerator& c : shipped())
    for (const Diagnostic& doubt : accelerator_doubts(c))
      EXPECT_TRUE(doubt.message.starts_with("is missing")) << c.name << doubt.key;
}

TEST(AcceleratorCatalog, TheTemplateIsASoundChip) {
  const Result<Accelerator> chip =
      load_accelerator(std::filesystem::path(GPUFLEET_SOURCE_DIR) / "hwprofiles/data/templates/accelerator.toml");
  ASSERT_TRUE(chip.ok()) << to_text(chip.diagnostics());
  EXPECT_EQ(to_text(accelerator_doubts(*chip)), "");
}

TEST(AcceleratorCatalog, DoubtsWhatASimulationCannotDoWithout) {
  Accelerator bare = chip("H800 SXM");
  bare.peak_flops = {};
  bare.memory_bandwidth = BytesPerSecond(0);
  bare.tdp = Watts(0);
  const std::string doubts = to_text(accelerator_doubts(bare));
  for (const char* key : {"peak: is missing", "bandwidth: is missing", "tdp: is missing"})
    EXPECT_NE(doubts.find(key), std::string::npos) << doubts;
}

// One slip at a time, as people make them.
TEST(AcceleratorCatalog, DoubtsSlipsOfUnitsAndSparseRates) {
  const Accelerator good = chip("H800 SXM");
  const auto doubted = [&](auto&& slip) {
    Accelerator bad = good;
    slip(bad);
    const Diagnostics found = accelerator_doubts(bad);
    return found.empty() ? std::string() : found.front().key;
  };
  const auto fp8 = static_cast<std::size_t>(Dtype::fp8);
  EXPECT_EQ(doubted([&](Accelerator& c) { c.peak_flops[fp8] *= 2; }), "peak.fp8");
  EXPECT_EQ(doubted([&](Accelerator& c) { c.peak_flops[fp8] /= 4; }), "peak.fp8");
  EXPECT_EQ(doubted([](Accelerator& c) { c.memory_bandwidth = BytesPerSecond(3350e6); }), "bandwidth");
  EXPECT_EQ(doubted([](Accelerator& c) { c.usable_memory = Bytes(64'000'000'000); }), "usable_memory");
  EXPECT_EQ(doubted([](Accelerator& c) { c.tpp = 7916; }), "export.tpp");
  EXPECT_EQ(doubted([](Accelerator& c) { c.performance_density = 9.7; }), "export.performance_density");
  EXPECT_EQ(doubted([](Accelerator& c) { c.idle_power = c.tdp; }), "idle_power");
}

TEST(AcceleratorCatalog, RefusesTwoChipsOfOneName) {
  const OneFile file(kMinimal);
  std::ofstream(file.folder() / "other.toml") << kMinimal;
  const auto catalog = load_accelerators(file.folder());
  ASSERT_FALSE(catalog.ok());
  EXPECT_EQ(catalog.diagnostics().front().message, "\"X1\" already names X1");
}

TEST(AcceleratorCatalog, JunkAndMissingFilesAreDiagnosed) {
  for (const std::string& junk : {std::string("\x7f"
                                              "ELF\x02\0\x01",
                                              7),
                                  std::string("[[%"), std::string("a = 1\na = 2\n"), std::string()}) {
    const OneFile file(junk);
    const auto catalog = load_accelerators(file.folder());
    ASSERT_FALSE(catalog.ok());
    EXPECT_FALSE(catalog.diagnostics().front().where.file.empty());
    EXPECT_GT(catalog.diagnostics().front().where.line, 0U) << to_text(catalog.diagnostics());
  }
  EXPECT_FALSE(load_accelerators("/nowhere/at/all").ok());
}

}  // namespace
}  // namespace gpufleet::hw
