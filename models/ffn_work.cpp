// The feed-forward half of a layer, dense or mixture of experts. Gated: down(silu(gate(x))·up(x)) with gate and up as one
// GEMM; plain: down(gelu(up(x))). MoE as in the DeepSeek-V3 report s.2.1.2 and Megatron-LM's token dispatcher.
#include <algorithm>

#include "models/rank_view.h"

namespace gpufleet::models {
namespace {

using hw::StreamKind;
double as_double(std::int64_t value) { return static_cast<double>(value); }

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
  tape.scope({shape.whole});
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

// Every expert-parallel rank sends top_k copies of its tokens somewhere and, with even routing, receives as many; an
// expert-tensor-parallel group of ranks gathers its members' rows and each computes a slice of every expert.
ExpertRows expert_rows(const Architecture& model, const RankView& view) {
  return {split(model.routed_experts, view.ep), view.own_tokens * view.expert_tp * model.top_k,
          split(model.moe_ffn, view.expert_tp)};
}

void append_experts(Tape& tape, const Architecture& model, const ExpertRows& experts, GradientCast received) {
  const GradientCast gradient = tape.fused() ? GradientCast::fused : GradientCast::separate;
  const InputCast activated = tape.fused() ? InputCast::fused : InputCast::separate;
  const double values = as_double(experts.rows) * as_double(experts.inner);
  const std::int64_t up = (model.gated_mlp ? 2 : 1) * experts.inner;
  // Rows were cast once a token before they were sent (append_moe), not once a copy.
  tape.grouped_linear({Part::expert_ffn, experts.groups, experts.rows, up, model.hidden, InputCast::fused, gradient});
  tape.scope({RecomputeOp::moe, RecomputeOp::activation});
  append_activation(tape, Part::expert_ffn, values, model.gated_mlp);
  tape.scope({RecomputeOp::moe});
  tape.grouped_linear({Part::expert_ffn, experts.groups, experts.rows, model.hidden, experts.inner, activated, received});
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

void append_moe(Tape& tape, const Architecture& architecture, const RankView& view, const Precision& precision) {
  const double a = tape.value_bytes(), hidden = as_double(architecture.hidden);
  const double own = as_double(view.own_tokens) * hidden, local = as_double(view.local_tokens) * hidden;
  const ExpertRows experts = expert_rows(architecture, view);
  const double rows = as_double(experts.rows) * hidden;
  const double row_bytes = tape.casts() ? tape.cast_bytes() : a;
  const double sent = own * wire_bytes(precision.dispatch), returned = own * wire_bytes(precision.combine);
  const bool shared = architecture.shared_experts > 0;
  const bool cast_before_sending = tape.casts() && view.ep > 1 && hw::bytes_per_value(precision.dispatch) <= 1;

  append_branch(tape, view, architecture.hidden);
  tape.scope({RecomputeOp::norm});
  append_norm(tape, Part::norm, local, architecture.gated_mlp);
  tape.scope({RecomputeOp::moe});
  append_router(tape, architecture, view);
  if (tape.casts())  // tokens cast before they are sent; backward nothing: the gradient leaves the combine as activations
    tape.stream(Part::permute, {StreamKind::quantise, own * (a + tape.cast_bytes()), 1}, {});
  // The gradient of a dispatch is a combine of the copies' gradients, and the other way round; the report (s.3.3.3) sends both
  // dispatches in the low-precision type and both combines in the high one.
  if (view.ep > 1) tape.comm(Part::permute, {CommKind::ep_dispatch, sent}, {CommKind::ep_combine, returned});
  if (view.expert_tp > 1)
    tape.comm(Part::permute, {CommKind::etp_all_gather, rows * wire_bytes(precision.dispatch)},
              {CommKind::etp_reduce_scatter, rows * wire_bytes(precision.combine)});
  // Rows sorted by expert: read and written; backward: gradients of the copies read, sorted back, written.
  tape.stream(Part::permute, {StreamKind::routing, 2 * rows * row_bytes, tape.fused() ? 1 : 3},
              {StreamKind::routing, 2 * rows * a, tape.fused() ? 1 : 3});
  append_experts(tape, architecture, experts, cast_before_sending ? GradientCast::received : GradientCast::separate);
  tape.stream(Part::permute, {StreamKind::routing, 2 * rows * a, tape.fused() ? 1 : 3},
              {StreamKind::routing, 2 * rows * (cast_before_sending ? row_bytes : a), tape.fused() ? 1 : 3});
  if (view.expert_tp > 1)
    tape.comm(Part::permute, {CommKind::etp_reduce_scatter, rows * wire_bytes(precision.combine)},
              {CommKind::etp_all_gather, rows * wire_bytes(precision.dispatch)});
  if (view.ep > 1) tape.comm(Part::permute, {CommKind::ep_combine, returned}, {CommKind::ep_dispatch, sent});
  if (cast_before_sending)  // the output's gradient, cast once a token before it goes to the experts
    tape.stream(Part::permute, {}, {StreamKind::quantise, own * (a + tape.cast_bytes()), 1});
  // One copy per choice summed with its weight: without expert parallelism a kernel does it, else the combine.
  if (view.ep == 1) {
    const double copies = own * as_double(architecture.top_k);
    tape.stream(Part::permute, {StreamKind::routing, (copies + own) * a, 1}, {StreamKind::routing, (copies + own) * a, 1});
  }
  if (view.tp > 1 && !view.sequence_parallel)  // without sequence parallelism every rank needs all tokens again
    tape.comm(Part::permute, {CommKind::tp_all_gather, as_double(view.tokens) * hidden * a}, {});
  if (shared) {
    FfnShape shape;
    shape.part = Part::shared_expert;
    shape.rows = view.tokens;
    shape.hidden = architecture.hidden;
    shape.inner = split(architecture.shared_ffn, view.tp);
    shape.gated = architecture.gated_mlp;
    shape.whole = RecomputeOp::moe;
    shape.input = InputCast::fused;  // cast with the routed experts' input
    tape.scope({});
    tape.stream(Part::residual, {}, {StreamKind::elementwise, 3 * local * a, 1});  // gradients of both uses -> sum
    append_ffn(tape, view, shape);
    tape.scope({});
    tape.stream(Part::residual, {StreamKind::elementwise, 3 * local * a, 1}, {});  // routed + shared -> sum
  }
  append_residual(tape, view, architecture.hidden, false);
}

}  // namespace gpufleet::models
