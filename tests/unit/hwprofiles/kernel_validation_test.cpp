// The shipped validation table against the shipped fits: the accuracy that the product promises, by class; and the table itself.
#include "hwprofiles/kernel_validation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "core/statistics.h"
#include "hwprofiles/accelerator_catalog.h"

namespace gpufleet::hw {
namespace {

struct Shipped {
  KernelFits fits;
  std::vector<Accelerator> catalog;
  std::vector<Measurement> rows;
};

const Shipped& shipped() {
  static const Shipped loaded{load_kernel_fits(GPUFLEET_SOURCE_DIR "/hwprofiles/data/kernel_fits").value(),
                              load_accelerators(GPUFLEET_SOURCE_DIR "/hwprofiles/data/accelerators").value(),
                              load_measurements(GPUFLEET_SOURCE_DIR "/hwprofiles/data/kernel_validation").value()};
  return loaded;
}

std::map<std::string, KernelErrors> by_group(std::span<const KernelComparison> comparisons) {
  std::map<std::string, KernelErrors> out;
  for (KernelErrors& errors : summarise(comparisons)) {
    const std::string key = errors.group + (errors.accelerator.empty() ? "" : "/" + errors.accelerator);
    out.emplace(key, std::move(errors));
  }
  return out;
}

TEST(KernelValidation, ErrorsByClassAreWithinThePromise) {
  std::vector<std::string> unknown;
  auto errors = by_group(compare_kernels(shipped().rows, shipped().catalog, shipped().fits, unknown));
  EXPECT_TRUE(unknown.empty());
  struct Promise {
    const char* group;
    double median, p90;
  };
  for (const Promise& promise :
       {Promise{"gemm_bf16_m_from_128", 0.05, 0.15}, Promise{"gemm_bf16_m_below_128", 0.06, 0.20},
        Promise{"gemm_fp8_m_from_128", 0.08, 0.20}, Promise{"gemm_fp8_m_below_128", 0.10, 0.30},
        Promise{"grouped_gemm_fp8", 0.12, 0.30}, Promise{"attention_forward", 0.12, 0.30}, Promise{"mla_prefill", 0.12, 0.30},
        Promise{"mla_decode", 0.12, 0.30}, Promise{"gqa_decode", 0.12, 0.30}, Promise{"collective_above_1MiB", 0.10, 0.25}}) {
    ASSERT_TRUE(errors.contains(promise.group)) << promise.group;
    EXPECT_LE(errors[promise.group].median_error, promise.median) << promise.group;
    EXPECT_LE(errors[promise.group].p90_error, promise.p90) << promise.group;
    EXPECT_GE(errors[promise.group].coverage, 0.70) << promise.group;
    EXPECT_LE(errors[promise.group].coverage, 0.90) << promise.group;
  }
}

TEST(KernelValidation, BorrowingIsWorseThanMeasuringAndSaysSo) {
  std::vector<std::string> unknown;
  const std::vector<KernelComparison> comparisons = compare_left_out(shipped().rows, shipped().catalog, shipped().fits, unknown);
  auto left_out = by_group(comparisons);
  const auto product = [](std::string_view chip) { return chip.substr(0, chip.find_first_of(" -")); };
  struct Promise {
    const char* chip;
    double median;
  };
  for (const Promise& promise : {Promise{"H800 SXM", 0.15}, Promise{"A800 SXM4 80GB", 0.15}, Promise{"H20 SXM 96GB", 0.25},
                                 Promise{"H20-3e 141GB", 0.25}}) {
    std::vector<double> errors;
    for (const KernelComparison& comparison : comparisons)
      if (comparison.row->accelerator == promise.chip) {
        errors.push_back(std::abs(comparison.error()));
        EXPECT_NE(product(comparison.donor), product(promise.chip));
      }
    EXPECT_GT(errors.size(), 50U) << promise.chip;
    EXPECT_LE(median(errors), promise.median) << promise.chip;
  }
  EXPECT_LE(left_out["collective_above_1MiB/A800 SXM4 80GB"].median_error, 0.15);
  EXPECT_LE(left_out["gemm_fp8_m_from_128/H800 SXM"].median_error, 0.15);
  EXPECT_NE(left_out["gemm_fp8_m_from_128/H800 SXM"].provenance, Provenance::measured);
}

TEST(KernelValidation, TheTableIsSmallSoundAndSourced) {
  EXPECT_LE(shipped().rows.size(), 4000U);
  EXPECT_GE(shipped().rows.size(), 1000U);
  for (const Measurement& row : shipped().rows) EXPECT_EQ(unsound_reason(row), "");
}

TEST(KernelValidation, UnknownAcceleratorsAreNamedOnce) {
  std::vector<Measurement> rows{shipped().rows[0], shipped().rows[0], shipped().rows[0]};
  rows[1].accelerator = rows[2].accelerator = "Abacus";
  std::vector<std::string> unknown;
  EXPECT_EQ(compare_kernels(rows, shipped().catalog, shipped().fits, unknown).size(), 1U);
  EXPECT_EQ(unknown, std::vector<std::string>{"Abacus"});
}

}  // namespace
}  // namespace gpufleet::hw
