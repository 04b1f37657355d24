// What a sweep visits and what it says of keys: values of an axis, designs, sensitivities against closed forms; and the pure
// parts of its machinery, rows as text, hand-out of points, words between ranks.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <limits>
#include <numbers>
#include <set>

#include "scenarios/sweep/hand_out.h"
#include "scenarios/sweep/rank_messages.h"
#include "scenarios/sweep/sensitivity.h"

namespace gpufleet::scenarios {
namespace {

using Texts = std::vector<std::string>;

Texts values_of(const std::string& text) {
  const Result<Axis> axis = parse_axis(text);
  return axis ? axis->values : Texts{"refused"};
}

TEST(SweepAxis, ListsRangesAndLogRanges) {
  EXPECT_EQ(values_of("k=1,2,4"), (Texts{"1", "2", "4"}));
  EXPECT_EQ(values_of("k=none, selective"), (Texts{"none", "selective"}));
  EXPECT_EQ(values_of("k={ a = 1, b = 2 },3"), (Texts{"{ a = 1, b = 2 }", "3"}));  // commas inside brackets part nothing
  EXPECT_EQ(values_of("k=8:32:8"), (Texts{"8", "16", "24", "32"}));
  EXPECT_EQ(values_of("k=0.1:0.4:0.1"), (Texts{"0.1", "0.2", "0.3", "0.4"}));  // no crumbs of adding 0.1
  EXPECT_EQ(values_of("k=4:1:-1"), (Texts{"4", "3", "2", "1"}));
  EXPECT_EQ(values_of("k=1:64:*4"), (Texts{"1", "4", "16", "64"}));
  EXPECT_EQ(values_of("k=1:1000:log4"), (Texts{"1", "10", "100", "1000"}));
  EXPECT_EQ(values_of("k=100 Gb/s:300 Gb/s:100"), (Texts{"100 Gb/s", "200 Gb/s", "300 Gb/s"}));
  EXPECT_EQ(values_of("k=1,8:10:1"), (Texts{"1", "8", "9", "10"}));  // a range may stand in a list
}

TEST(SweepAxis, WhatCannotBeWalkedIsRefused) {
  for (const char* text : {"k", "=1", "k=", "k=1,,2", "k=1:9:0", "k=1:9:-1", "k=0:9:*2", "k=1:9:*1", "k=9:1:log3", "k=uniform(1)",
                           "k=uniform(2,1)", "k=normal(1,-1)", "k=loguniform(0,1)", "k=1 s:2 h:1"})
    EXPECT_FALSE(parse_axis(text).ok()) << text;
}

TEST(SweepAxis, DistributionsGiveTheirQuantiles) {
  const auto at = [](const std::string& text, double u) {
    return std::strtod(value_at(parse_axis(text).value(), u).c_str(), nullptr);
  };
  EXPECT_NEAR(at("k=uniform(2,6)", 0.25), 3, 1e-9);
  EXPECT_NEAR(at("k=loguniform(1,100)", 0.5), 10, 1e-9);
  EXPECT_NEAR(at("k=normal(5,2)", 0.5), 5, 1e-9);
  EXPECT_NEAR(at("k=normal(5,2)", 0.9), 5 + 2 * 1.2815515655446004, 1e-9);
  EXPECT_NEAR(at("k=lognormal(5,1)", 0.9), 5 * std::exp(1.2815515655446004), 1e-8);
  EXPECT_EQ(at("k=integer(1,4)", 0.26), 2);
  EXPECT_EQ(at("k=integer(1,4)", 0.999), 4);
  EXPECT_EQ(value_at(parse_axis("k=uniform(100,400) Gb/s").value(), 0.5), "250 Gb/s");
  EXPECT_EQ(value_at(parse_axis("k=a,b,c").value(), 0.5), "b");
}

std::vector<Axis> axes_of(const Texts& texts) {
  std::vector<Axis> out;
  for (const std::string& text : texts) out.push_back(parse_axis(text).value());
  return out;
}

TEST(SweepDesign, TheLastAxisOfAGridRunsFastest) {
  const auto points = make_design(axes_of({"a=1,2", "b=x,y,z"}), Sampling::grid, 0, 1);
  ASSERT_TRUE(points.ok());
  EXPECT_EQ(*points, (DesignPoints{{"1", "x"}, {"1", "y"}, {"1", "z"}, {"2", "x"}, {"2", "y"}, {"2", "z"}}));
  EXPECT_FALSE(make_design(axes_of({"a=uniform(0,1)"}), Sampling::grid, 0, 1).ok());
  EXPECT_FALSE(make_design(axes_of({"a=1", "a=2"}), Sampling::grid, 0, 1).ok());
  EXPECT_FALSE(make_design({}, Sampling::grid, 0, 1).ok());
}

double number(const std::string& text) { return std::strtod(text.c_str(), nullptr); }

TEST(SweepDesign, ALatinHypercubeHitsEveryStratumOfEveryAxisOnce) {
  constexpr std::size_t kCount = 50;
  const auto points = make_design(axes_of({"a=uniform(0,50)", "b=uniform(100,150)"}), Sampling::latin, kCount, 7);
  ASSERT_TRUE(points.ok());
  std::set<int> a, b;
  for (const auto& point : *points) {
    a.insert(static_cast<int>(number(point[0])));
    b.insert(static_cast<int>(number(point[1])) - 100);
  }
  EXPECT_EQ(a.size(), kCount);
  EXPECT_EQ(b.size(), kCount);
}

TEST(SweepDesign, DrawsOfAnAxisDependOnSeedAndKeyAlone) {
  const auto column = [](const Texts& texts, std::size_t axis, std::uint64_t seed) {
    Texts out;
    const DesignPoints points = make_design(axes_of(texts), Sampling::random, 20, seed).value();
    for (const auto& point : points) out.push_back(point[axis]);
    return out;
  };
  const Texts alone = column({"a=uniform(0,1)"}, 0, 3);
  EXPECT_EQ(alone, column({"b=uniform(0,1)", "a=uniform(0,1)"}, 1, 3));
  EXPECT_NE(alone, column({"b=uniform(0,1)", "a=uniform(0,1)"}, 0, 3));
  EXPECT_NE(alone, column({"a=uniform(0,1)"}, 0, 4));
}

StoredPoint row_with(double value) { return {"key", PointStatus::done, {}, {{"m", {value, value, value}}}}; }

TEST(Tornado, BarsAreTheEndsOfEachAxisWidestFirst) {
  // f = 2 x + 10 y + z at x in 1..3, y in 0..1, z at its 10 and 90 % quantiles; the scenario itself has 2, 0.5, 5.
  const std::vector<Axis> axes = axes_of({"x=1,2,3", "y=0,1", "z=uniform(0,10)"});
  const DesignPoints points = make_design(axes, Sampling::tornado, 0, 1).value();
  ASSERT_EQ(points.size(), 7U);
  EXPECT_EQ(points[0], (Texts{"", "", ""}));
  std::vector<StoredPoint> rows;
  for (const auto& point : points) {
    const auto at = [&](std::size_t axis, double own) { return point[axis].empty() ? own : number(point[axis]); };
    rows.push_back(row_with(2 * at(0, 2) + 10 * at(1, 0.5) + at(2, 5)));
  }
  const Tornado tornado = make_tornado(axes, points, rows, "m").value();
  EXPECT_DOUBLE_EQ(tornado.base, 14);
  ASSERT_EQ(tornado.bars.size(), 3U);
  EXPECT_EQ(tornado.bars[0].key, "y");
  EXPECT_NEAR(tornado.bars[0].swing(), 10, 1e-9);
  EXPECT_EQ(tornado.bars[1].key, "z");
  EXPECT_NEAR(tornado.bars[1].swing(), 8, 1e-9);
  EXPECT_EQ(tornado.bars[2].key, "x");
  EXPECT_NEAR(tornado.bars[2].swing(), 4, 1e-9);
  rows[0].status = PointStatus::infeasible;
  EXPECT_FALSE(make_tornado(axes, points, rows, "m").ok());
}

template <class Function>
std::vector<SobolIndex> indices_of(const Texts& texts, std::size_t count, Function function) {
  const std::vector<Axis> axes = axes_of(texts);
  std::vector<StoredPoint> rows;
  const DesignPoints points = make_design(axes, Sampling::sobol, count, 11).value();
  for (const auto& point : points) {
    std::vector<double> x;
    for (const std::string& value : point) x.push_back(number(value));
    rows.push_back(row_with(function(x)));
  }
  return sobol_indices(axes, rows, "m").value();
}

TEST(Sobol, IndicesOfALinearFunctionAreTheSquaresOfItsWeights) {
  const auto found =
      indices_of({"a=uniform(0,1)", "b=uniform(0,1)"}, 1000, [](const std::vector<double>& x) { return x[0] + 3 * x[1]; });
  constexpr double kFirst = 0.08, kTotal = 0.03;  // twice the standard errors of 1,000 base points
  EXPECT_NEAR(found[0].first, 0.1, kFirst);
  EXPECT_NEAR(found[0].total, 0.1, kTotal);
  EXPECT_NEAR(found[1].first, 0.9, kFirst);
  EXPECT_NEAR(found[1].total, 0.9, kTotal);
}

TEST(Sobol, IndicesOfIshigamisFunction) {
  // sin x + a sin^2 y + b z^4 sin x on (-pi, pi): V = a^2/8 + b pi^4/5 + b^2 pi^8/18 + 1/2, V_x = (1 + b pi^4/5)^2 / 2,
  // V_y = a^2/8, V_z = 0, V_xz = 8 b^2 pi^8 / 225 (Ishigami & Homma 1990).
  constexpr double kA = 7, kB = 0.1, kPi = std::numbers::pi;
  const double pi4 = std::pow(kPi, 4), pi8 = pi4 * pi4;
  const double x = 0.5 * std::pow(1 + kB * pi4 / 5, 2), y = kA * kA / 8, xz = 8 * kB * kB * pi8 / 225, all = x + y + xz;
  const std::string range = "uniform(-3.141592653589793,3.141592653589793)";
  const auto found = indices_of({"x=" + range, "y=" + range, "z=" + range}, 2000, [](const std::vector<double>& v) {
    return std::sin(v[0]) + kA * std::pow(std::sin(v[1]), 2) + kB * std::pow(v[2], 4) * std::sin(v[0]);
  });
  constexpr double kError = 0.05;  // of 2,000 base points
  EXPECT_NEAR(found[0].first, x / all, kError);
  EXPECT_NEAR(found[0].total, (x + xz) / all, kError);
  EXPECT_NEAR(found[1].first, y / all, kError);
  EXPECT_NEAR(found[1].total, y / all, kError);
  EXPECT_NEAR(found[2].first, 0, kError);
  EXPECT_NEAR(found[2].total, xz / all, kError);
}

TEST(PointRow, ReadsBackBitForBit) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  const StoredPoint point{"00ff/1/0.1.0/24",
                          PointStatus::done,
                          "",
                          {{"step_time", {0.1 + 0.2, 1e-300, 5e300}}, {"mfu_causal", {-0.0, -kInfinity, kInfinity}}}};
  const PointRow row = to_row(point);
  EXPECT_EQ(row.metrics, R"([["step_time",0.30000000000000004,1e-300,5e+300],["mfu_causal",-0,-1e999,1e999]])");
  EXPECT_EQ(from_row(row), point);
  EXPECT_EQ(from_row(to_row({"k", PointStatus::invalid, "why \"x\"", {}})),
            (StoredPoint{"k", PointStatus::invalid, "why \"x\"", {}}));
  for (const char* broken : {"", "[", "[[]]", R"([["a",1,2]])", R"([["a",1,2,3])", R"([["a",1,2,3]]x)", R"([["a",1,2,x]])"})
    EXPECT_FALSE(from_row({"k", PointStatus::done, "", broken})) << broken;
}

TEST(HandOut, WorkOfASilentRankGoesToOthersAndTheFirstResultCounts) {
  HandOut hand_out(5, 3, 10);
  EXPECT_EQ(hand_out.hand_out(1, 2), (std::vector<std::size_t>{0, 1}));
  EXPECT_EQ(hand_out.hand_out(2, 2), (std::vector<std::size_t>{2, 3}));
  hand_out.heard(1, 0);
  hand_out.heard(2, 0);
  EXPECT_TRUE(hand_out.finished(0));
  hand_out.heard(2, 9);
  EXPECT_TRUE(hand_out.look_for_lost(10).empty());
  EXPECT_EQ(hand_out.look_for_lost(11), std::vector<int>{1});
  EXPECT_TRUE(hand_out.lost(1));
  EXPECT_EQ(hand_out.hand_out(2, 9), (std::vector<std::size_t>{1, 4}));  // 0 was finished before
  EXPECT_TRUE(hand_out.finished(1));
  hand_out.heard(1, 12);  // it had been slow only
  EXPECT_FALSE(hand_out.lost(1));
  EXPECT_FALSE(hand_out.finished(1));
  EXPECT_FALSE(hand_out.complete());
  EXPECT_EQ(hand_out.look_for_lost(30), (std::vector<int>{1, 2}));
  EXPECT_EQ(hand_out.hand_out(0, 9), (std::vector<std::size_t>{2, 3, 4}));  // rank 0 ends alone
  for (const std::size_t point : {2U, 3U, 4U}) EXPECT_TRUE(hand_out.finished(point));
  EXPECT_TRUE(hand_out.complete());
}

TEST(RankWord, ReadsBackAndRefusesWhatIsCutShort) {
  const RankWord word{RankWord::Kind::result, 7, 1ULL << 40, {"key", PointStatus::infeasible, "why", "[]"}, {"a", ""}, {3, 5}};
  const std::string bytes = to_bytes(word);
  EXPECT_EQ(from_bytes(bytes), word);
  for (std::size_t length = 0; length < bytes.size(); ++length) EXPECT_FALSE(from_bytes(bytes.substr(0, length)));
  EXPECT_FALSE(from_bytes(bytes + "x"));
}

}  // namespace
}  // namespace gpufleet::scenarios
