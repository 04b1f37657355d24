// Bytes of the shared steps, per value of the tensor named in each comment (a = bytes of an activation).
#include "models/rank_view.h"

#include "core/check.h"
#include "models/counts.h"

namespace gpufleet::models {
namespace {
constexpr double kMaskBytes = 1;  // dropout keeps one byte a value
}  // namespace

std::int64_t split(std::int64_t value, std::int64_t parts) { return (value + parts - 1) / parts; }

RankView rank_view(const Shard& shard, const MicroBatch& micro_batch, const Implementation& implementation) {
  check(shard.tp > 0 && shard.cp > 0 && shard.ep > 0 && shard.expert_tp > 0, "parallel degrees are positive");
  RankView view;
  view.tp = shard.tp;
  view.cp = shard.cp;
  view.ep = shard.ep;
  view.expert_tp = shard.expert_tp;
  view.sequences = micro_batch.sequences;
  view.sequence_length = micro_batch.sequence_length;
  view.tokens = micro_batch.sequences * split(micro_batch.sequence_length, shard.cp);
  view.sequence_parallel = shard.tp > 1 && shard.sequence_parallel == SequenceParallel::on;
  view.own_tokens = split(view.tokens, view.tp);
  view.local_tokens = view.sequence_parallel ? view.own_tokens : view.tokens;
  view.dropout = implementation.dropout == Dropout::on;
  return view;
}

void append_bias(Tape& tape, Part part, double values) {
  if (tape.fused()) return;  // added in the GEMM's epilogue, and its gradient summed in the weight GEMM's
  const double a = tape.value_bytes();
  tape.stream(part, {hw::StreamKind::elementwise, 2 * values * a, 1}, {});
  tape.weight_stream(part, {hw::StreamKind::elementwise, values * a, 1});  // dY read, summed over tokens
}

void append_norm(Tape& tape, Part part, double values, bool gated_family) {
  const double a = tape.value_bytes();
  if (tape.fused() || !gated_family) {  // x -> y | x, dy -> dx
    tape.stream(part, {hw::StreamKind::norm, 2 * values * a, 1}, {hw::StreamKind::norm, 3 * values * a, 2});
    return;
  }
  // Cast to FP32, square, mean (reads), scale, cast back, times weight; the gradient takes each of them once for both inputs.
  const double forward = values * (4 * a + 24);
  tape.stream(part, {hw::StreamKind::elementwise, forward, 6}, {hw::StreamKind::elementwise, 2 * forward, 10});
}

void append_branch(Tape& tape, const RankView& view, std::int64_t hidden) {
  const double values = as_double(view.local_tokens) * as_double(hidden);
  tape.scope({});
  tape.stream(Part::residual, {}, {hw::StreamKind::elementwise, 3 * values * tape.value_bytes(), 1});  // two gradients -> sum
}

void append_residual(Tape& tape, const RankView& view, std::int64_t hidden, bool bias) {
  const double a = tape.value_bytes();
  const double values = as_double(view.local_tokens) * as_double(hidden);
  const double mask = view.dropout ? values * kMaskBytes : 0;
  const double backward = view.dropout ? 2 * values * a + mask : 0;  // dy, mask -> dx
  tape.scope({});
  if (tape.fused()) {  // branch, stream -> sum, and the mask written
    tape.stream(Part::residual, {hw::StreamKind::elementwise, 3 * values * a + mask, 1},
                {hw::StreamKind::elementwise, backward, 1});
    return;
  }
  if (bias) append_bias(tape, Part::residual, values);
  if (view.dropout)
    tape.stream(Part::residual, {hw::StreamKind::elementwise, 2 * values * a + mask, 1},
                {hw::StreamKind::elementwise, backward, 1});
  tape.stream(Part::residual, {hw::StreamKind::elementwise, 3 * values * a, 1}, {});
}

void enter_tp(Tape& tape, Part part, const RankView& view, double bytes) {
  if (view.tp == 1) return;
  const bool beside = tape.gradients_beside_products();
  if (view.sequence_parallel)
    tape.comm(part, {CommKind::tp_all_gather, bytes}, {CommKind::tp_reduce_scatter, bytes, beside});
  else
    tape.comm(part, {}, {CommKind::tp_all_reduce, bytes, beside});
}

void regather_for_weights(Tape& tape, Part part, const RankView& view, double bytes) {
  if (view.sequence_parallel) tape.comm(part, {}, {CommKind::tp_all_gather, bytes, tape.gradients_beside_products()});
}

void exit_tp(Tape& tape, Part part, const RankView& view, double bytes) {
  if (view.tp == 1) return;
  if (view.sequence_parallel)
    tape.comm(part, {CommKind::tp_reduce_scatter, bytes}, {CommKind::tp_all_gather, bytes});
  else
    tape.comm(part, {CommKind::tp_all_reduce, bytes}, {});
}

}  // namespace gpufleet::models
