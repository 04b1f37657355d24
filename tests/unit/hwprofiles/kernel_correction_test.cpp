// Multilinear interpolation in log2 of the shape: exact at knots, linear between, the edge's value beyond.
#include "hwprofiles/kernel_correction.h"

#include <gtest/gtest.h>

namespace gpufleet::hw {
namespace {

TEST(Correction, EmptyCorrectsNothing) { EXPECT_EQ(Correction().at(features_of(Gemm{Dtype::bf16, 3, 5, 7})), 0); }

TEST(Correction, ReadsKnotsInterpolatesAndHoldsItsEdges) {
  const Correction grid({{0, 2}, {1, 3, 4}}, {0, 1, 2, 10, 11, 12});
  EXPECT_DOUBLE_EQ(grid.at({{0, 1}, 2}), 0);
  EXPECT_DOUBLE_EQ(grid.at({{2, 4}, 2}), 12);
  EXPECT_DOUBLE_EQ(grid.at({{1, 1}, 2}), 5);
  EXPECT_DOUBLE_EQ(grid.at({{0, 2}, 2}), 0.5);
  EXPECT_DOUBLE_EQ(grid.at({{1, 3.5}, 2}), 6.5);
  EXPECT_DOUBLE_EQ(grid.at({{-9, 99}, 2}), 2);
  EXPECT_DOUBLE_EQ(grid.at({{99, -9}, 2}), 10);
}

TEST(Correction, AnAxisWithOneKnotIsConstant) {
  const Correction grid({{5}, {0, 1}}, {3, 4});
  EXPECT_DOUBLE_EQ(grid.at({{-100, 0.5}, 2}), 3.5);
  EXPECT_DOUBLE_EQ(grid.at({{100, 0.5}, 2}), 3.5);
}

TEST(Features, AreLogarithmsOfTheShape) {
  const Features f = features_of(GroupedGemm{Dtype::fp8, 8, 1024, 4096, 512});
  EXPECT_EQ(f.count, 4);
  EXPECT_DOUBLE_EQ(f.at[0], 7);  // rows of one group
  EXPECT_DOUBLE_EQ(f.at[1], 3);
  EXPECT_DOUBLE_EQ(f.at[2], 12);
  EXPECT_DOUBLE_EQ(f.at[3], 9);
}

}  // namespace
}  // namespace gpufleet::hw
