#include "core/quantity.h"

#include <gtest/gtest.h>

namespace gpufleet {
namespace {

TEST(Quantity, AddsAndComparesWithinOneDimension) {
  EXPECT_EQ(Bytes(3) + Bytes(4), Bytes(7));
  EXPECT_LT(Time(1), Time(2));
  EXPECT_DOUBLE_EQ(Bytes(10) / Bytes(4), 2.5);
}

TEST(Quantity, MeaningfulProductsOnly) {
  EXPECT_DOUBLE_EQ((Bytes(100) / BytesPerSecond(50.0)).value(), 2.0);
  EXPECT_DOUBLE_EQ((Watts(700) * Seconds(10)).value(), 7000.0);
  EXPECT_DOUBLE_EQ((Flops(10) / FlopsPerSecond(4)).value(), 2.5);
}

TEST(Quantity, RealDurationsRoundUpToPicoseconds) {
  EXPECT_EQ(to_time(Seconds(1.0)), Time(1'000'000'000'000));
  EXPECT_EQ(to_time(Seconds(1e-15)), Time(1));
  EXPECT_EQ(to_time(Seconds(0)), Time(0));
}

TEST(QuantityDeathTest, IntegerOverflowIsCaught) {
  EXPECT_EXIT((void)(Bytes::max_value() + Bytes(1)), ::testing::ExitedWithCode(3), "overflow");
  EXPECT_EXIT((void)(Bytes::max_value() * 2), ::testing::ExitedWithCode(3), "overflow");
  EXPECT_EXIT((void)to_time(Seconds(1e9)), ::testing::ExitedWithCode(3), "range");
}

}  // namespace
}  // namespace gpufleet
