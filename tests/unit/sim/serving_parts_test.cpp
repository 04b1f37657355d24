// The parts of the serving simulator by themselves: decode set against a naive copy, quantile sketch against exact quantiles,
// prefix cache against a list, arrivals against their rates.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <list>
#include <map>

#include "core/statistics.h"
#include "sim/serving/decode_set.h"
#include "sim/serving/grid.h"
#include "sim/serving/prefix_cache.h"
#include "sim/serving/quantile_sketch.h"
#include "sim/serving/workload.h"

namespace gpufleet::sim {
namespace {

struct Naive {
  std::int64_t cached = 0, remaining = 0;
};

RC_GTEST_PROP(ServingDecodeSet, AgreesWithSequencesOneByOne, ()) {
  constexpr int kBlock = 16;
  DecodeSet set(kBlock);
  RequestTable table;
  std::map<Slot32, Naive> naive;
  const auto steps = *rc::gen::inRange(1, 200);
  for (int i = 0; i < steps; ++i) {
    if (*rc::gen::inRange(0, 3) > 0) {
      const Slot32 slot = table.take();
      const std::int64_t cached = *rc::gen::inRange(0, 5000), remaining = *rc::gen::inRange(1, 9000);
      set.join(table, slot, cached, remaining);
      naive[slot] = {cached, remaining};
    }
    if (!naive.empty() && *rc::gen::inRange(0, 8) == 0) {
      const Slot32 slot = set.youngest();
      RC_ASSERT(set.cached_of(table, slot) == naive[slot].cached);
      RC_ASSERT(set.remaining_of(table, slot) == naive[slot].remaining);
      set.remove(table, slot);
      naive.erase(slot);
      table.release(slot);
    }
    const std::int64_t tokens = *rc::gen::inRange(1, 4);
    std::int64_t grown = 0;
    std::vector<Slot32> ended, expected;
    for (auto& [slot, sequence] : naive) {
      const std::int64_t taken = std::min(tokens, sequence.remaining);
      grown += (sequence.cached + taken + kBlock - 1) / kBlock - (sequence.cached + kBlock - 1) / kBlock;
      sequence.cached += taken;
      sequence.remaining -= taken;
      if (sequence.remaining == 0) expected.push_back(slot);
    }
    const std::int64_t bound = set.block_growth(tokens);
    const std::int64_t blocks = set.advance(table, tokens, [&](Slot32 slot) { ended.push_back(slot); });
    for (const Slot32 slot : expected) naive.erase(slot), table.release(slot);
    std::sort(ended.begin(), ended.end());
    RC_ASSERT(ended == expected);
    RC_ASSERT(blocks == grown);
    RC_ASSERT(bound >= grown);
    std::int64_t cached = 0;
    for (const auto& [slot, sequence] : naive) cached += sequence.cached;
    RC_ASSERT(set.cached() == cached);
    RC_ASSERT(set.count() == static_cast<std::int64_t>(naive.size()));
  }
}

RC_GTEST_PROP(ServingSketch, QuantilesAreWithinTheStatedError, ()) {
  const auto raw = *rc::gen::nonEmpty(rc::gen::container<std::vector<int>>(rc::gen::inRange(1, 1'000'000'000)));
  QuantileSketch sketch, left, right;
  std::vector<double> values;
  for (const int x : raw) {
    values.push_back(x * 1e-6);
    sketch.add(values.back());
    (x % 2 == 0 ? left : right).add(values.back());
  }
  std::sort(values.begin(), values.end());
  for (const double q : {0.0, 0.1, 0.5, 0.9, 0.99, 1.0}) {
    const double exact = values[static_cast<std::size_t>(q * static_cast<double>(values.size() - 1))];
    RC_ASSERT(std::abs(sketch.quantile(q) / exact - 1) <= QuantileSketch::kRelativeError);
  }
  left.merge(right);
  for (const double q : {0.1, 0.5, 0.9}) RC_ASSERT(left.quantile(q) == sketch.quantile(q));
}

RC_GTEST_PROP(ServingPrefixCache, IsLeastRecentlyUsed, ()) {
  const std::int64_t capacity = *rc::gen::inRange(1, 20);
  PrefixCacheSpec spec;
  spec.blocks = {capacity, 0, 0};
  PrefixCache cache(spec);
  std::list<std::uint64_t> order;
  for (int i = 0; i < 60; ++i) {
    const std::uint64_t stem = *rc::gen::inRange(0, 3);
    const auto length = *rc::gen::inRange(1, 8);
    std::vector<std::uint64_t> blocks;
    for (int k = 0; k < length; ++k) blocks.push_back(stem * 100 + static_cast<std::uint64_t>(k));
    std::int64_t expected = 0;
    for (const std::uint64_t block : blocks) {
      if (std::find(order.begin(), order.end(), block) == order.end()) break;
      ++expected;
    }
    RC_ASSERT(cache.peek(blocks) == expected);
    // Found blocks are taken one after the other, so a block may push out a later one of the same prompt.
    std::int64_t hits = 0;
    bool prefix = true;
    for (const std::uint64_t block : blocks) {
      const auto at = std::find(order.begin(), order.end(), block);
      if (at != order.end()) {
        if (prefix) ++hits;
        order.erase(at);
      } else {
        prefix = false;
      }
      order.push_front(block);
      if (static_cast<std::int64_t>(order.size()) > capacity) order.pop_back();
    }
    RC_ASSERT(cache.use(blocks).total() == hits);
    RC_ASSERT(cache.size() == static_cast<std::int64_t>(order.size()));
  }
}

TEST(ServingPrefixCache, WhatOneTierEvictsFallsToTheNext) {
  PrefixCacheSpec spec;
  spec.blocks = {2, 2, 0};
  PrefixCache cache(spec);
  const std::vector<std::uint64_t> first{1, 2}, second{3, 4};
  cache.use(first);
  cache.use(second);
  const PrefixHit hit = cache.use(first);
  EXPECT_EQ(hit.blocks[static_cast<std::size_t>(CacheTier::dram)], 2);
  EXPECT_EQ(hit.total(), 2);
}

TEST(ServingGrid, IsExactAtSmallNumbersAndLinearBetween) {
  const Curve<double> curve(Grid(8, 5000), [](double x) { return 3 * x + 1; });
  for (const double x : {0.0, 1.0, 7.0, 15.0, 16.0, 17.3, 100.0, 999.5, 5000.0})
    EXPECT_NEAR(curve.at(x), 3 * x + 1, 1e-9 * (3 * x + 1));
  const Surface surface(Grid(4, 300), Grid(4, 70000), [](double x, double y) { return 2 * x + 5 * y + 1; });
  EXPECT_NEAR(surface.at(133, 51234), 2 * 133 + 5 * 51234 + 1, 1e-6);
}

double rate_of(const ArrivalProcess& arrivals, double seconds, double& variation) {
  Workload workload;
  workload.arrivals = arrivals;
  workload.duration = seconds;
  RequestSource source(workload, 3);
  RequestDraft draft;
  Moments gaps;
  double last = 0, count = 0;
  while (source.next(draft)) {
    const double now = to_seconds(draft.arrival).value();
    gaps.add(now - last);
    last = now;
    ++count;
  }
  variation = gaps.standard_deviation() / gaps.mean();
  return count / seconds;
}

TEST(ServingArrivals, RatesAndVariationsAreAsAsked) {
  double cv = 0;
  EXPECT_NEAR(rate_of({.kind = ArrivalKind::poisson, .rate = 50}, 4000, cv), 50, 0.5);
  EXPECT_NEAR(cv, 1, 0.02);
  EXPECT_NEAR(rate_of({.kind = ArrivalKind::gamma, .rate = 50, .variation = 3}, 8000, cv), 50, 1.0);
  EXPECT_NEAR(cv, 3, 0.1);
  EXPECT_NEAR(
      rate_of({.kind = ArrivalKind::mmpp, .rate = 50, .busy_factor = 8, .busy_seconds = 5, .calm_seconds = 20}, 40000, cv), 50,
      1.5);
  EXPECT_GT(cv, 1.1);
  ArrivalProcess day{.kind = ArrivalKind::poisson, .rate = 20};
  day.hours.assign(24, 0.5);
  for (int hour = 8; hour < 20; ++hour) day.hours[static_cast<std::size_t>(hour)] = 1.5;
  EXPECT_NEAR(rate_of(day, 86400, cv), 20, 0.2);
}

TEST(ServingArrivals, LengthsHaveTheirMeanAndVariation) {
  RandomStream random(1, "lengths");
  const LengthSampler sampler({.kind = LengthKind::lognormal, .mean = 2000, .variation = 1.5, .most = 10'000'000});
  Moments lengths;
  for (int i = 0; i < 400'000; ++i) lengths.add(sampler.draw(random));
  EXPECT_NEAR(lengths.mean(), 2000, 30);
  EXPECT_NEAR(lengths.standard_deviation() / lengths.mean(), 1.5, 0.05);
}

}  // namespace
}  // namespace gpufleet::sim
