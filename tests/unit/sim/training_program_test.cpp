// Each schedule's bubble against its closed form when stages are equal and communication is free, and the laws of every program.
#include "sim/training/program.h"

#include <gtest/gtest.h>
#include <cmath>

#include <algorithm>
#include <map>
#include <tuple>

#include "sim/training/pipeline.h"

namespace gpufleet::sim {
namespace {

constexpr std::int64_t kUnit = 1'000'000;

struct Durations {
  std::int64_t forward = 1, backward_input = 1, weight = 1, pair = 3;
};

PipelineResult play(const Program& program, const Durations& d, int lanes, int group) {
  const auto ranks = static_cast<std::size_t>(program.ranks);
  const auto chunks = static_cast<std::size_t>(program.chunks);
  PipelineInput input{.program = &program};
  const BlockTimes block{Time(d.forward * kUnit), Time((d.backward_input + d.weight) * kUnit), Time(d.backward_input * kUnit),
                         Time(d.weight * kUnit)};
  input.blocks.assign(ranks, std::vector<BlockTimes>(chunks, block));
  input.pair.assign(ranks, std::vector<std::vector<Time>>(chunks, std::vector<Time>(chunks, Time(d.pair * kUnit))));
  for (const auto& chain : program.chains) input.send.emplace_back(chain.size() - 1, Time(0));
  input.lanes = lanes;
  input.group = group;
  return run_pipeline(input, {});
}

/// Time of the slowest rank, in units.
double length(const Program& program, const Durations& d) {
  return static_cast<double>(play(program, d, 1, 1).end.value()) / kUnit;
}

void expect_complete(const Program& program) {
  for (int rank = 0; rank < program.ranks; ++rank) {
    std::map<std::pair<int, int>, int> forwards, inputs, weights;
    for (const Op& op : program.ops[static_cast<std::size_t>(rank)]) {
      const std::pair<int, int> main{op.chunk, op.micro_batch}, other{op.backward_chunk, op.backward_micro_batch};
      switch (op.kind) {
        case OpKind::forward: ++forwards[main]; break;
        case OpKind::backward: ++inputs[main], ++weights[main]; break;
        case OpKind::backward_input: ++inputs[main]; break;
        case OpKind::weight: ++weights[main]; break;
        case OpKind::pair: ++forwards[main], ++inputs[other], ++weights[other]; break;
      }
    }
    const auto expected = static_cast<std::size_t>(program.chunks * program.micro_batches);
    for (const auto* counts : {&forwards, &inputs, &weights}) {
      EXPECT_EQ(counts->size(), expected);
      for (const auto& [key, count] : *counts) EXPECT_EQ(count, 1);
    }
  }
}

TEST(Schedules, EveryMicroBatchPassesOnceForwardAndBackward) {
  for (const int ranks : {2, 4, 8})
    for (const int batches : {ranks, 2 * ranks, 2 * ranks + 2, 5 * ranks})
      for (int s = 0; s < kSchedules; ++s) {
        const auto schedule = static_cast<Schedule>(s);
        const int virtual_stages = schedule == Schedule::interleaved ? 3 : 1;
        if (refusal(schedule, ranks, virtual_stages, batches)) continue;
        SCOPED_TRACE(std::string(name(schedule)) + " pp " + std::to_string(ranks) + " m " + std::to_string(batches));
        const Program program = make_program(schedule, ranks, virtual_stages, batches, {});
        expect_complete(program);
        EXPECT_GT(play(program, {}, 1, 1).end, Time(0));  // no deadlock
      }
}

// 1F1B and GPipe: bubble (p-1)(F+B).
TEST(Schedules, OneForwardOneBackwardBubble) {
  const Durations d{.forward = 2, .backward_input = 3, .weight = 2};
  for (const int p : {1, 2, 4, 8, 16}) {
    const int m = 3 * p;
    EXPECT_DOUBLE_EQ(length(make_program(Schedule::one_f_one_b, p, 1, m, {}), d), (m + p - 1) * 7.0);
    EXPECT_DOUBLE_EQ(length(make_program(Schedule::gpipe, p, 1, m, {}), d), (m + p - 1) * 7.0);
  }
}

// Interleaved: bubble (p-1)(F+B)/v with chunk times F/v, B/v (Narayanan et al. 2021, s. 2.2.2).
TEST(Schedules, InterleavedBubble) {
  const Durations chunk{.forward = 1, .backward_input = 1, .weight = 1};
  for (const int p : {2, 4, 8})
    for (const int v : {2, 4}) {
      const int m = 4 * p;
      EXPECT_DOUBLE_EQ(length(make_program(Schedule::interleaved, p, v, m, {}), chunk), (m * v + p - 1) * 3.0);
    }
}

// DualPipe: counts of standalone blocks of the half-rank r with 120 micro-batches on 16 ranks, and the published bubble
// (p/2-1)(F&B + B - 3W) (DeepSeek-V3 report, table 2).
TEST(Schedules, DualPipeCounts) {
  const Program program = make_program(Schedule::dualpipe, 16, 1, 120, {});
  for (int rank = 0; rank < 16; ++rank) {
    const int r = std::min(rank, 15 - rank);
    std::map<OpKind, int> count;
    for (const Op& op : program.ops[static_cast<std::size_t>(rank)]) ++count[op.kind];
    const int alone = r == 7 ? 1 : 0;  // the middle ranks run their first pair as two blocks
    EXPECT_EQ(count[OpKind::forward], 23 - r + alone);
    EXPECT_EQ(count[OpKind::pair], 97 + r - alone);
    EXPECT_EQ(count[OpKind::backward] + count[OpKind::backward_input], 23 - r + alone);
    EXPECT_EQ(count[OpKind::weight], 15 - r);
  }
}

TEST(Schedules, DualPipeBubble) {
  const Durations d{.forward = 10, .backward_input = 10, .weight = 10, .pair = 30};
  for (const int p : {4, 8, 16}) {
    const int m = 4 * p;
    const double ideal = m * 30.0;
    const double bubble = length(make_program(Schedule::dualpipe, p, 1, m, {}), d) - ideal;
    EXPECT_NEAR(bubble, (p / 2 - 1) * (30.0 + 20.0 - 3 * 10.0), 1e-9);
  }
}

/// Longest time that a rank waits between its first and its last block, in units. The schedules of the zero-bubble family shift
/// ranks against each other, so the pipeline's own length has a ramp that no rank waits for.
double longest_wait(const Program& program, const Durations& d) {
  const PipelineResult result = play(program, d, 1, 1);
  double longest = 0;
  for (const RankTimeline& rank : result.ranks) {
    Time busy;
    for (const Time part : rank.busy) busy += part;
    longest = std::max(longest, static_cast<double>((rank.end - rank.begin - busy).value()) / kUnit);
  }
  return longest;
}

int most_in_flight(const Program& program) {
  int most = 0;
  for (int rank = 0; rank < program.ranks; ++rank) most = std::max(most, peak_in_flight(program, rank));
  return most;
}

// Equal F, input gradient and W: with B = (p-1) · 3 units of 1F1B, ZB-1P waits B/3, ZB-2P and ZB-V not at all (arXiv 2401.10241).
TEST(Schedules, ZeroBubble) {
  for (const int p : {2, 4, 8, 16})
    for (const int m : {2 * p, 4 * p + 2}) {
      EXPECT_NEAR(longest_wait(make_program(Schedule::zb_1p, p, 1, m, {}), {}), (p - 1) * 1.0, 1e-9) << p;
      EXPECT_NEAR(longest_wait(make_program(Schedule::zb_2p, p, 1, m, {}), {}), 0.0, 1e-9) << p;
      EXPECT_NEAR(longest_wait(make_program(Schedule::zbv, p, 1, m, {}), {}), 0.0, 1e-9) << p;
      EXPECT_LE(most_in_flight(make_program(Schedule::zb_1p, p, 1, m, {})), p);
      EXPECT_LE(most_in_flight(make_program(Schedule::zb_2p, p, 1, m, {})), 2 * p);
      EXPECT_LE(most_in_flight(make_program(Schedule::zbv, p, 1, m, {})), 2 * p);  // two chunks: those of 1F1B
    }
}

// With B = (p-1) · 6 units for two chunks, V-Half waits B/2 with half the activations, V-Min 2B/3 with a third (arXiv 2405.15362,
// table 2), each but for the slot that the turn at the last rank saves.
TEST(Schedules, ControllableMemory) {
  for (const int p : {2, 4, 8, 16})
    for (const int m : {2 * p, 5 * p}) {
      const Program half = make_program(Schedule::v_half, p, 1, m, {}), least = make_program(Schedule::v_min, p, 1, m, {});
      if (p > 2) {
        EXPECT_NEAR(longest_wait(half, {}), (p - 1) * 3.0 - 1, 1e-9) << p;
      }
      EXPECT_NEAR(longest_wait(least, {}), (p - 1) * 4.0 - 1, 1e-9) << p;
      EXPECT_LE(most_in_flight(half), p + 2);
      EXPECT_LE(most_in_flight(least), (2 * p + 2) / 3 + 2);
    }
}

// DualPipeV is DualPipe's half: with twice the stages the same (PP/2-1)(F&B + B - 3W), on half the ranks.
TEST(Schedules, DualPipeVBubble) {
  const Durations d{.forward = 10, .backward_input = 10, .weight = 10, .pair = 30};
  for (const int p : {2, 4, 8})
    for (const int m : {2 * p, 4 * p}) {
      const Program program = make_program(Schedule::dualpipe_v, p, 1, m, {});
      EXPECT_NEAR(length(program, d) - 2 * m * 30.0, (p - 1) * (30.0 + 20.0 - 3 * 10.0), 1e-9);
      EXPECT_LE(most_in_flight(program), 2 * p + 1);
    }
}

TEST(Schedules, MemoryInFlight) {
  const Program program = make_program(Schedule::one_f_one_b, 8, 1, 32, {});
  for (int rank = 0; rank < 8; ++rank) EXPECT_EQ(peak_in_flight(program, rank), 8 - rank);
  EXPECT_LE(peak_in_flight(make_program(Schedule::zb_1p, 8, 1, 32, {}), 0), 8);
  EXPECT_LE(peak_in_flight(make_program(Schedule::zb_2p, 8, 1, 32, {}), 0), 16);
  for (int rank = 0; rank < 8; ++rank) EXPECT_LE(peak_in_flight(make_program(Schedule::dualpipe, 8, 1, 32, {}), rank), 9 + 1);
}

TEST(Pipeline, UnfoldedLanesGiveTheFoldedTimes) {
  const Durations d{.forward = 5, .backward_input = 7, .weight = 3, .pair = 14};
  for (const Schedule schedule : {Schedule::one_f_one_b, Schedule::dualpipe, Schedule::zb_1p}) {
    const Program program = make_program(schedule, 4, 1, 16, {});
    const PipelineResult folded = play(program, d, 1, 1);
    for (const auto& [lanes, group] : std::vector<std::pair<int, int>>{{6, 1}, {6, 3}, {6, 6}}) {
      const PipelineResult unfolded = play(program, d, lanes, group);
      EXPECT_EQ(unfolded.end, folded.end);
      for (std::size_t rank = 0; rank < 4; ++rank) EXPECT_EQ(unfolded.ranks[rank].end, folded.ranks[rank].end);
    }
  }
}

// Blocks that scatter keep their mean, are the same in every run and lane, and make a pipeline wait.
TEST(Pipeline, ScatteredBlocksKeepTheirMean) {
  const Program program = make_program(Schedule::one_f_one_b, 4, 1, 256, {});
  PipelineInput input{.program = &program};
  input.blocks.assign(4, {BlockTimes{Time(100 * kUnit), Time(200 * kUnit), Time(100 * kUnit), Time(100 * kUnit)}});
  for (const auto& chain : program.chains) input.send.emplace_back(chain.size() - 1, Time(0));
  const PipelineResult even = run_pipeline(input, {});
  input.block_log_sigma = 0.05;
  const PipelineResult scattered = run_pipeline(input, {}), again = run_pipeline(input, {});
  EXPECT_EQ(scattered.end, again.end);
  EXPECT_GT(scattered.end, even.end);
  for (std::size_t rank = 0; rank < 4; ++rank) {
    const double mean = static_cast<double>(even.ranks[rank].busy[static_cast<std::size_t>(StepPart::forward)].value());
    const double drawn = static_cast<double>(scattered.ranks[rank].busy[static_cast<std::size_t>(StepPart::forward)].value());
    EXPECT_NEAR(drawn / mean, 1, 0.05 * 4 / std::sqrt(256.0));
  }
  input.lanes = input.group = 2;
  EXPECT_EQ(run_pipeline(input, {}).end, scattered.end);
}

}  // namespace
}  // namespace gpufleet::sim
