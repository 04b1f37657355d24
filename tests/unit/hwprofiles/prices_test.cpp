// The price book: every chip it names exists, look-ups interpolate in time and say where a figure comes from.
#include "hwprofiles/prices.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <fstream>

#include "hwprofiles/accelerator_catalog.h"

namespace gpufleet::hw {
namespace {

namespace fs = std::filesystem;
const fs::path kData = fs::path(GPUFLEET_SOURCE_DIR) / "hwprofiles/data";
constexpr double kHour = 3600;

const PriceBook& shipped() {
  static const Result<PriceBook> book = load_prices(kData / "prices.toml");
  EXPECT_TRUE(book.ok()) << to_text(book.diagnostics());
  return *book;
}

PriceEstimate price(const std::string& chip, PriceKind kind, const std::string& region, const std::string& date) {
  const Result<PriceEstimate> found = look_up_price(shipped(), {chip, kind, region, date});
  EXPECT_TRUE(found.ok()) << to_text(found.diagnostics());
  return *found;
}

Result<PriceBook> parse(const std::string& text) {
  const fs::path file = fs::path(testing::TempDir()) / "prices-test.toml";
  std::ofstream(file) << text;
  Result<PriceBook> out = load_prices(file);
  fs::remove(file);
  return out;
}

TEST(Prices, NameChipsOfTheCatalogInOrder) {
  const auto chips = load_accelerators(kData / "accelerators").value();
  for (const PriceSeries& series : shipped().series) {
    EXPECT_EQ(find_accelerator(chips, series.chip).value().name, series.chip);
    EXPECT_FALSE(series.source.empty());
    for (const PricePoint& point : series.points) {
      EXPECT_GT(point.low, 0) << series.chip;
      EXPECT_LE(point.low, point.central) << series.chip;
      EXPECT_LE(point.central, point.high) << series.chip;
    }
  }
  for (const auto& [chip, power] : shipped().provisioned_power) {
    const Accelerator found = find_accelerator(chips, chip).value();
    EXPECT_EQ(found.name, chip);
    EXPECT_GT(power.central, found.tdp.value()) << chip;
  }
}

TEST(Prices, DayNumbersCountFrom1970) {
  EXPECT_EQ(day_number("1970-01-01"), 0);
  EXPECT_EQ(day_number("2000-03-01"), 11017);
  EXPECT_EQ(day_number("2024-12-31") + 1, day_number("2025-01-01"));
}

TEST(Prices, QuotedFiguresComeBack) {
  EXPECT_NEAR(price("H800 SXM", PriceKind::accounting_rent, "CN", "2024-12-16").central * kHour, 2.0, 1e-12);
  const PriceEstimate h20 = price("H20 SXM 96GB", PriceKind::purchase, "CN", "2024-07-01");
  EXPECT_NEAR(h20.central, 12500, 30);
  EXPECT_LE(h20.low, 12000);
  // 1.2 million CNY an 8-GPU server at 7.2 CNY a dollar: 20,800 USD a GPU.
  EXPECT_NEAR(price("H20 SXM 96GB", PriceKind::server, "CN", "2024-07-16").central, 1.2e6 / 7.2 / 8, 50);
}

// H100 1-year contracts: 2.99 in October 2024, 1.70 in October 2025; half-way lies their mean.
TEST(Prices, InterpolatesLinearlyInTime) {
  const double a = price("H100 SXM5", PriceKind::rental_1_year, "US", "2024-10-16").central * kHour;
  const double b = price("H100 SXM5", PriceKind::rental_1_year, "US", "2025-10-16").central * kHour;
  const PriceEstimate between = price("H100 SXM5", PriceKind::rental_1_year, "US", "2025-04-16");
  EXPECT_NEAR(a, 2.99, 1e-9);
  EXPECT_NEAR(b, 1.70, 1e-9);
  EXPECT_NEAR(between.central * kHour, (a + b) / 2, 0.01);
  EXPECT_EQ(between.basis, PriceBasis::interpolated);
  // Another source asks far more in 2025: it widens the interval and leaves the centre.
  EXPECT_GT(between.high * kHour, 4);
}

TEST(Prices, HoldsTheNearestPointOutsideASeries) {
  const PriceEstimate late = price("B200 SXM", PriceKind::purchase, "US", "2031-01-01");
  EXPECT_EQ(late.basis, PriceBasis::held);
  EXPECT_NEAR(late.central, 41500, 1e-6);
}

TEST(Prices, RentsFallBackAndForeignRegionsAreNamed) {
  EXPECT_NEAR(look_up_rent(shipped(), "H20 SXM 96GB", "CN", "2025-06-01")->central * kHour, 0.9, 1e-12);
  EXPECT_EQ(price("H100 SXM5", PriceKind::purchase, "CN", "2024-07-01").basis, PriceBasis::other_region);
}

TEST(Prices, AssumptionsPreferTheRegionAndTheDate) {
  const auto us24 = look_up_assumption(shipped(), "electricity", "US", "2024-06-01").value();
  const auto us25 = look_up_assumption(shipped(), "electricity", "US", "2025-06-01").value();
  EXPECT_NEAR(us24.central * 3.6e6, 0.078, 1e-12);
  EXPECT_NEAR(us25.central * 3.6e6, 0.091, 1e-12);
  EXPECT_NEAR(look_up_assumption(shipped(), "electricity", "NO", "2025-06-01")->central * 3.6e6, 0.085, 1e-12);
  EXPECT_EQ(look_up_assumption(shipped(), "electricty", "US", "2025-06-01").diagnostics().front().hint,
            "did you mean \"electricity\"?");
}

TEST(Prices, ApiListsChangeWithTheirDates) {
  EXPECT_NEAR(look_up_api_price(shipped(), "DeepSeek-V3", "2025-01-15")->output, 0.28e-6, 1e-18);
  EXPECT_NEAR(look_up_api_price(shipped(), "DeepSeek-V3", "2025-03-01")->output, 1.10e-6, 1e-18);
  EXPECT_FALSE(look_up_api_price(shipped(), "Unknown", "2025-03-01").ok());
}

TEST(Prices, MissingPricesSayWhatIsKnown) {
  const auto missing = look_up_price(shipped(), {"H20 SXM 96GB", PriceKind::break_even_rent, "CN", "2025-01-01"});
  ASSERT_FALSE(missing.ok());
  EXPECT_NE(missing.diagnostics().front().message.find("it has purchase, rental, server"), std::string::npos)
      << missing.diagnostics().front().message;
}

TEST(Prices, MistakesAreDiagnosed) {
  const auto book = parse(
      "[[series]]\nchip = \"H100 SXM5\"\nkind = \"rentl\"\nregion = \"US\"\nunit = \"CNY/h\"\nsource = \"s\"\n"
      "points = [{ date = \"2024-13\", central = 1 }, { date = \"2024\", low = 3, central = 2 }]\n");
  ASSERT_FALSE(book.ok());
  const std::string text = to_text(book.diagnostics());
  EXPECT_NE(text.find(":3:8: error: series.kind: is \"rentl\""), std::string::npos) << text;
  EXPECT_NE(text.find("did you mean \"rental\"?"), std::string::npos) << text;
  EXPECT_NE(text.find("is no date"), std::string::npos) << text;
  EXPECT_NE(text.find("low, central and high are not in that order"), std::string::npos) << text;
  EXPECT_NE(text.find("no exchange rate is known for CNY"), std::string::npos) << text;
}

}  // namespace
}  // namespace gpufleet::hw
