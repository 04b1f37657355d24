#include "sim/training/program_v_shaped.h"

#include <algorithm>
#include <array>
#include <deque>
#include <limits>
#include <map>

#include "core/check.h"

namespace gpufleet::sim {
namespace {

/// Forward, input gradient and weight gradient of two chunks, a slot each: every micro-batch repeats the pattern after so many.
constexpr int kPeriod = 6;

/// Slots from one rank to the next in each of the four passes: forward down chunk 0 and up chunk 1, gradient down chunk 1 and up
/// chunk 0. Activations of a rank live for ranks · (sum over the passes) slots, i.e. that over the period are held.
struct Steps {
  int forward_down = 1, forward_up = 1, backward_down = 1, backward_up = 1;
};

Steps steps_of(Schedule schedule) {
  if (schedule == Schedule::v_half) return {2, 1, 2, 1};
  check(schedule == Schedule::v_min, "not a V-shaped schedule with little memory");
  return {1, 1, 1, 1};
}

/// Slots between the end of one pass and the begin of the next, at the ranks where they turn.
using Turns = std::array<int, 3>;

/// Start of each pass of micro-batch 0 on a rank.
std::array<int, 4> starts(const Steps& steps, const Turns& turns, int rank, int ranks) {
  const int last = ranks - 1;
  const int down = rank * steps.forward_down;
  const int up = last * steps.forward_down + turns[0] + (last - rank) * steps.forward_up;
  const int top = last * (steps.forward_down + steps.forward_up) + turns[0] + turns[1];
  const int back_down = top + rank * steps.backward_down;
  const int back_up = top + last * steps.backward_down + turns[2] + (last - rank) * steps.backward_up;
  return {down, up, back_down, back_up};
}

/// No two passes of a rank may want the same slot of the period.
bool fits(const Steps& steps, const Turns& turns, int ranks) {
  for (int rank = 0; rank < ranks; ++rank) {
    std::array<bool, kPeriod> taken{};
    for (const int start : starts(steps, turns, rank, ranks)) {
      bool& slot = taken[static_cast<std::size_t>(start % kPeriod)];
      if (slot) return false;
      slot = true;
    }
  }
  return true;
}

/// The shortest turns that fit.
Turns shortest_turns(const Steps& steps, int ranks) {
  for (int sum = 3; sum <= 3 * kPeriod; ++sum)
    for (int first = 1; first <= kPeriod; ++first)
      for (int second = 1; second <= kPeriod; ++second) {
        const Turns turns{first, second, sum - first - second};
        if (turns[2] >= 1 && turns[2] <= kPeriod && fits(steps, turns, ranks)) return turns;
      }
  check(false, "a V-shaped schedule finds no slots");
  return {};
}

/// Forwards and input gradients of a rank in the order of their starts.
std::vector<Op> passes_in_order(const std::array<int, 4>& starts, int micro_batches) {
  // Down is chunk 0 and up is chunk 1 forward; chunk 1's gradient runs down, chunk 0's up.
  constexpr std::array<Op, 4> kPasses{Op{.kind = OpKind::forward, .chunk = 0}, Op{.kind = OpKind::forward, .chunk = 1},
                                      Op{.kind = OpKind::backward_input, .chunk = 1},
                                      Op{.kind = OpKind::backward_input, .chunk = 0}};
  std::map<int, Op> slots;
  for (int i = 0; i < micro_batches; ++i)
    for (std::size_t pass = 0; pass < kPasses.size(); ++pass) {
      Op op = kPasses[pass];
      op.micro_batch = i;
      slots.emplace(starts[pass] + i * kPeriod, op);
    }
  std::vector<Op> ops;
  for (const auto& [at, op] : slots) ops.push_back(op);
  return ops;
}

/// Zero-bubble V (Qi et al., arXiv 2401.10241, s. 6): the first forwards fill the way to the loss and back, then each rank
/// alternates forward, input gradient and weight gradient of its two chunks; in the end weight gradients fill the way back.
std::vector<Op> zbv_ops(int rank, int ranks, int micro_batches) {
  std::vector<Op> ops;
  std::array<int, 2> forwards{}, inputs{}, weights{};
  const auto next = [&](OpKind kind, std::array<int, 2>& count, std::size_t chunk) {
    if (count[chunk] < micro_batches)
      ops.push_back({.kind = kind, .chunk = static_cast<std::int32_t>(chunk), .micro_batch = count[chunk]++});
  };
  const auto forward = [&](std::size_t chunk) { next(OpKind::forward, forwards, chunk); };
  const auto input = [&](std::size_t chunk) { next(OpKind::backward_input, inputs, chunk); };
  const auto weight = [&](std::size_t chunk) {
    if (weights[chunk] < inputs[chunk]) next(OpKind::weight, weights, chunk);
  };
  for (int i = 0; i < 2 * (ranks - rank) - 1; ++i) forward(0);
  for (int i = 0; i < rank; ++i) {
    forward(1);
    forward(0);
  }
  for (int i = 0; i < ranks - rank; ++i) {
    forward(1);
    input(1);
    weight(1);
  }
  while (forwards[1] < micro_batches || forwards[0] < micro_batches) {
    forward(0);
    input(0);
    weight(0);
    forward(1);
    input(1);
    weight(1);
  }
  for (int i = 0; i < rank; ++i) {
    input(0);
    input(1);
  }
  for (int i = 0; i < ranks - rank; ++i) {
    input(0);
    weight(0);
  }
  while (inputs[1] < micro_batches) input(1);
  while (weights[1] < micro_batches) weight(1);
  while (weights[0] < micro_batches) weight(0);
  return ops;
}

/// Plays the passes in their order and puts weight gradients where a rank would wait, or where it holds as many activations as it
/// may.
class WeightFiller {
 public:
  WeightFiller(const Program& passes, int held_at_most, const NominalTimes& times)
      : passes_(passes), most_(held_at_most), times_(times), ranks_(static_cast<std::size_t>(passes.ranks)) {
    const std::vector<double> never(static_cast<std::size_t>(passes.micro_batches), kNever);
    forward_ready_.assign(2 * ranks_, never);
    backward_ready_ = forward_ready_;
    std::fill(forward_ready_[0].begin(), forward_ready_[0].end(), 0.0);
  }

