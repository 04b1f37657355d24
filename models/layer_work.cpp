// Puts the halves of a layer together, and what stands before and after the layers: embedding, head, loss, MTP module.
#include "models/layer_work.h"

#include "core/check.h"
#include "models/counts.h"
#include "models/rank_view.h"

namespace gpufleet::models {
namespace {

using hw::StreamKind;
struct Inputs {
  const Architecture& architecture;
  RankView view;
  const Precision& precision;
  const Implementation& implementation;
};

Inputs inputs(const Architecture& architecture, const Shard& shard, const Precision& precision, const MicroBatch& micro_batch,
              const Implementation& implementation) {
  check(!architecture.aggregate_only, "a model known by its totals only has no kernels");
  return {architecture, rank_view(shard, micro_batch, implementation), precision, implementation};
}

void append_layer(Tape& tape, const Inputs& in, LayerKind kind) {
  append_attention(tape, in.architecture, in.view, in.precision, in.implementation);
  if (kind == LayerKind::moe)
    append_moe(tape, in.architecture, in.view, in.precision, in.implementation);
  else
    append_dense_ffn(tape, in.architecture, in.view);
}

void append_embedding(Tape& tape, const Inputs& in) {
  const Architecture& model = in.architecture;
  const double a = tape.value_bytes(), weight = hw::bytes_per_value(in.precision.parameters);
  const double buffer = hw::bytes_per_value(in.precision.gradients);
  const double values = as_double(in.view.tokens) * as_double(model.hidden);
  const double local = as_double(in.view.local_tokens) * as_double(model.hidden);
  tape.scope({});
  // Rows read and written; gradient rows read and added to the buffer, read and written, through a sort of the token ids.
  tape.stream(Part::embedding, {StreamKind::routing, values * (weight + a), 1}, {});
  if (tape.fused()) {
    tape.weight_stream(Part::embedding, {StreamKind::routing, values * (a + 2 * buffer), 2});
  } else {  // a gradient of the whole table is zeroed, scattered into, and added to the buffer
    const double table = as_double(split(model.vocab, in.view.tp)) * as_double(model.hidden);
    tape.weight_stream(Part::embedding, {StreamKind::routing, 2 * values * a + table * (2 * a + 2 * buffer), 4});
  }
  exit_tp(tape, Part::embedding, in.view, values * a);
  if (model.positions == Positions::learned)  // embedding, position row -> sum; gradient summed over sequences
    tape.stream(Part::embedding, {StreamKind::elementwise, 3 * local * a, 1}, {StreamKind::elementwise, local * a, 1});
  if (in.view.dropout)
    tape.stream(Part::embedding, {StreamKind::elementwise, local * (2 * a + 1), 1},
                {StreamKind::elementwise, local * (2 * a + 1), 1});
}

// Cross-entropy over logits split along the vocabulary: maximum, sum of exponentials and the target's logit are reduced over
// tp (4 bytes a token each). Fused: logits read twice, FP32 softmax written; its gradient read and written in the activation
// type. Unfused: cast, maximum, subtraction, exponential, sum and division are passes of their own in FP32.
void append_loss(Tape& tape, const RankView& view, std::int64_t vocab) {
  const double a = tape.value_bytes(), tokens = as_double(view.tokens);
  const double logits = tokens * as_double(split(vocab, view.tp));
  const double forward = tape.fused() ? 2 * a + 4 : (a + 4) + 4 + 8 + 8 + 4 + 8;
  const double backward = tape.fused() ? 4 + a : 8 + (4 + a);
  tape.stream(Part::loss, {StreamKind::softmax, logits * forward, tape.fused() ? 2 : 8},
              {StreamKind::softmax, logits * backward, tape.fused() ? 1 : 3});
  if (view.tp == 1) return;
  for (int reduction = 0; reduction < 3; ++reduction) tape.comm(Part::loss, {CommKind::tp_all_reduce, tokens * 4}, {});
}

void append_head(Tape& tape, const Inputs& in) {
  const Architecture& model = in.architecture;
  const double gathered = as_double(in.view.tokens) * as_double(model.hidden) * tape.value_bytes();
  tape.scope({});
  append_norm(tape, Part::head, as_double(in.view.local_tokens) * as_double(model.hidden), model.gated_mlp);
  enter_tp(tape, Part::head, in.view, gathered);
  Linear head{Part::head, in.view.tokens, split(model.vocab, in.view.tp), model.hidden};
  head.kind = LinearKind::plain;
  tape.linear(head);
  regather_for_weights(tape, Part::head, in.view, gathered);
  append_loss(tape, in.view, model.vocab);
}

// Casts of one weight matrix: read once, written cast and cast-transposed.
void append_weight_cast(std::vector<WorkItem>& out, Part part, double weights, const Precision& precision) {
  if (weights <= 0) return;
  const double bytes = weights * (hw::bytes_per_value(precision.parameters) + 2 * hw::bytes_per_value(precision.gemm));
  out.push_back({part, hw::Kernel(hw::Stream{StreamKind::quantise, bytes, 1})});
}

}  // namespace

LayerWork layer_work(const Architecture& architecture, LayerKind kind, const Shard& shard, const Precision& precision,
                     const MicroBatch& micro_batch, const Recompute& recompute, const Implementation& implementation) {
  Tape tape(precision, implementation);
  append_layer(tape, inputs(architecture, shard, precision, micro_batch, implementation), kind);
  return tape.play(recompute);
}

LayerWork embedding_work(const Architecture& architecture, const Shard& shard, const Precision& precision,
                         const MicroBatch& micro_batch, const Implementation& implementation) {
  Tape tape(precision, implementation);
  append_embedding(tape, inputs(architecture, shard, precision, micro_batch, implementation));
  return tape.play(Recompute::none());
}

LayerWork head_work(const Architecture& architecture, const Shard& shard, const Precision& precision,
                    const MicroBatch& micro_batch, const Implementation& implementation) {
  Tape tape(precision, implementation);
  append_head(tape, inputs(architecture, shard, precision, micro_batch, implementation));
  return tape.play(Recompute::none());
}

LayerWork mtp_work(const Architecture& architecture, const Shard& shard, const Precision& precision,
                   const MicroBatch& micro_batch, const Recompute& recompute, const Implementation& implementation) {
  const Inputs in = inputs(architecture, shard, precision, micro_batch, implementation);
  const std::int64_t hidden = architecture.hidden;
  const double values = as_double(in.view.local_tokens) * as_double(hidden);
  Tape tape(precision, implementation);
  append_embedding(tape, in);
  tape.scope({RecomputeOp::norm});
  append_norm(tape, Part::mtp, values, architecture.gated_mlp);
  append_norm(tape, Part::mtp, values, architecture.gated_mlp);
  tape.scope({});
  const StreamCost join{StreamKind::copy, 4 * values * tape.value_bytes(), 1};  // two halves read, written side by side
  tape.stream(Part::mtp, join, join);
  tape.linear({Part::mtp, in.view.local_tokens, hidden, 2 * hidden});
  append_layer(tape, in, architecture.mtp_kind());
  append_head(tape, in);
  return tape.play(recompute);
}

std::vector<WorkItem> weight_cast_work(const Architecture& architecture, LayerKind kind, const Shard& shard,
                                       const Precision& precision) {
  std::vector<WorkItem> out;
  if (!precision.low_precision_gemm()) return out;
  MicroBatch one_token{1, shard.cp};
  const LayerWork work = layer_work(architecture, kind, shard, precision, one_token, Recompute::none(), Implementation{});
  // The weights are those of the backward-weight GEMMs' outputs.
  for (const WorkItem& item : work.backward_weight) {
    const auto* kernel = std::get_if<hw::Kernel>(&item.work);
    if (kernel == nullptr || item.part == Part::router) continue;
    if (const auto* gemm = std::get_if<hw::Gemm>(kernel))
      append_weight_cast(out, item.part, as_double(gemm->m) * as_double(gemm->n), precision);
    if (const auto* grouped = std::get_if<hw::GroupedGemm>(kernel))
      append_weight_cast(out, item.part, as_double(grouped->rows) * as_double(grouped->n), precision);
  }
  return out;
}

}  // namespace gpufleet::models
