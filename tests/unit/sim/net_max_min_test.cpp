// The solver against plain progressive filling, while flows come and go in every rhythm that makes it choose another way.
#include "sim/net/max_min.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "core/random.h"

namespace gpufleet::sim {
namespace {

struct Sharer {
  std::vector<std::uint32_t> links;
  double weight = 1;
};

/// All rise together; whoever has a full link stops. O(flows · links · levels).
std::map<std::uint32_t, double> plain_filling(std::vector<double> room, const std::map<std::uint32_t, Sharer>& flows) {
  std::map<std::uint32_t, double> levels;
  while (levels.size() < flows.size()) {
    std::vector<double> open(room.size(), 0);
    for (const auto& [slot, flow] : flows)
      if (!levels.contains(slot))
        for (const std::uint32_t link : flow.links) open[link] += flow.weight;
    double level = 1e300;
    for (std::size_t l = 0; l < room.size(); ++l)
      if (open[l] > 0) level = std::min(level, std::max(0.0, room[l]) / open[l]);
    std::map<std::uint32_t, double> stopped;
    for (const auto& [slot, flow] : flows) {
      const bool full = std::any_of(flow.links.begin(), flow.links.end(), [&](std::uint32_t link) {
        return std::max(0.0, room[link]) / open[link] <= level * (1 + 1e-11);
      });
      if (!levels.contains(slot) && full) stopped[slot] = level;
    }
    for (const auto& [slot, stop] : stopped)
      for (const std::uint32_t link : flows.at(slot).links) room[link] -= stop * flows.at(slot).weight;
    levels.merge(stopped);
  }
  return levels;
}

RC_GTEST_PROP(MaxMin, IsPlainFillingWhateverComesAndGoes, (std::uint64_t seed)) {
  RandomStream random(seed, "max-min");
  const std::size_t links = 2 + random.below(12);
  const std::uint64_t crowd = 1 + random.below(random.below(2) == 0 ? 12 : 120);
  std::vector<double> capacities;
  for (std::size_t l = 0; l < links; ++l) capacities.push_back(static_cast<double>(1 + random.below(5)));
  MaxMin solver(capacities);
  std::map<std::uint32_t, Sharer> flows;
  for (int round = 0; round < 12; ++round) {
    const std::uint64_t come = random.below(3) == 0 ? crowd : random.below(4);
    for (std::uint64_t f = 0; f < come; ++f) {
      Sharer flow;
      for (std::uint32_t l = 0; l < links; ++l)
        if (random.below(3) == 0) flow.links.push_back(l);
      if (flow.links.empty()) flow.links.push_back(static_cast<std::uint32_t>(random.below(links)));
      if (random.below(4) == 0) flow.weight = 0.25 + random.uniform();
      std::vector<LinkId> route;
      for (const std::uint32_t l : flow.links) route.emplace_back(l);
      const std::uint32_t slot = solver.add(route, flow.weight);
      solver.join(slot);
      RC_ASSERT(flows.emplace(slot, flow).second);
    }
    if (random.below(6) == 0) {
      const auto link = static_cast<std::uint32_t>(random.below(links));
      capacities[link] = static_cast<double>(random.below(4));
      solver.set_capacity(link, capacities[link]);
    }
    solver.solve();
    for (const auto& [slot, level] : plain_filling(capacities, flows)) {
      const double rate = level * flows.at(slot).weight;
      RC_ASSERT(std::abs(solver.rate(slot) - rate) <= 1e-8 * (rate + 1e-6));
    }
    // A few, most, or all of them leave.
    const std::uint64_t how = random.below(8), goers = how == 0   ? flows.size()
                                                       : how == 1 ? flows.size() * 2 / 3
                                                                  : random.below(4);
    std::vector<std::uint32_t> leaving;
    for (std::uint64_t g = 0; g < goers && !flows.empty(); ++g) {
      const auto it = std::next(flows.begin(), static_cast<std::ptrdiff_t>(random.below(flows.size())));
      leaving.push_back(it->first);
      flows.erase(it);
    }
    solver.leave(leaving);
  }
}

/// A link of 6 for weights 2 and 1: level 2. One more flow, held to 1 by its other link, leaves 5 to them.
TEST(MaxMin, SolvesASmallCase) {
  MaxMin solver({6, 1});
  const LinkId both[] = {LinkId(0), LinkId(1)}, first[] = {LinkId(0)};
  const std::uint32_t heavy = solver.add(first, 2), light = solver.add(first, 1);
  solver.join(heavy);
  solver.join(light);
  EXPECT_EQ(solver.solve().size(), 2U);
  EXPECT_DOUBLE_EQ(solver.rate(heavy), 4);
  EXPECT_DOUBLE_EQ(solver.rate(light), 2);
  EXPECT_TRUE(solver.solve().empty());
  const std::uint32_t narrow = solver.add(both, 1);
  solver.join(narrow);
  solver.solve();
  EXPECT_DOUBLE_EQ(solver.rate(narrow), 1);
  EXPECT_DOUBLE_EQ(solver.rate(heavy), 10.0 / 3);
  EXPECT_DOUBLE_EQ(solver.load(0), 6);
  solver.leave(std::vector{heavy, light});
  solver.solve();
  EXPECT_DOUBLE_EQ(solver.rate(narrow), 1);
  EXPECT_FALSE(solver.on_links(heavy));
}

}  // namespace
}  // namespace gpufleet::sim