  Program fill() {
    Program out = passes_;
    for (auto& ops : out.ops) ops.clear();
    std::vector<Rank> ranks(ranks_);
    for (;;) {
      // The rank that can act earliest acts; ties go to the lower one.
      std::size_t best = ranks_;
      double soonest = kNever;
      bool pass = false;
      for (std::size_t r = 0; r < ranks_; ++r) {
        const auto [at, is_pass] = next_act(r, ranks[r]);
        if (at < soonest) {
          soonest = at;
          best = r;
          pass = is_pass;
        }
      }
      if (best == ranks_) break;
      act(best, ranks[best], soonest, pass, out.ops[best]);
    }
    return out;
  }

 private:
  static constexpr double kNever = std::numeric_limits<double>::infinity();
  struct Rank {
    std::size_t next = 0;
    double free = 0;
    int held = 0;
    std::deque<Op> weights;
  };

  [[nodiscard]] std::size_t position(std::size_t rank, int chunk) const { return chunk == 0 ? rank : 2 * ranks_ - 1 - rank; }
  [[nodiscard]] std::pair<double, bool> next_act(std::size_t r, const Rank& rank) const {
    double pass = kNever;
    if (rank.next < passes_.ops[r].size()) {
      const Op& op = passes_.ops[r][rank.next];
      const auto& ready = op.kind == OpKind::forward ? forward_ready_ : backward_ready_;
      pass = std::max(rank.free, ready[position(r, op.chunk)][static_cast<std::size_t>(op.micro_batch)]);
      if (op.kind == OpKind::forward && rank.held >= most_ && !rank.weights.empty()) return {rank.free, false};
    }
    if (!rank.weights.empty() && pass > rank.free) return {rank.free, false};
    return {pass, true};
  }
  void act(std::size_t r, Rank& rank, double at, bool pass, std::vector<Op>& ops) {
    if (!pass) {
      ops.push_back(rank.weights.front());
      rank.weights.pop_front();
      rank.free = at + times_.weight;
      --rank.held;
      return;
    }
    const Op& op = passes_.ops[r][rank.next++];
    ops.push_back(op);
    const auto i = static_cast<std::size_t>(op.micro_batch);
    const std::size_t here = position(r, op.chunk), last = 2 * ranks_ - 1;
    const auto send = [&](std::size_t from, std::size_t to) {
      return std::min(from, last - from) == std::min(to, last - to) ? 0.0 : times_.send;
    };
    if (op.kind == OpKind::forward) {
      rank.free = at + times_.forward;
      ++rank.held;
      if (here == last)
        backward_ready_[here][i] = rank.free;
      else
        forward_ready_[here + 1][i] = rank.free + send(here, here + 1);
    } else {
      rank.free = at + times_.backward_input;
      if (here > 0) backward_ready_[here - 1][i] = rank.free + send(here, here - 1);
      rank.weights.push_back({.kind = OpKind::weight, .chunk = op.chunk, .micro_batch = op.micro_batch});
    }
  }

  const Program& passes_;
  int most_;
  NominalTimes times_;
  std::size_t ranks_;
  std::vector<std::vector<double>> forward_ready_, backward_ready_;  // [position][micro-batch]
};

/// Activations of chunks that a rank holds when passes start every period and weight gradients follow soon.
int pattern_held(const Steps& steps, int ranks) {
  const int lived = ranks * (steps.forward_down + steps.forward_up + steps.backward_down + steps.backward_up);
  return (lived + kPeriod - 1) / kPeriod + 2;  // and the two passes that begin while the weight gradients of others wait
}

}  // namespace

Program v_shaped_program(Schedule schedule, int ranks, int micro_batches, const NominalTimes& times) {
  Program program{.ranks = ranks, .chunks = 2, .micro_batches = micro_batches, .chains = {{}}, .ops = {}};
  for (int rank = 0; rank < ranks; ++rank) program.chains[0].push_back({rank, 0});
  for (int rank = ranks - 1; rank >= 0; --rank) program.chains[0].push_back({rank, 1});
  if (schedule == Schedule::zbv) {
    for (int rank = 0; rank < ranks; ++rank) program.ops.push_back(zbv_ops(rank, ranks, micro_batches));
    return program;
  }
  const Steps steps = steps_of(schedule);
  const Turns turns = shortest_turns(steps, ranks);
  for (int rank = 0; rank < ranks; ++rank)
    program.ops.push_back(passes_in_order(starts(steps, turns, rank, ranks), micro_batches));
  return WeightFiller(program, pattern_held(steps, ranks), times).fill();
}

}  // namespace gpufleet::sim
