#include "sim/training/program_zero_bubble.h"

#include <algorithm>
#include <array>
#include <limits>

#include "core/check.h"

namespace gpufleet::sim {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();

/// What distinguishes the members: placement, and how many activations of chunks a rank may hold (from a forward to the weight
/// gradient of its micro-batch).
struct Policy {
  bool v_shaped = false;
  int limit = 1;
};

Policy policy_of(Schedule schedule, int ranks) {
  switch (schedule) {
    case Schedule::zb_2p: return {false, 2 * ranks};
    case Schedule::zbv: return {true, 2 * ranks};
    default: check(false, "not a zero-bubble schedule"); return {};
  }
}

/// Plays the pipeline: every rank takes, whenever it is free, the ready work of highest rank: input gradients (they free others),
/// then forwards within the limit (later chunks first), then weight gradients.
class Player {
 public:
  Player(int ranks, int micro_batches, const Policy& policy, const NominalTimes& times)
      : ranks_(ranks), batches_(micro_batches), policy_(policy), times_(times), chunks_(policy.v_shaped ? 2 : 1) {
    for (int rank = 0; rank < ranks; ++rank) chain_.push_back({rank, 0});
    if (policy.v_shaped)
      for (int rank = ranks - 1; rank >= 0; --rank) chain_.push_back({rank, 1});
    const auto positions = chain_.size();
    forward_ready_.assign(positions, std::vector<double>(static_cast<std::size_t>(batches_), kNever));
    backward_ready_ = forward_ready_;
    std::fill(forward_ready_[0].begin(), forward_ready_[0].end(), 0.0);
    state_.assign(static_cast<std::size_t>(ranks), RankState{});
  }

  Program play() {
    Program program{.ranks = ranks_, .chunks = chunks_, .micro_batches = batches_, .chains = {chain_}, .ops = {}};
    program.ops.resize(static_cast<std::size_t>(ranks_));
    const std::size_t per_rank = static_cast<std::size_t>(3 * chunks_ * batches_);
    for (std::size_t done = 0; done < per_rank * static_cast<std::size_t>(ranks_);) {
      // The rank that can start something earliest acts; ties go to the lower rank, so the play is deterministic.
      int best_rank = -1;
      Choice best;
      for (int rank = 0; rank < ranks_; ++rank) {
        const Choice choice = choose(rank);
        if (choice.start < best.start) {
          best = choice;
          best_rank = rank;
        }
      }
      check(best_rank >= 0, "zero-bubble play is stuck");
      act(best_rank, best, program.ops[static_cast<std::size_t>(best_rank)]);
      ++done;
    }
    return program;
  }

 private:
  struct RankState {
    double free = 0;
    int held = 0;  // activations
    std::array<int, 2> next_forward{}, next_backward{}, next_weight{};
  };
  struct Choice {
    double start = kNever;
    OpKind kind = OpKind::forward;
    int chunk = 0;
  };

  [[nodiscard]] std::size_t position(int rank, int chunk) const {
    return static_cast<std::size_t>(chunk == 0 ? rank : 2 * ranks_ - 1 - rank);
  }

  [[nodiscard]] Choice choose(int rank) const {
    const RankState& state = state_[static_cast<std::size_t>(rank)];
    Choice best;
    // Work in falling priority; a lower priority wins only if it can start strictly earlier.
    const auto offer = [&](double ready, OpKind kind, int chunk) {
      const double start = std::max(ready, state.free);
      if (start < best.start) best = {start, kind, chunk};
    };
    for (int chunk = 0; chunk < chunks_; ++chunk) {
      const auto c = static_cast<std::size_t>(chunk);
      if (state.next_backward[c] < batches_)
        offer(backward_ready_[position(rank, chunk)][static_cast<std::size_t>(state.next_backward[c])], OpKind::backward_input,
              chunk);
    }
    for (int chunk = chunks_ - 1; chunk >= 0; --chunk) {
      const auto c = static_cast<std::size_t>(chunk);
      // The last chunk's forward is what frees memory, so a chunk before it leaves room for one.
      const bool allowed = state.held + (chunk + 1 < chunks_ ? chunks_ - 1 : 0) < policy_.limit;
      if (state.next_forward[c] < batches_ && allowed)
        offer(forward_ready_[position(rank, chunk)][static_cast<std::size_t>(state.next_forward[c])], OpKind::forward, chunk);
    }
    for (int chunk = chunks_ - 1; chunk >= 0; --chunk) {
      const auto c = static_cast<std::size_t>(chunk);
      if (state.next_weight[c] < state.next_backward[c]) offer(state.free, OpKind::weight, chunk);
    }
    return best;
  }

  void act(int rank, const Choice& choice, std::vector<Op>& ops) {
    RankState& state = state_[static_cast<std::size_t>(rank)];
    const auto c = static_cast<std::size_t>(choice.chunk);
    const std::size_t here = position(rank, choice.chunk);
    const auto arrive = [&](std::size_t there, double end) { return end + (chain_[there].rank == rank ? 0.0 : times_.send); };
    int micro_batch = 0;
    double duration = 0;
    switch (choice.kind) {
      case OpKind::forward: {
        micro_batch = state.next_forward[c]++;
        duration = times_.forward;
        const double end = choice.start + duration;
        ++state.held;
        if (here + 1 < chain_.size())
          forward_ready_[here + 1][static_cast<std::size_t>(micro_batch)] = arrive(here + 1, end);
        else
          backward_ready_[here][static_cast<std::size_t>(micro_batch)] = end;
        break;
      }
      case OpKind::backward_input: {
        micro_batch = state.next_backward[c]++;
        duration = times_.backward_input;
        if (here > 0)
          backward_ready_[here - 1][static_cast<std::size_t>(micro_batch)] = arrive(here - 1, choice.start + duration);
        break;
      }
      default:
        micro_batch = state.next_weight[c]++;
        duration = times_.weight;
        --state.held;
        break;
    }
    state.free = choice.start + duration;
    ops.push_back({.kind = choice.kind, .chunk = choice.chunk, .micro_batch = micro_batch});
  }

  int ranks_, batches_;
  Policy policy_;
  NominalTimes times_;
  int chunks_;
  std::vector<Place> chain_;
  std::vector<std::vector<double>> forward_ready_, backward_ready_;  // [position][micro-batch], time
  std::vector<RankState> state_;
};

}  // namespace

Program zero_bubble_program(Schedule schedule, int ranks, int micro_batches, const NominalTimes& times) {
  return Player(ranks, micro_batches, policy_of(schedule, ranks), times).play();
}

}  // namespace gpufleet::sim
