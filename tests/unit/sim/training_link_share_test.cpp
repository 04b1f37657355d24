// Links shared inside a training step: speeds are max-min fair, closed forms of two transfers, and the step's own laws.
#include "sim/training/link_share.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "sim/net/flow_network.h"
#include "sim/training/epilogue.h"
#include "sim/training/partition.h"
#include "sim/training/placement.h"
#include "sim/training/step.h"
#include "training_jobs.h"

namespace gpufleet::sim {
namespace {

std::vector<double> speeds_of(const std::vector<LinkUse>& uses) {
  std::vector<double> speeds(uses.size());
  fair_speeds(uses, speeds);
  return speeds;
}
double some_use() { return *rc::gen::inRange(0, 101) / 100.0; }

// On one link they are the rates of flows that also cross a link of their own, as wide as their pace.
RC_GTEST_PROP(LinkShareProperty, OneLinkIsTheFlowNetwork, ()) {
  std::vector<LinkUse> uses(3);
  for (LinkUse& use : uses) use.nic = std::max(0.01, some_use());
  std::vector<BytesPerSecond> capacities{BytesPerSecond(1e9)};
  for (const LinkUse& use : uses) capacities.emplace_back(use.nic * 1e9);
  FlowNetwork network(capacities);
  std::vector<FlowId> flows;
  for (std::uint32_t i = 0; i < 3; ++i) flows.push_back(network.start(std::array{LinkId(0), LinkId(i + 1)}, 1e9, 1, Time(0), i));
  const std::vector<double> speeds = speeds_of(uses);
  for (std::size_t i = 0; i < 3; ++i) RC_ASSERT(std::abs(network.rate(flows[i]).value() / 1e9 - speeds[i] * uses[i].nic) < 1e-9);
}

// Certificate: whoever is slowed has a full link on which nobody has a larger share of the link it needs most.
RC_GTEST_PROP(LinkShareProperty, TwoLinksHaveACertificate, ()) {
  std::vector<LinkUse> uses(3);
  for (LinkUse& use : uses) use = {some_use(), some_use()};
  const std::vector<double> speeds = speeds_of(uses);
  double nic = 0, scale_up = 0, nic_asked = 0, scale_up_asked = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    nic += speeds[i] * uses[i].nic;
    scale_up += speeds[i] * uses[i].scale_up;
    nic_asked += uses[i].nic;
    scale_up_asked += uses[i].scale_up;
  }
  RC_ASSERT(nic <= 1 + 1e-12 && scale_up <= 1 + 1e-12);
  const auto share = [&](std::size_t i) { return speeds[i] * std::max(uses[i].nic, uses[i].scale_up); };
  for (std::size_t i = 0; i < 3; ++i) {
    RC_ASSERT(speeds[i] > 0 && speeds[i] <= 1);
    if (nic_asked <= 1 && scale_up_asked <= 1) RC_ASSERT(speeds[i] == 1);
    if (speeds[i] > 1 - 1e-9) continue;
    const auto stopped_by = [&](double load, double LinkUse::*link) {
      if (load < 1 - 1e-9 || uses[i].*link == 0) return false;
      for (std::size_t j = 0; j < 3; ++j)
        if (uses[j].*link > 0 && share(j) > share(i) + 1e-9) return false;
      return true;
    };
    RC_ASSERT(stopped_by(nic, &LinkUse::nic) || stopped_by(scale_up, &LinkUse::scale_up));
  }
}

// A send of b seconds beside an exchange of a on one NIC: half speed each until the shorter ends.
TEST(LinkShare, ASendBesideAnExchange) {
  for (const auto& [a, b] : {std::pair{4.0, 1.0}, std::pair{1.0, 4.0}, std::pair{2.0, 2.0}}) {
    Beside beside;
    beside.add(Stream::pipeline, {{1, 0}, 0, b, 0, 7});
    const std::vector<LinkPhase> phases{{a, {1, 0.2}}};
    EXPECT_DOUBLE_EQ(held_up(phases, beside), std::min(a, b));
    beside.advance_alone(100);
    ASSERT_EQ(beside.ended(Stream::pipeline).size(), 1U);
    EXPECT_NEAR(beside.ended(Stream::pipeline)[0].delay, std::min(a, b), 1e-12);
    EXPECT_EQ(beside.ended(Stream::pipeline)[0].tag, 7U);
  }
}

TEST(LinkShare, OtherLinksAndComputeAreNotHeldUp) {
  Beside beside;
  beside.add(Stream::pipeline, {{1, 0}, 0, 3.0, 0, 0});
  const std::vector<LinkPhase> phases{{1.0, {}}, {1.0, {0, 1}}, {0.5, {}}};
  EXPECT_EQ(held_up(phases, beside), 0.0);
  EXPECT_DOUBLE_EQ(beside.queue(Stream::pipeline)[0].left, 0.5);
  EXPECT_EQ(beside.queue(Stream::pipeline)[0].delay, 0.0);
}

Time step_time(const TrainingJob& job, Links links) { return simulate_step(job, {.links = links}, {}).step_time; }

RC_GTEST_PROP(LinkShareProperty, SharingNeverMakesAStepFaster, ()) {
  TrainingJob job = testing::deepseek_v3();
  job.architecture.layers = *rc::gen::inRange(8, 25);
  job.layout.pp = *rc::gen::element(1, 2, 4);
  job.layout.zero = *rc::gen::element(0, 1, 3);
  job.layout.schedule = *rc::gen::element(Schedule::gpipe, Schedule::one_f_one_b, Schedule::zb_1p, Schedule::dualpipe);
  job.layout.stages.assign(static_cast<std::size_t>(job.layout.pp), Stage{});
  job.overlap.expert = *rc::gen::arbitrary<bool>();
  job.pools[0].fabric.out.rate = BytesPerSecond(*rc::gen::element(5e9, 25e9, 50e9));
  job.global_batch = job.layout.dp * 2 * job.layout.pp * *rc::gen::inRange(1, 4);
  RC_PRE(!step_refusal(job));
  RC_ASSERT(step_time(job, Links::shared) >= step_time(job, Links::exclusive));
}

TEST(LinkShare, SendsBesideExchangesCostDeepSeekTime) {
  TrainingJob job = testing::deepseek_v3();
  EXPECT_GT(step_time(job, Links::shared), step_time(job, Links::exclusive));
}

// The reduction of a chunk holds its links as long as its two groups do, one after the other: those of the experts, and the rest.
TEST(LinkShare, AReductionUsesTheLinksOfBothItsGroups) {
  TrainingJob job = testing::deepseek_v3();
  job.layout.zero = 1;
  const int rank = 5;
  const std::vector<Segment> segments = plan_step(job).segments[rank];
  const EpilogueTimes times = epilogue_times(job, rank, segments, {});
  for (std::size_t chunk = 0; chunk < segments.size(); ++chunk) {
    const models::RankParameters held = rank_parameters(job, segments[chunk], 1);
    double seconds = 0, nic = 0, scale_up = 0;
    for (const auto& [values, group] :
         {std::pair{held.linear + held.plain, dense_replica_group(job, rank)}, {held.experts, expert_replica_group(job, rank)}}) {
      const CollectiveTime time =
          collective(job.pools[0].fabric, CollectiveOp::reduce_scatter, values * sizeof(float), group, CollectiveLibrary::nccl);
      seconds += time.time.value();
      nic += time.nic.value();
      scale_up += time.scale_up.value();
    }
    EXPECT_NEAR(times.gradient_reduce[chunk], seconds, 1e-9 * seconds);
    EXPECT_NEAR(times.reduce_use[chunk].nic, std::min(1.0, nic / seconds), 1e-9);
    EXPECT_NEAR(times.reduce_use[chunk].scale_up, std::min(1.0, scale_up / seconds), 1e-9);
  }
}

// Without tensor, expert or data parallelism a NIC carries one send at a time.
RC_GTEST_PROP(LinkShareProperty, OneTransferAtATimeIsAloneToTheLastBit, ()) {
  TrainingJob job = testing::small_dense();
  job.layout.pp = *rc::gen::element(1, 2, 4);
  job.layout.tp = job.layout.dp = 1;
  job.layout.zero = 0;
  job.layout.schedule = *rc::gen::element(Schedule::gpipe, Schedule::one_f_one_b, Schedule::zb_1p, Schedule::dualpipe);
  job.layout.stages.assign(static_cast<std::size_t>(job.layout.pp), Stage{.tp = 1});
  job.global_batch = 2 * job.layout.pp * *rc::gen::inRange(1, 6);
  RC_PRE(!step_refusal(job));
  RC_ASSERT(step_time(job, Links::shared) == step_time(job, Links::exclusive));
}

}  // namespace
}  // namespace gpufleet::sim
