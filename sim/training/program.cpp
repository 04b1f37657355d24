// Schedules with a fixed order: GPipe, 1F1B, interleaved 1F1B (Narayanan et al. 2021, arXiv 2104.04473), DualPipe (DeepSeek-V3
// report, arXiv 2412.19437, s. 3.2.1; op counts per step as in the published DualPipe program), ZB-1P. The rest of the
// zero-bubble family, which orders work by its durations, is in program_zero_bubble.cpp.
#include "sim/training/program.h"

#include <fmt/format.h>
#include <algorithm>

#include "core/check.h"
#include "sim/training/program_v_shaped.h"
#include "sim/training/program_zero_bubble.h"

namespace gpufleet::sim {
namespace {

Op forward(int chunk, int micro_batch) { return {.kind = OpKind::forward, .chunk = chunk, .micro_batch = micro_batch}; }
Op backward(int chunk, int micro_batch) { return {.kind = OpKind::backward, .chunk = chunk, .micro_batch = micro_batch}; }

std::vector<Place> straight_chain(int ranks, int chunks) {
  std::vector<Place> chain;
  for (int chunk = 0; chunk < chunks; ++chunk)
    for (int rank = 0; rank < ranks; ++rank) chain.push_back({rank, chunk});
  return chain;
}

Program gpipe(int ranks, int micro_batches) {
  Program program{.ranks = ranks, .chunks = 1, .micro_batches = micro_batches, .chains = {straight_chain(ranks, 1)}, .ops = {}};
  for (int rank = 0; rank < ranks; ++rank) {
    std::vector<Op> ops;
    for (int i = 0; i < micro_batches; ++i) ops.push_back(forward(0, i));
    for (int i = 0; i < micro_batches; ++i) ops.push_back(backward(0, i));
    program.ops.push_back(std::move(ops));
  }
  return program;
}

Program one_f_one_b(int ranks, int micro_batches) {
  Program program{.ranks = ranks, .chunks = 1, .micro_batches = micro_batches, .chains = {straight_chain(ranks, 1)}, .ops = {}};
  for (int rank = 0; rank < ranks; ++rank) {
    const int warmup = std::min(ranks - 1 - rank, micro_batches);
    std::vector<Op> ops;
    for (int i = 0; i < warmup; ++i) ops.push_back(forward(0, i));
    for (int i = warmup; i < micro_batches; ++i) {
      ops.push_back(forward(0, i));
      ops.push_back(backward(0, i - warmup));
    }
    for (int i = micro_batches - warmup; i < micro_batches; ++i) ops.push_back(backward(0, i));
    program.ops.push_back(std::move(ops));
  }
  return program;
}

// ZB-1P (ZB-H1 of Qi et al., arXiv 2401.10241): 1F1B with the weight gradients of rank r delayed by r micro-batches, so that
// every rank holds at most `ranks` activations and the last ranks' weight gradients fill the drain.
Program zb_1p(int ranks, int micro_batches) {
  Program program{.ranks = ranks, .chunks = 1, .micro_batches = micro_batches, .chains = {straight_chain(ranks, 1)}, .ops = {}};
  for (int rank = 0; rank < ranks; ++rank) {
    const int warmup = std::min(ranks - 1 - rank, micro_batches);
    std::vector<Op> ops;
    int weights = 0;
    const auto backward_input = [&](int i) { ops.push_back({.kind = OpKind::backward_input, .chunk = 0, .micro_batch = i}); };
    const auto weight = [&] { ops.push_back({.kind = OpKind::weight, .chunk = 0, .micro_batch = weights++}); };
    for (int i = 0; i < warmup; ++i) ops.push_back(forward(0, i));
    for (int i = warmup; i < micro_batches; ++i) {
      ops.push_back(forward(0, i));
      backward_input(i - warmup);
      if (i - warmup >= rank) weight();
    }
    for (int i = micro_batches - warmup; i < micro_batches; ++i) {
      backward_input(i);
      weight();
    }
    while (weights < micro_batches) weight();
    program.ops.push_back(std::move(ops));
  }
  return program;
}

// Forward order of a rank as (chunk, micro-batch): groups of `ranks` micro-batches pass chunk after chunk.
std::vector<std::pair<int, int>> virtual_order(int ranks, int chunks, int micro_batches) {
  std::vector<std::pair<int, int>> order;
  for (int begin = 0; begin < micro_batches; begin += ranks)
    for (int chunk = 0; chunk < chunks; ++chunk)
      for (int i = begin; i < begin + ranks; ++i) order.emplace_back(chunk, i);
  return order;
}

Program interleaved(int ranks, int chunks, int micro_batches) {
  Program program{
      .ranks = ranks, .chunks = chunks, .micro_batches = micro_batches, .chains = {straight_chain(ranks, chunks)}, .ops = {}};
  const std::vector<std::pair<int, int>> order = virtual_order(ranks, chunks, micro_batches);
  const int total = static_cast<int>(order.size());
  for (int rank = 0; rank < ranks; ++rank) {
    const int warmup = std::min((ranks - rank - 1) * 2 + (chunks - 1) * ranks, total);
    const auto forward_op = [&](int k) {
      const auto& [chunk, i] = order[static_cast<std::size_t>(k)];
      return forward(chunk, i);
    };
    const auto backward_op = [&](int k) {
      const auto& [chunk, i] = order[static_cast<std::size_t>(k)];
      return backward(chunks - 1 - chunk, i);
    };
    std::vector<Op> ops;
    for (int k = 0; k < warmup; ++k) ops.push_back(forward_op(k));
    for (int k = warmup; k < total; ++k) {
      ops.push_back(forward_op(k));
      ops.push_back(backward_op(k - warmup));
    }
    for (int k = total - warmup; k < total; ++k) ops.push_back(backward_op(k));
    program.ops.push_back(std::move(ops));
  }
  return program;
}

// One rank of DualPipe. Phase 0 is the direction that enters the pipeline on this rank's half. A rank holds two chunks: chunk 0
// serves the direction that runs rank 0 -> p-1, chunk 1 the other.
class DualPipeRank {
 public:
  DualPipeRank(int rank, int ranks) : second_half_(rank >= ranks / 2) {}
  void forward(int phase) { ops_.push_back(sim::forward(chunk(phase), next_forward_[phase]++)); }
  void backward(int phase, bool input_only) {
    const int micro_batch = next_backward_[phase]++;
    ops_.push_back(
        {.kind = input_only ? OpKind::backward_input : OpKind::backward, .chunk = chunk(phase), .micro_batch = micro_batch});
    if (input_only) pending_weights_.push_back({.kind = OpKind::weight, .chunk = chunk(phase), .micro_batch = micro_batch});
  }
  void pair(int forward_phase, int backward_phase) {
    ops_.push_back({.kind = OpKind::pair,
                    .chunk = chunk(forward_phase),
                    .micro_batch = next_forward_[forward_phase]++,
                    .backward_chunk = chunk(backward_phase),
                    .backward_micro_batch = next_backward_[backward_phase]++});
  }
  void weight() {
    check(!pending_weights_.empty(), "DualPipe: a weight op without a deferred gradient");
    ops_.push_back(pending_weights_.front());
    pending_weights_.erase(pending_weights_.begin());
  }
  std::vector<Op> take() {
    check(pending_weights_.empty(), "DualPipe: a deferred weight gradient was never computed");
    return std::move(ops_);
  }

