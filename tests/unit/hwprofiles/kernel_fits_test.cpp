// Fits as files: what is written is read back; broken files are reported with their place.
#include "hwprofiles/kernel_fits.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace gpufleet::hw {
namespace {

class Folder {
 public:
  explicit Folder(const char* name) : path(std::filesystem::path(testing::TempDir()) / name) {
    std::filesystem::remove_all(path);
    std::filesystem::create_directories(path);
  }
  ~Folder() { std::filesystem::remove_all(path); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  void write(const char* name, const std::string& text) const { std::ofstream(path / name) << text; }
  std::filesystem::path path;
};

AcceleratorFits sample() {
  KernelFit fit{.slot = Slot::all_reduce,
                .engine = "NCCL \"2\"",
                .primary = true,
                .rows = 3,
                .log_sigma_small = 0.25,
                .log_sigma = 0.125,
                .borrow_sigma = 0.5,
                .source = "here",
                .correction = Correction({{1, 2.5}, {0, 1}}, {0.001F, -0.25F, 0.5F, 1})};
  fit.parameters[0] = 8;
  fit.parameters[1] = 0.75;
  fit.parameters[2] = 3;
  fit.parameters[3] = 0.5;
  return {.accelerator = "Chip", .family = Family::hopper, .balance = 295.5, .sms = 132, .fits = {fit}};
}

TEST(KernelFits, SurviveTheFile) {
  const Folder folder("kernel_fits_round");
  folder.write("chip.toml", to_toml(sample()));
  folder.write("spreads.toml", spreads_toml({.family_sigma = 0.25, .stranger_sigma = 0.75}));
  const Result<KernelFits> read = load_kernel_fits(folder.path);
  ASSERT_TRUE(read.ok()) << to_text(read.diagnostics());
  ASSERT_EQ(read->accelerators.size(), 1U);
  EXPECT_EQ(read->family_sigma, 0.25);
  EXPECT_EQ(read->stranger_sigma, 0.75);
  EXPECT_EQ(to_toml(read->accelerators[0]), to_toml(sample()));
  EXPECT_EQ(read->accelerators[0].fits[0].correction, sample().fits[0].correction);
}

TEST(KernelFits, ReportWhatIsWrongAndWhere) {
  const auto broken = [](std::string from, const std::string& to) {
    std::string text = to_toml(sample());
    const auto at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
  };
  for (const auto& [from, to] :
       std::vector<std::pair<std::string, std::string>>{{"\"all_reduce\"", "\"all_reduced\""},
                                                        {"link_efficiency = 0.75", "link_efficiency = 75"},
                                                        {"latency_us = 8", "latency = 8"},
                                                        {"\"1 2.5\"", "\"2.5 1\""},
                                                        {"\"1 2.5\"", "\"1 2.5 3\""},
                                                        {"500 1000", "500 inf"}}) {
    const Folder folder("kernel_fits_broken");
    folder.write("chip.toml", broken(from, to));
    const Result<KernelFits> read = load_kernel_fits(folder.path);
    ASSERT_FALSE(read.ok()) << to;
    EXPECT_GT(read.diagnostics().front().where.line, 0U) << to;
  }
}

TEST(KernelFits, AMissingFolderIsAnError) { EXPECT_FALSE(load_kernel_fits("/nonexistent/fits").ok()); }

TEST(KernelFits, EverySlotHasAFormWithinItsBounds) {
  for (std::size_t slot = 0; slot < kSlots; ++slot) {
    EXPECT_FALSE(name(static_cast<Slot>(slot)).empty());
    for (const ParameterInfo& info : form_parameters(form_of(static_cast<Slot>(slot)))) {
      EXPECT_LT(info.low, info.high) << info.name;
      EXPECT_GE(info.initial, info.low) << info.name;
      EXPECT_LE(info.initial, info.high) << info.name;
    }
  }
}

}  // namespace
}  // namespace gpufleet::hw
