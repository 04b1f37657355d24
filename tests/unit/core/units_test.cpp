#include "core/units.h"

#include <gtest/gtest.h>

namespace gpufleet {
namespace {

double parsed(const char* text, Dimension dimension) {
  std::string why;
  const auto value = parse_quantity(text, dimension, why);
  EXPECT_TRUE(value.has_value()) << text << ": " << why;
  return value.value_or(-1);
}
std::string refusal(const char* text, Dimension dimension) {
  std::string why;
  EXPECT_FALSE(parse_quantity(text, dimension, why).has_value()) << text;
  return why;
}

TEST(Units, BitsAndBytesAreTold) {
  EXPECT_DOUBLE_EQ(parsed("400 Gb/s", Dimension::bytes_per_second), 50e9);
  EXPECT_DOUBLE_EQ(parsed("400 GB/s", Dimension::bytes_per_second), 400e9);
  EXPECT_DOUBLE_EQ(parsed("80 GB", Dimension::bytes), 80e9);
  EXPECT_DOUBLE_EQ(parsed("80 GiB", Dimension::bytes), 80.0 * 1073741824);
}

TEST(Units, TimesMoneyAndPlainNumbers) {
  EXPECT_DOUBLE_EQ(parsed("50 ms", Dimension::time), 0.05);
  EXPECT_DOUBLE_EQ(parsed("50700 h", Dimension::time), 50700 * 3600.0);
  EXPECT_DOUBLE_EQ(parsed("2 USD/h", Dimension::money_per_time), 2.0 / 3600);
  EXPECT_DOUBLE_EQ(parsed("14.8 T", Dimension::none), 14.8e12);
  EXPECT_DOUBLE_EQ(parsed("32 Ki", Dimension::none), 32768);
  EXPECT_DOUBLE_EQ(parsed("5 %", Dimension::none), 0.05);
}

TEST(Units, RefusalsSayWhatIsExpected) {
  EXPECT_EQ(refusal("400", Dimension::bytes_per_second), "has no unit; expected e.g. \"400 Gb/s\"");
  EXPECT_EQ(refusal("400 GB", Dimension::bytes_per_second), "unit \"GB\" does not fit here; expected e.g. \"400 Gb/s\"");
  EXPECT_EQ(refusal("4 furlongs", Dimension::time), "unknown unit \"furlongs\"; expected e.g. \"50 ms\"");
  EXPECT_EQ(refusal("nan s", Dimension::time), "expected a number with a unit, e.g. \"50 ms\"");
  EXPECT_EQ(refusal("1e999 s", Dimension::time), "expected a number with a unit, e.g. \"50 ms\"");
  EXPECT_EQ(refusal("", Dimension::time), "expected a number with a unit, e.g. \"50 ms\"");
}

TEST(Units, FormatsForReading) {
  EXPECT_EQ(format_quantity(50e9, Dimension::bytes_per_second), "50 GB/s");
  EXPECT_EQ(format_quantity(0.0199, Dimension::time), "19.9 ms");
  EXPECT_EQ(format_quantity(37e-6, Dimension::time), "37 us");
  EXPECT_EQ(format_quantity(5e-9, Dimension::time), "5 ns");
  EXPECT_EQ(format_quantity(7.2e9, Dimension::energy), "2 MWh");
  EXPECT_EQ(format_quantity(3.6e6, Dimension::energy), "1 kWh");
  EXPECT_EQ(format_quantity(2.0 / 3600, Dimension::money_per_time), "2 USD/h");
}

}  // namespace
}  // namespace gpufleet