 private:
  [[nodiscard]] int chunk(int phase) const { return second_half_ ? 1 - phase : phase; }
  bool second_half_;
  int next_forward_[2] = {0, 0};
  int next_backward_[2] = {0, 0};
  std::vector<Op> ops_;
  std::vector<Op> pending_weights_;
};

Program dualpipe(int ranks, int micro_batches) {
  const int half_ranks = ranks / 2, half_batches = micro_batches / 2;
  Program program{.ranks = ranks, .chunks = 2, .micro_batches = half_batches, .chains = {{}, {}}, .ops = {}};
  for (int i = 0; i < ranks; ++i) {
    program.chains[0].push_back({i, 0});
    program.chains[1].push_back({ranks - 1 - i, 1});
  }
  for (int rank = 0; rank < ranks; ++rank) {
    const int half_rank = std::min(rank, ranks - 1 - rank);
    const bool middle = rank == half_ranks - 1 || rank == half_ranks;
    DualPipeRank work(rank, ranks);
    for (int i = 0; i < (half_ranks - half_rank - 1) * 2; ++i) work.forward(0);  // 1: nF0
    for (int i = 0; i < half_rank + 1; ++i) {
      work.forward(0);
      work.forward(1);
    }                                                       // 2: nF0F1
    for (int i = 0; i < half_ranks - half_rank - 1; ++i) {  // 3: nB1W1F1
      work.backward(1, true);
      work.weight();
      work.forward(1);
    }
    for (int i = 0; i < half_batches - ranks + half_rank + 1; ++i) {  // 4: nF0B1F1B0
      if (i == 0 && middle) {                                         // the first pair of the middle ranks would wait for itself
        work.forward(0);
        work.backward(1, false);
      } else {
        work.pair(0, 1);
      }
      work.pair(1, 0);
    }
    for (int i = 0; i < half_ranks - half_rank - 1; ++i) {
      work.backward(1, false);
      work.pair(1, 0);
    }  // 5: nB1F1B0
    bool input_only = false;
    for (int i = 0; i < half_rank + 1; ++i) {  // 6: nB1B0
      if (i == (half_rank + 1) / 2 && half_rank % 2 == 1) input_only = true;
      work.backward(1, input_only);
      if (i == (half_rank + 1) / 2 && half_rank % 2 == 0) input_only = true;
      work.backward(0, input_only);
    }
    for (int i = 0; i < half_ranks - half_rank - 1; ++i) {
      work.weight();
      work.backward(0, true);
    }                                                       // 7: nWB0
    for (int i = 0; i < half_rank + 1; ++i) work.weight();  // 8: nW
    program.ops.push_back(work.take());
  }
  return program;
}

// DualPipe cut in half (DualPipeV, github.com/deepseek-ai/DualPipe): by the schedule's symmetry, what comes from the other end of
// twice the ranks is what went down on these ranks, so one chain runs down chunk 0 and back up chunk 1.
Program dualpipe_v(int ranks, int micro_batches) {
  Program whole = dualpipe(2 * ranks, 2 * micro_batches);
  Program program{.ranks = ranks, .chunks = 2, .micro_batches = micro_batches, .chains = {{}}, .ops = {}};
  for (int rank = 0; rank < ranks; ++rank) program.chains[0].push_back({rank, 0});
  for (int rank = ranks - 1; rank >= 0; --rank) program.chains[0].push_back({rank, 1});
  for (int rank = 0; rank < ranks; ++rank) program.ops.push_back(std::move(whole.ops[static_cast<std::size_t>(rank)]));
  return program;
}

}  // namespace

std::optional<std::string> refusal(Schedule schedule, int ranks, int virtual_stages, std::int64_t micro_batches) {
  if (micro_batches < 1) return "there is no micro-batch for each replica";
  switch (schedule) {
    case Schedule::interleaved:
      if (virtual_stages < 2) return "the interleaved schedule needs virtual_stages of at least 2";
      if (micro_batches % ranks != 0)
        return fmt::format("the interleaved schedule needs micro-batches a replica ({}) divisible by pp ({})", micro_batches,
                           ranks);
      return std::nullopt;
    case Schedule::dualpipe_v:
      if (micro_batches < 2 * ranks)
        return fmt::format("DualPipeV needs at least 2 x pp = {} micro-batches a replica, got {}", 2 * ranks, micro_batches);
      break;
    case Schedule::dualpipe:
      if (ranks % 2 != 0) return fmt::format("DualPipe needs an even number of pipeline stages, got {}", ranks);
      if (micro_batches % 2 != 0) return fmt::format("DualPipe needs an even number of micro-batches, got {}", micro_batches);
      if (micro_batches < 2 * ranks)
        return fmt::format("DualPipe needs at least 2 x pp = {} micro-batches a replica, got {}", 2 * ranks, micro_batches);
      return std::nullopt;
    default: break;
  }
  if (virtual_stages != 1) return "virtual_stages above 1 needs the interleaved schedule";
  return std::nullopt;
}

int chunks_per_rank(Schedule schedule, int virtual_stages) {
  switch (schedule) {
    case Schedule::interleaved: return virtual_stages;
    case Schedule::dualpipe:
    case Schedule::dualpipe_v:
    case Schedule::zbv:
    case Schedule::v_half:
    case Schedule::v_min: return 2;
    default: return 1;
  }
}

Program make_program(Schedule schedule, int ranks, int virtual_stages, std::int64_t micro_batches, const NominalTimes& times) {
  check(!refusal(schedule, ranks, virtual_stages, micro_batches).has_value(), "make_program: the schedule refuses these numbers");
  const int batches = static_cast<int>(micro_batches);
  switch (schedule) {
    case Schedule::gpipe: return gpipe(ranks, batches);
    case Schedule::one_f_one_b: return one_f_one_b(ranks, batches);
    case Schedule::interleaved: return interleaved(ranks, virtual_stages, batches);
    case Schedule::zb_1p: return zb_1p(ranks, batches);
    case Schedule::dualpipe: return dualpipe(ranks, batches);
    case Schedule::dualpipe_v: return dualpipe_v(ranks, batches);
    case Schedule::v_half:
    case Schedule::v_min: return v_shaped_program(schedule, ranks, batches, times);
    case Schedule::zbv:
      if (batches >= 2 * ranks) return v_shaped_program(schedule, ranks, batches, times);
      return zero_bubble_program(schedule, ranks, batches, times);
    default: return zero_bubble_program(schedule, ranks, batches, times);
  }
}

int peak_in_flight(const Program& program, int rank) {
  int held = 0, peak = 0;
  for (const Op& op : program.ops[static_cast<std::size_t>(rank)]) {
    switch (op.kind) {
      case OpKind::forward: peak = std::max(peak, ++held); break;
      case OpKind::pair: peak = std::max(peak, held + 1); break;  // one begins while another ends
      case OpKind::backward:
      case OpKind::weight: --held; break;
      case OpKind::backward_input: break;  // its weight op still needs the activations
    }
  }
  return peak;
}

}  // namespace gpufleet::sim
