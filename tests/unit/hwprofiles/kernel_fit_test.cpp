// The fitter finds what made the rows: parameters, a smooth residual, and the spread of the noise; outliers do not move it.
#include "hwprofiles/fit/fit_kernels.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/statistics.h"
#include "hwprofiles/fit/residual.h"
#include "hwprofiles/kernel_time.h"

namespace gpufleet::hw::fit {
namespace {

Accelerator chip() {
  Accelerator a{.name = "Test chip", .family = Family::other, .sm_count = 100, .boost_hz = 1.5e9};
  a.peak_flops[static_cast<std::size_t>(Dtype::bf16)] = 400e12;
  a.memory_bandwidth = BytesPerSecond(2e12);
  a.scaleup_bandwidth = BytesPerSecond(600e9);
  return a;
}

// Noise without a pattern that smoothing could learn: uniform in -1..1, by a hash of the index.
double noise(std::int64_t i) {
  std::uint64_t x = static_cast<std::uint64_t>(i) * 0x9e3779b97f4a7c15ULL;
  x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ULL;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebULL;
  return static_cast<double>((x ^ (x >> 31)) >> 11) * 0x1.0p-52 - 1.0;
}

std::vector<Measurement> rows(double spread, std::int64_t outlier_every) {
  const Machine machine = machine_of(chip());
  Parameters truth{};
  std::size_t index = 0;
  for (const ParameterInfo& info : form_parameters(Form::gemm)) truth[index++] = info.initial;
  truth[0] = 6;    // launch_us
  truth[1] = 0.7;  // compute_efficiency
  truth[2] = 0.6;  // memory_efficiency
  std::vector<Measurement> out;
  std::int64_t i = 0;
  for (const std::int64_t m : {1, 16, 64, 128, 512, 2048, 8192})
    for (const std::int64_t n : {512, 2048, 4096, 8192})
      for (const std::int64_t k : {512, 2048, 8192}) {
        const Gemm gemm{Dtype::bf16, m, n, k};
        double seconds = gemm_seconds(machine, truth, gemm) * std::exp(spread * noise(++i));
        if (outlier_every > 0 && i % outlier_every == 0) seconds *= 5;
        out.push_back({.accelerator = "Test chip",
                       .kernel = gemm,
                       .latency_us = seconds * 1e6,
                       .engine = "e",
                       .source = "s",
                       .licence = "own"});
      }
  return out;
}

TEST(FitKernels, ReproducesRowsThatItsFormMade) {
  const FitReport report = fit_accelerator(chip(), rows(0, 0), {}, {});
  ASSERT_EQ(report.fits.fits.size(), 1U);
  EXPECT_NEAR(report.fits.fits[0].parameters[0], 6, 0.6);
  EXPECT_NEAR(report.fits.fits[0].parameters[2], 0.6, 0.06);
  EXPECT_LT(report.quality[0].median_error, 0.02);
  EXPECT_TRUE(report.fits.fits[0].primary);
}

TEST(FitKernels, OutliersDoNotMoveIt) {
  const FitReport report = fit_accelerator(chip(), rows(0.02, 9), {}, {});
  EXPECT_LT(report.quality[0].median_error, 0.06);
  EXPECT_NEAR(report.fits.fits[0].parameters[0], 6, 1.2);
}

TEST(FitKernels, SpreadIsThatOfTheNoise) {
  const FitReport report = fit_accelerator(chip(), rows(0.1, 0), {}, {});
  // 80 % of a uniform noise of +-0.1 lies within 0.08; smoothing adds a little of its own.
  EXPECT_GT(report.fits.fits[0].log_sigma, 0.8 * 0.08 / kNormalQuantile90);
  EXPECT_LT(report.fits.fits[0].log_sigma, 2.0 * 0.08 / kNormalQuantile90);
}

TEST(FitKernels, OrderOfRowsAndOtherChipsDoNotMatter) {
  std::vector<Measurement> given = rows(0.05, 0);
  const std::string once = to_toml(fit_accelerator(chip(), given, {}, {}).fits);
  given.push_back(given.front());
  given.back().accelerator = "Another chip";
  EXPECT_EQ(once, to_toml(fit_accelerator(chip(), given, {}, {}).fits));
}

TEST(FitKernels, ThePreferredEngineIsPrimary) {
  std::vector<Measurement> given = rows(0, 0);
  for (std::size_t i = 0; i < given.size() / 3; ++i) given[i].engine = std::string("f");
  const std::vector<std::string> preferred{"f"};
  for (const KernelFit& fit : fit_accelerator(chip(), given, {}, preferred).fits.fits) EXPECT_EQ(fit.primary, fit.engine == "f");
}

TEST(Residual, SmoothsBetweenPointsAndFadesBeyondThem) {
  std::vector<ResidualPoint> points;
  for (int x = 0; x <= 12; ++x) points.push_back({{{static_cast<double>(x)}, 1}, 0.3});
  const Correction grid = smooth_residuals(points, {.lengths = {2}, .noise = 0.01});
  EXPECT_NEAR(grid.at({{6.5}, 1}), 0.3, 0.02);
  EXPECT_LT(std::abs(grid.at({{40.0}, 1})), 0.12);
  EXPECT_TRUE(smooth_residuals(std::span(points).first(3), {.lengths = {2}, .noise = 0.01}).empty());
}

TEST(ShapeHash, DependsOnShapeAndChipButNotOnTime) {
  Measurement a = rows(0, 0)[0], b = a;
  b.latency_us *= 2;
  EXPECT_EQ(shape_hash(a), shape_hash(b));
  b.accelerator = "Another chip";
  EXPECT_NE(shape_hash(a), shape_hash(b));
}

}  // namespace
}  // namespace gpufleet::hw::fit
