#include "core/random.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/statistics.h"

namespace gpufleet {
namespace {

TEST(RandomStream, DependsOnSeedAndNameAlone) {
  RandomStream a(1, "failures"), b(1, "failures"), c(1, "arrivals"), d(2, "failures");
  const std::uint64_t first = a.next();
  EXPECT_EQ(first, b.next());
  EXPECT_NE(first, c.next());
  EXPECT_NE(first, d.next());
}

TEST(RandomStream, FirstDrawsAreFixedForEver) {
  RandomStream stream(1, "golden");
  const std::uint64_t x = stream.next(), y = stream.next();
  RandomStream again(1, "golden");
  EXPECT_EQ(x, again.next());
  EXPECT_EQ(y, again.next());
  EXPECT_EQ(stable_hash(""), 0xCBF29CE484222325ULL);
  EXPECT_EQ(stable_hash("a"), 0xAF63DC4C8601EC8CULL);
}

TEST(RandomStream, MomentsOfItsDistributions) {
  RandomStream stream(7, "moments");
  Moments uniform, normal, exponential, gamma;
  for (int i = 0; i < 200000; ++i) {
    uniform.add(stream.uniform());
    normal.add(stream.normal());
    exponential.add(stream.exponential());
    gamma.add(stream.gamma(2.5));
  }
  EXPECT_NEAR(uniform.mean(), 0.5, 0.005);
  EXPECT_NEAR(normal.mean(), 0.0, 0.01);
  EXPECT_NEAR(normal.variance(), 1.0, 0.02);
  EXPECT_NEAR(exponential.mean(), 1.0, 0.01);
  EXPECT_NEAR(gamma.mean(), 2.5, 0.03);
  EXPECT_NEAR(gamma.variance(), 2.5, 0.06);
}

TEST(RandomStream, BelowIsInRange) {
  RandomStream stream(3, "below");
  for (int i = 0; i < 1000; ++i) EXPECT_LT(stream.below(7), 7U);
}

TEST(InverseNormal, KnownQuantiles) {
  EXPECT_NEAR(inverse_normal(0.5), 0.0, 1e-15);
  EXPECT_NEAR(inverse_normal(0.9), kNormalQuantile90, 1e-12);
  EXPECT_NEAR(inverse_normal(0.975), 1.959963984540054, 1e-12);
  EXPECT_NEAR(inverse_normal(1e-10), -6.361340902404056, 1e-9);
}

// Far out, where nothing is left of 1 - p, it still undoes the distribution function; and both tails are alike where both exist.
TEST(InverseNormal, UndoesTheDistributionInTheTails) {
  for (const double p : {1e-3, 1e-12, 1e-30, 1e-100, 1e-300})
    EXPECT_NEAR(0.5 * std::erfc(-inverse_normal(p) / std::sqrt(2.0)) / p, 1, 1e-10) << p;
  for (const double p : {0.4, 0.1, 1e-3, 1e-6}) EXPECT_NEAR(inverse_normal(1 - p), -inverse_normal(p), 1e-9) << p;
}

}  // namespace
}  // namespace gpufleet
