// The feed-forward half of a layer, dense or mixture of experts. Gated: down(silu(gate(x))·up(x)) with gate and up as one
// GEMM; plain: down(gelu(up(x))). MoE as in the DeepSeek-V3 report s.2.1.2 and Megatron-LM's token dispatcher.
#include <algorithm>
#include <cmath>

#include "models/counts.h"
#include "models/rank_view.h"

namespace gpufleet::models {
namespace {

using hw::StreamKind;
// Activation over `values` = rows · inner size. With 8-bit GEMMs the fused kernel also casts: the forward one its output, the
// backward one the gradient of the up-projection's output, along both directions.
void append_activation(Tape& tape, Part part, double values, bool gated) {
  const double a = tape.value_bytes(), inputs = gated ? 2 : 1;
  if (tape.fused()) {
    const double output = tape.casts() ? tape.cast_bytes() : a;
    const double gradient = tape.casts() ? 2 * tape.cast_bytes() : a;
    tape.stream(part, {StreamKind::elementwise, values * (inputs * a + output), 1},
                {StreamKind::elementwise, values * (a + inputs * a + inputs * gradient), 1});
    return;
  }
  // Gated: silu (1 in, 1 out), product (2 in, 1 out); backward: two products' gradients (2 in, 1 out each), silu's.
  tape.stream(part, {StreamKind::elementwise, values * (gated ? 5 : 2) * a, gated ? 2 : 1},
              {StreamKind::elementwise, values * (gated ? 9 : 3) * a, gated ? 3 : 1});
}

struct FfnShape {
  Part part = Part::dense_ffn;
  std::int64_t rows = 0, hidden = 0, inner = 0;
  bool gated = true;
  bool bias = false;
  RecomputeOp whole = RecomputeOp::mlp;  // recompute class of all of it
  InputCast input = InputCast::separate;
};

// up, activation, down of one dense FFN on one rank; `inner` already split.
void append_ffn(Tape& tape, const RankView& view, const FfnShape& shape) {
  const double a = tape.value_bytes();
  const double gathered = as_double(shape.rows) * as_double(shape.hidden) * a;
  const GradientCast gradient = tape.fused() ? GradientCast::fused : GradientCast::separate;
  const InputCast activated = tape.fused() ? InputCast::fused : InputCast::separate;
  const std::int64_t up = (shape.gated ? 2 : 1) * shape.inner;
  tape.scope({shape.whole});
  enter_tp(tape, shape.part, view, gathered);
  tape.linear({shape.part, shape.rows, up, shape.hidden, shape.input, gradient});
  regather_for_weights(tape, shape.part, view, gathered);
  if (shape.bias) append_bias(tape, shape.part, as_double(shape.rows) * as_double(up));
  tape.scope({shape.whole, RecomputeOp::activation});
  append_activation(tape, shape.part, as_double(shape.rows) * as_double(shape.inner), shape.gated);
  tape.closing_scope({shape.whole});
  tape.linear({shape.part, shape.rows, shape.hidden, shape.inner, activated});
  exit_tp(tape, shape.part, view, gathered);
}

// Small GEMM to the experts, scores and top-k in FP32, and the bookkeeping that turns choices into destinations.
void append_router(Tape& tape, const Architecture& model, const RankView& view) {
  const double tokens = as_double(view.own_tokens), experts = as_double(model.routed_experts);
  Linear gate{Part::router, view.own_tokens, model.routed_experts, model.hidden};
  gate.kind = LinearKind::plain;
  tape.linear(gate);
  const double scores = tokens * experts * 4, choices = tokens * as_double(model.top_k) * 12;
  // Scores read and written, read again by top-k, which writes an 8-byte index and a 4-byte weight per choice; the token map
  // (one byte per token and expert) is written, and read to count rows per expert. Backward: two passes over the scores.
  const StreamCost forward{StreamKind::routing, 3 * scores + choices + 2 * tokens * experts, tape.fused() ? 3 : 12};
  tape.stream(Part::router, forward, {StreamKind::routing, 2 * scores + choices, tape.fused() ? 2 : 6});
}

struct ExpertRows {
  std::int64_t groups = 0, rows = 0, inner = 0;
};

// Every expert-parallel rank sends top_k copies of its tokens somewhere and, with even routing, receives as many; the fullest
// rank, for which all others wait, receives `imbalance` times that. An expert-tensor-parallel group of ranks gathers its members'
// rows and each computes a slice of every expert.
ExpertRows expert_rows(const Architecture& model, const RankView& view, double imbalance) {
  const std::int64_t even = view.own_tokens * view.expert_tp * model.top_k;
  const std::int64_t rows = view.ep > 1 ? static_cast<std::int64_t>(std::llround(as_double(even) * imbalance)) : even;
  return {split(model.routed_experts, view.ep), rows, split(model.moe_ffn, view.expert_tp)};
}

struct MoeShape {
  const Architecture& model;
  const RankView& view;
  ExpertRows experts;
  double own = 0;       // values of this rank's tokens
  double rows = 0;      // values of the rows that its experts work on
  double dispatch = 0;  // bytes of a value on the way to the experts, and back
  double combine = 0;
  bool cast_first = false;     // tokens are cast before they are sent: 8-bit GEMMs and an 8-bit dispatch
  bool source_copies = false;  // a copy per choice is made and merged at the source
};

MoeShape moe_shape(const Tape& tape, const Architecture& model, const RankView& view, const Precision& precision,
                   const Implementation& implementation) {
  MoeShape out{model, view, expert_rows(model, view, implementation.expert_imbalance)};
  out.own = as_double(view.own_tokens) * as_double(model.hidden);
  out.rows = as_double(out.experts.rows) * as_double(model.hidden);
  out.dispatch = wire_bytes(precision.dispatch);
  out.combine = wire_bytes(precision.combine);
  out.cast_first = tape.casts() && view.ep > 1 && hw::bytes_per_value(precision.dispatch) <= 1;
  out.source_copies = view.ep == 1 || implementation.dispatch_copies == DispatchCopies::per_choice;
  return out;
}

StreamCost routing(const Tape& tape, double bytes) { return {StreamKind::routing, bytes, tape.fused() ? 1 : 3}; }

// From tokens to rows sorted by expert. The gradient of a dispatch is a combine of the copies' gradients, and the other way
// round; the DeepSeek-V3 report (s.3.3.3) sends both dispatches in the low-precision type and both combines in the high one.
void append_dispatch(Tape& tape, const MoeShape& moe) {
  const double a = tape.value_bytes(), row = moe.cast_first ? tape.cast_bytes() : a;
  if (moe.cast_first)  // backward nothing: the gradient leaves the combine as activations
    tape.stream(Part::permute, {StreamKind::quantise, moe.own * (a + row), 1}, {});
  if (moe.source_copies) {  // token read, a copy per choice written; backward: copies read, their sum written
    const double moved = moe.own * (1 + as_double(moe.model.top_k));
    tape.stream(Part::permute, routing(tape, moved * row), routing(tape, moved * a));
  }
  if (moe.view.ep > 1)
    tape.comm(Part::permute, {CommKind::ep_dispatch, moe.own * moe.dispatch}, {CommKind::ep_combine, moe.own * moe.combine});
  if (moe.view.expert_tp > 1)
    tape.comm(Part::permute, {CommKind::etp_all_gather, moe.rows * moe.dispatch},
              {CommKind::etp_reduce_scatter, moe.rows * moe.combine});
  if (moe.view.ep > 1)  // arrived rows read, written in the experts' order
    tape.stream(Part::permute, routing(tape, 2 * moe.rows * row), routing(tape, 2 * moe.rows * a));
}

void append_experts(Tape& tape, const MoeShape& moe) {
  const GradientCast gradient = tape.fused() ? GradientCast::fused : GradientCast::separate;
  const InputCast activated = tape.fused() ? InputCast::fused : InputCast::separate;
  const GradientCast received = moe.cast_first ? GradientCast::received : GradientCast::separate;
  const InputCast arrived = moe.cast_first ? InputCast::fused : InputCast::separate;
  const auto& [groups, rows, inner] = moe.experts;
  const std::int64_t hidden = moe.model.hidden, up = (moe.model.gated_mlp ? 2 : 1) * inner;
  tape.grouped_linear({Part::expert_ffn, groups, rows, up, hidden, arrived, gradient});
  tape.scope({RecomputeOp::moe, RecomputeOp::activation});
  append_activation(tape, Part::expert_ffn, as_double(rows) * as_double(inner), moe.model.gated_mlp);
  tape.closing_scope({RecomputeOp::moe});
  tape.grouped_linear({Part::expert_ffn, groups, rows, hidden, inner, activated, received});
}

// From the experts' rows back to tokens: the mirror image of append_dispatch.
void append_combine(Tape& tape, const MoeShape& moe) {
  const double a = tape.value_bytes(), row = moe.cast_first ? tape.cast_bytes() : a;
  if (moe.view.ep > 1) tape.stream(Part::permute, routing(tape, 2 * moe.rows * a), routing(tape, 2 * moe.rows * row));
  if (moe.view.expert_tp > 1)
    tape.comm(Part::permute, {CommKind::etp_reduce_scatter, moe.rows * moe.combine},
              {CommKind::etp_all_gather, moe.rows * moe.dispatch});
  if (moe.view.ep > 1)
    tape.comm(Part::permute, {CommKind::ep_combine, moe.own * moe.combine}, {CommKind::ep_dispatch, moe.own * moe.dispatch});
  if (moe.source_copies) {  // copies read, their weighted sum written; backward: a weighted copy per choice
    const double moved = moe.own * (1 + as_double(moe.model.top_k));
    tape.stream(Part::permute, routing(tape, moved * a), routing(tape, moved * row));
  }
  if (moe.cast_first)  // the output's gradient, cast once a token before it goes to the experts
    tape.stream(Part::permute, {}, {StreamKind::quantise, moe.own * (a + row), 1});
}

void append_shared_experts(Tape& tape, const MoeShape& moe) {
  const double local = as_double(moe.view.local_tokens) * as_double(moe.model.hidden) * tape.value_bytes();
  FfnShape shape;
  shape.part = Part::shared_expert;
  shape.rows = moe.view.tokens;
  shape.hidden = moe.model.hidden;
  shape.inner = split(moe.model.shared_ffn, moe.view.tp);
  shape.gated = moe.model.gated_mlp;
  shape.whole = RecomputeOp::moe;
  shape.input = moe.cast_first ? InputCast::fused : InputCast::separate;  // cast with the routed experts' input
  tape.scope({});
  tape.stream(Part::residual, {}, {StreamKind::elementwise, 3 * local, 1});  // gradients of both uses -> sum
  append_ffn(tape, moe.view, shape);
  tape.scope({});
  tape.stream(Part::residual, {StreamKind::elementwise, 3 * local, 1}, {});  // routed + shared -> sum
}

}  // namespace

void append_dense_ffn(Tape& tape, const Architecture& architecture, const RankView& view) {
  const double values = as_double(view.local_tokens) * as_double(architecture.hidden);
  append_branch(tape, view, architecture.hidden);
  tape.scope({RecomputeOp::norm});
  append_norm(tape, Part::norm, values, architecture.gated_mlp);
  FfnShape shape;
  shape.rows = view.tokens;
  shape.hidden = architecture.hidden;
  shape.inner = split(architecture.ffn_dense, view.tp);
  shape.gated = architecture.gated_mlp;
  shape.bias = architecture.attention_bias == LinearBias::all;
  append_ffn(tape, view, shape);
  append_residual(tape, view, architecture.hidden, shape.bias);
}

void append_moe(Tape& tape, const Architecture& architecture, const RankView& view, const Precision& precision,
                const Implementation& implementation) {
  const MoeShape moe = moe_shape(tape, architecture, view, precision, implementation);
  // Without sequence parallelism all tp ranks have all tokens; each sends its share and the results are gathered.
  const double scattered =
      view.tp > 1 && !view.sequence_parallel ? as_double(view.tokens) * as_double(architecture.hidden) * tape.value_bytes() : 0;

  append_branch(tape, view, architecture.hidden);
  tape.scope({RecomputeOp::norm});
  append_norm(tape, Part::norm, as_double(view.local_tokens) * as_double(architecture.hidden), architecture.gated_mlp);
  tape.scope({RecomputeOp::moe});
  tape.comm(Part::permute, {}, {CommKind::tp_all_gather, scattered});
  append_router(tape, architecture, view);
  append_dispatch(tape, moe);
  append_experts(tape, moe);
  append_combine(tape, moe);
  tape.comm(Part::permute, {CommKind::tp_all_gather, scattered}, {});
  if (architecture.shared_experts > 0) append_shared_experts(tape, moe);
  append_residual(tape, view, architecture.hidden, false);
}

}  // namespace gpufleet::models
