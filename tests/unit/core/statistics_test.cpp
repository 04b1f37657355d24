#include "core/statistics.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace gpufleet {
namespace {

TEST(Statistics, QuantilesInterpolate) {
  EXPECT_DOUBLE_EQ(quantile({1, 2, 3, 4}, 0.5), 2.5);
  EXPECT_DOUBLE_EQ(quantile({1, 2, 3, 4}, 0.0), 1);
  EXPECT_DOUBLE_EQ(quantile({1, 2, 3, 4}, 1.0), 4);
  EXPECT_DOUBLE_EQ(median({3, 1, 2}), 2);
}

RC_GTEST_PROP(Moments, MergeEqualsOnePass, (const std::vector<int>& first, const std::vector<int>& second)) {
  Moments left, right, all;
  for (const int raw : first) {
    left.add(raw % 1000);
    all.add(raw % 1000);
  }
  for (const int raw : second) {
    right.add(raw % 1000);
    all.add(raw % 1000);
  }
  left.merge(right);
  RC_ASSERT(left.count() == all.count());
  RC_ASSERT(std::abs(left.mean() - all.mean()) < 1e-6);
  RC_ASSERT(std::abs(left.variance() - all.variance()) < 1e-3);
}

}  // namespace
}  // namespace gpufleet
