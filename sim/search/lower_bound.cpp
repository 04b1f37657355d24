#include "sim/search/lower_bound.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "sim/training/epilogue.h"
#include "sim/training/placement.h"

namespace gpufleet::sim {
namespace {

// Sums of doubles in another order than the simulator's may exceed them by rounding.
constexpr double kRounding = 1.0 - 1e-9;

const WorkSeconds& at(const BoundInput& in, int position) { return in.positions[static_cast<std::size_t>(position)]; }

bool whole_backward(Schedule schedule) {
  return schedule == Schedule::gpipe || schedule == Schedule::one_f_one_b || schedule == Schedule::interleaved;
}

/// A pair's two streams, each of which runs its items one after the other.
double pair_bound(const WorkSeconds& forward, const WorkSeconds& backward) {
  return std::max(forward.compute_forward + backward.compute_backward, forward.network_forward + backward.network_backward);
}

/// All blocks of one rank of DualPipe (and of its halved form, whose ranks are the first half of twice as many). `enters` is the
/// position of the direction that enters the pipeline on this half, `leaves` that of the other; `each` micro-batches come from
/// either side. Blocks that are not overlapped are counted as the schedule orders them (program.cpp).
double paired_work(const WorkSeconds& enters, const WorkSeconds& leaves, int half_rank, int half_ranks, std::int64_t each) {
  const int outer = half_ranks - half_rank - 1;
  const int middle = outer == 0 ? 1 : 0;  // the first pair of the middle ranks is cut in two
  const auto forward_enters = static_cast<double>(2 * outer + half_rank + 1 + middle);
  const auto backward_leaves = static_cast<double>(2 * outer + half_rank + 1 + middle);
  const auto others = static_cast<double>(half_ranks);  // forwards of the leaving, backwards of the entering direction
  const double pairs_enter = static_cast<double>(each) - forward_enters, pairs_leave = static_cast<double>(each) - others;
  const auto backward = [](const WorkSeconds& one) {
    return std::min(one.backward_block(), one.input_block() + one.weight_block());
  };
  return forward_enters * enters.forward_block() + others * leaves.forward_block() + others * backward(enters) +
         backward_leaves * backward(leaves) + pairs_enter * pair_bound(enters, leaves) + pairs_leave * pair_bound(leaves, enters);
}

/// Work of a rank; `ahead` is the sum of forwards before its first position.
double dualpipe_bound(const BoundInput& in) {
  const int p = in.ranks;
  double bound = 0, ahead = 0;
  std::int64_t each = in.micro_batches / 2;
  // Both directions pass the same model: rank r holds positions r and p-1-r, and so does its mirror.
  for (int r = 0; r < p / 2; ++r) {
    const WorkSeconds &near = at(in, r), &far = at(in, p - 1 - r);
    bound = std::max(bound, ahead + paired_work(near, far, r, p / 2, each));
    ahead += near.forward_block();
  }
  return bound;
}

double dualpipe_v_bound(const BoundInput& in) {
  double bound = 0, ahead = 0;
  for (int r = 0; r < in.ranks; ++r) {
    const WorkSeconds &down = at(in, r), &up = at(in, 2 * in.ranks - 1 - r);
    bound = std::max(bound, ahead + paired_work(down, up, r, in.ranks, in.micro_batches));
    ahead += down.forward_block();
  }
  return bound;
}

double plain_bound(const BoundInput& in) {
  const ChainShape shape = chain_shape(in.schedule);
  const auto batches = static_cast<double>(in.micro_batches);
  const bool whole = whole_backward(in.schedule);
  double bound = 0, ahead = 0, behind = 0;
  for (int r = 0; r < in.ranks; ++r) {
    double forward = 0, input = 0, weight = 0, backward = 0;
    for (int c = 0; c < in.chunks; ++c) {
      const int position = shape == ChainShape::v ? (c == 0 ? r : 2 * in.ranks - 1 - r) : c * in.ranks + r;
      forward += at(in, position).forward_block();
      input += at(in, position).input_block();
      weight += at(in, position).weight_block();
      backward += at(in, position).backward_block();
    }
    const WorkSeconds& first = at(in, r);
    if (whole) {
      // After a rank's last backward pass, those of all positions before it follow.
      bound = std::max(bound, ahead + batches * (forward + backward) + behind);
      behind += first.backward_block();
    } else {
      // Deferred weight gradients may run while the input gradients travel back.
      bound = std::max(bound, ahead + batches * (forward + input + weight));
      bound = std::max(bound, ahead + batches * (forward + input) + behind);
      behind += first.input_block();
    }
    ahead += first.forward_block();
  }
  return bound;
}

/// What the sum of a rank's blocks may come to, of its mean. A rank has at least a forward and a backward block of each
/// micro-batch and chunk; that they last unequally long adds a twentieth to the standard error of their sum.
double least_of_mean(const BoundInput& in) {
  constexpr double kErrors = 4, kUnequal = 1.05;
  const double blocks = 2.0 * static_cast<double>(in.micro_batches) * in.chunks;
  return std::max(0.0, 1 - kErrors * kUnequal * in.scatter / std::sqrt(blocks));
}

}  // namespace

double block_scatter(const TrainingJob& job) {
  return std::hypot(job.block_log_sigma, job.layout.ep > 1 ? job.implementation.expert_imbalance - 1 : 0.0);
}

double pipeline_bound(const BoundInput& in) {
  const double least = kRounding * least_of_mean(in);
  switch (in.schedule) {
    case Schedule::dualpipe: return least * dualpipe_bound(in);
    case Schedule::dualpipe_v: return least * dualpipe_v_bound(in);
    default: return least * plain_bound(in);
  }
}

double any_cut_bound(const BoundInput& in, double gathered) {
  // Whatever the cut, some rank has at least the mean; in pairs no more than the longer stream is certain.
  double work = 0, compute = 0, network = 0;
  for (const WorkSeconds& one : in.positions) {
    work += one.forward + (whole_backward(in.schedule) ? one.backward : one.input + one.weight);
    compute += one.compute_forward + one.compute_backward;
    network += one.network_forward + one.network_backward;
  }
  const bool pairs = in.schedule == Schedule::dualpipe || in.schedule == Schedule::dualpipe_v;
  double one_batch = work;
  if (pairs) one_batch = std::min(work, std::max(compute, network));
  // Backward passes that are split into two blocks are simulated without gathers and scatters beside them.
  if (whole_backward(in.schedule)) one_batch = std::max(work, gathered);
  return kRounding * least_of_mean(in) * one_batch * static_cast<double>(in.micro_batches) / in.ranks;
}

double epilogue_bound(const TrainingJob& job, std::span<const Segment> first_rank, double last_backward) {
  const EpilogueTimes times = epilogue_times(job, 0, std::vector<Segment>(first_rank.begin(), first_rank.end()), {});
  double reduce = 0;
  double layers = 0;
  for (const std::int64_t count : times.layers) layers += static_cast<double>(count);
  if (!job.overlap.grad_reduce) {
    for (const double one : times.gradient_reduce) reduce += one;
  } else if (times.gradient_reduce.size() == 1 && whole_backward(job.layout.schedule)) {
    const double whole = times.gradient_reduce.front(), buckets = static_cast<double>(times.layers.front());
    reduce = std::max(whole / buckets, whole - last_backward * (1 - 1 / buckets));
  }
  const double gather = times.parameter_gather / (job.overlap.param_gather ? std::max(1.0, layers) : 1.0);
  return kRounding * (std::max(0.0, reduce) + times.norm + times.optimizer + gather);
}

double sharding_seconds(const TrainingJob& job) {
  if (job.layout.zero < 3) return 0;
  const models::Architecture& a = job.architecture;
  const Stage& stage = job.layout.stages.front();
  const FabricModel& fabric = job.pools[static_cast<std::size_t>(stage.pool)].fabric;
  const models::Shard shard = shard_of(job, stage.tp);
  const GroupPlacement dense = dense_replica_group(job, 0), expert = expert_replica_group(job, 0);
  const auto moved = [&](const models::RankParameters& p) {
    const auto seconds = [&](CollectiveOp op, double value_bytes) {
      double total = collective_time(fabric, op, (p.linear + p.plain) * value_bytes, dense).value();
      if (p.experts > 0) total += collective_time(fabric, op, p.experts * value_bytes, expert).value();
      return total;
    };
    return 2 * seconds(CollectiveOp::all_gather, hw::bytes_per_value(job.precision.parameters)) +
           seconds(CollectiveOp::reduce_scatter, hw::bytes_per_value(job.precision.gradients));
  };
  double total = 0;
  for (const models::LayerKind kind : {models::LayerKind::dense, models::LayerKind::moe}) {
    std::int64_t count = 0;
    for (std::int64_t layer = 0; layer < a.layers; ++layer) count += a.layer_kind(layer) == kind ? 1 : 0;
    if (count > 0) total += static_cast<double>(count) * moved(models::layer_rank_parameters(a, kind, shard));
  }
  return total;
}

}  // namespace gpufleet::sim
