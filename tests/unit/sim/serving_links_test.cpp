// Keys and values as flows: one flow takes bytes / rate; n flows of an instance share it; what receivers take in together is
// filled like water. Any traffic ends when the exact solver of net/ says so.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <map>
#include <vector>

#include "sim/net/flow_network.h"
#include "sim/serving/transfer_links.h"

namespace gpufleet::sim {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000'000;

std::map<Slot32, std::int64_t> run_to_end(TransferLinks& links) {
  std::map<Slot32, std::int64_t> out;
  std::vector<Slot32> ended;
  while (links.next_end() >= 0) {
    const std::int64_t now = links.next_end();
    ended.clear();
    links.finish(now, ended);
    for (const Slot32 slot : ended) out[slot] = now;
  }
  return out;
}

TEST(ServingTransferLinks, FlowsOfOneInstanceShareItsRate) {
  TransferLinks links({100.0}, 0);
  links.start(0, 1, 100, 0);  // alone until 0.5 s: 50 bytes left
  links.share(0);
  links.start(0, 2, 100, kSecond / 2);  // 50 bytes/s each: the first ends at 1.5 s, then the second has 50 left at 100 bytes/s
  links.share(kSecond / 2);
  const auto ends = run_to_end(links);
  EXPECT_EQ(ends.at(1), kSecond * 3 / 2);
  EXPECT_EQ(ends.at(2), kSecond * 2);
}

TEST(ServingTransferLinks, WhatReceiversTakeIsFilledLikeWater) {
  // Instances of 100 and 10 bytes/s, receivers of 60: 10 + 50.
  TransferLinks links({100.0, 10.0}, 60);
  links.start(0, 1, 50, 0);
  links.start(1, 2, 10, 0);
  links.share(0);
  const auto ends = run_to_end(links);
  EXPECT_EQ(ends.at(1), kSecond);
  EXPECT_EQ(ends.at(2), kSecond);
}

RC_GTEST_PROP(ServingTransferLinks, EndWhenTheExactSolverSaysSo, ()) {
  const auto sources = static_cast<std::size_t>(*rc::gen::inRange(1, 6));
  std::vector<double> rates;
  double sum = 0;
  for (std::size_t i = 0; i < sources; ++i) sum += rates.emplace_back(1e9 * *rc::gen::inRange(1, 50));
  const double receivers = sum * 0.1 * *rc::gen::inRange(2, 13);
  TransferLinks links(rates, receivers);
  std::vector<BytesPerSecond> capacities;
  for (const double rate : rates) capacities.emplace_back(rate);
  capacities.emplace_back(receivers);
  FlowNetwork exact(capacities);
  const int flows = *rc::gen::inRange(1, 30);
  std::map<Slot32, std::int64_t> mine, theirs;
  std::vector<Slot32> ended;
  std::int64_t now = 0;
  const auto until = [&](std::int64_t to) {
    while (links.next_end() >= 0 && links.next_end() <= to) {
      const std::int64_t at = links.next_end();
      ended.clear();
      links.finish(at, ended);
      for (const Slot32 slot : ended) mine[slot] = at;
    }
    while (exact.next_time() && exact.next_time()->value() <= to)
      for (const Completion& each : exact.advance(*exact.next_time())) theirs[each.tag] = exact.now().value();
    if (exact.now().value() < to)
      for (const Completion& each : exact.advance(Time(to))) theirs[each.tag] = to;
  };
  for (int f = 0; f < flows; ++f) {
    now += *rc::gen::inRange<std::int64_t>(0, 50'000'000);
    until(now);
    const auto source = static_cast<std::size_t>(*rc::gen::inRange<int>(0, static_cast<int>(sources)));
    const double bytes = *rc::gen::inRange(1, 2'000'000);
    const std::array<LinkId, 2> route{LinkId(static_cast<std::uint32_t>(source)), LinkId(static_cast<std::uint32_t>(sources))};
    links.start(source, static_cast<Slot32>(f), bytes, now);
    links.share(now);
    exact.start(route, bytes, 1, Time(0), static_cast<std::uint32_t>(f));
  }
  until(kSecond);
  RC_ASSERT(mine.size() == static_cast<std::size_t>(flows) && theirs.size() == mine.size());
  constexpr double kGrain = 200;  // ps: each start and end may round the others by one
  for (const auto& [slot, end] : mine) RC_ASSERT(std::fabs(static_cast<double>(end - theirs.at(slot))) <= kGrain);
}

}  // namespace
}  // namespace gpufleet::sim
