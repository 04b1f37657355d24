// The attention half of a layer. Shapes: DeepSeek-V2 report s.2.1 (MLA), Ainslie et al. 2023 (GQA); MLA trains in its
// non-absorbed form: queries and keys of nope + rope, values of v_head_dim, a key head per query head.
#include "models/counts.h"
#include "models/rank_view.h"

namespace gpufleet::models {
namespace {

using hw::StreamKind;
struct CoreShape {
  std::int64_t heads = 0, kv_heads = 0, qk_dim = 0, v_dim = 0;
};

// Context parallelism gives a rank an early and a late chunk (Llama 3 report s.3.3.2), so that all ranks have the same number
// of unmasked pairs, s²/2cp: that of s/cp last queries against (s + s/cp)/2 keys.
std::int64_t keys_seen(const RankView& view, hw::Mask mask) {
  if (view.cp == 1 || mask == hw::Mask::full) return view.sequence_length;
  return (view.sequence_length + split(view.sequence_length, view.cp)) / 2;
}

void append_core(Tape& tape, const RankView& view, const Precision& precision, const Implementation& implementation,
                 const CoreShape& shape) {
  const double a = tape.value_bytes();
  const double keys_and_values = as_double(view.tokens) * as_double(shape.kv_heads) * as_double(shape.qk_dim + shape.v_dim) * a;
  tape.scope({});
  if (view.cp > 1) {  // forward: K and V to the other ranks; backward: again, and their gradients back
    tape.comm(Part::attention_core, {}, {CommKind::cp_exchange, keys_and_values});
    tape.comm(Part::attention_core, {CommKind::cp_exchange, keys_and_values}, {});
  }
  tape.scope({RecomputeOp::attention_core});
  hw::Attention core;
  core.dtype = precision.attention;
  core.mask = implementation.mask;
  core.kind = implementation.attention;
  core.batch = view.sequences;
  core.q_heads = shape.heads;
  core.kv_heads = shape.kv_heads;
  core.q_len = split(view.sequence_length, view.cp);
  core.kv_len = keys_seen(view, implementation.mask);
  core.head_dim_qk = shape.qk_dim;
  core.head_dim_v = shape.v_dim;
  hw::Attention gradient = core;
  gradient.pass = hw::Pass::backward;
  tape.kernel(Part::attention_core, core, gradient);
  if (view.dropout && implementation.attention == hw::AttentionKind::unfused) {  // probabilities in and out, and their mask
    const double scores =
        as_double(view.sequences) * as_double(shape.heads) * as_double(core.q_len) * as_double(view.sequence_length);
    const StreamCost cost{StreamKind::elementwise, scores * (2 * a + 1), 1};
    tape.stream(Part::attention_core, cost, cost);
  }
  tape.scope({});
  if (view.cp > 1) tape.comm(Part::attention_core, {}, {CommKind::cp_exchange, keys_and_values});
}

// RoPE over `values`: one kernel reads and writes; separate operators: rotate half (2), two products and a sum (7).
void append_rope(Tape& tape, double values) {
  const double bytes = values * (tape.fused() ? 2 : 9) * tape.value_bytes();
  const StreamCost cost{StreamKind::elementwise, bytes, tape.fused() ? 1 : 5};
  tape.stream(Part::attention_projection, cost, cost);
}

void append_output(Tape& tape, const Architecture& model, const RankView& view, std::int64_t width) {
  const double gathered = as_double(view.tokens) * as_double(model.hidden) * tape.value_bytes();
  tape.scope({});
  tape.linear({Part::attention_projection, view.tokens, model.hidden, width});
  exit_tp(tape, Part::attention_projection, view, gathered);
  append_residual(tape, view, model.hidden, model.attention_bias == LinearBias::all);
}

void append_grouped_query(Tape& tape, const Architecture& model, const RankView& view, const Precision& precision,
                          const Implementation& implementation) {
  const std::int64_t heads = split(model.heads, view.tp), kv_heads = split(model.kv_heads, view.tp);
  const std::int64_t width = (heads + 2 * kv_heads) * model.head_dim;
  const double a = tape.value_bytes(), tokens = as_double(view.tokens);
  const double gathered = tokens * as_double(model.hidden) * a;
  const double queries_and_keys = tokens * as_double((heads + kv_heads) * model.head_dim);

  enter_tp(tape, Part::attention_projection, view, gathered);
  tape.linear({Part::attention_projection, view.tokens, width, model.hidden});
  regather_for_weights(tape, Part::attention_projection, view, gathered);
  if (model.attention_bias != LinearBias::none) append_bias(tape, Part::attention_projection, tokens * as_double(width));
  if (!tape.fused()) {  // the joint projection taken apart into contiguous q, k, v, and their gradients joined
    const StreamCost copy{StreamKind::copy, 2 * tokens * as_double(width) * a, 3};
    tape.stream(Part::attention_projection, copy, copy);
  }
  if (model.qk_norm) append_norm(tape, Part::norm, queries_and_keys, true);
  if (model.positions == Positions::rope) append_rope(tape, queries_and_keys);
  append_core(tape, view, precision, implementation, {heads, kv_heads, model.head_dim, model.head_dim});
  append_output(tape, model, view, heads * model.head_dim);
}

// q: hidden -> q_lora -> heads·(nope + rope), or straight; k, v: hidden -> kv_lora + one rotated key -> heads·(nope + v).
// The down-projections are not split over tp: with sequence parallelism each rank does its own tokens and the latents are
// gathered; without, every rank does them all.
void append_latent(Tape& tape, const Architecture& model, const RankView& view, const Precision& precision,
                   const Implementation& implementation) {
  const Part part = Part::attention_projection;
  const std::int64_t heads = split(model.heads, view.tp);
  const std::int64_t qk = model.qk_nope + model.qk_rope;
  const std::int64_t kv_latent = model.kv_lora_rank + model.qk_rope;
  const double a = tape.value_bytes(), tokens = as_double(view.tokens), local = as_double(view.local_tokens);
  const double rotated = tokens * as_double(heads * model.qk_rope + model.qk_rope);

  tape.scope({});
  if (model.q_lora_rank > 0) tape.linear({part, view.local_tokens, model.q_lora_rank, model.hidden});
  tape.linear(
      {part, view.local_tokens, kv_latent, model.hidden, model.q_lora_rank > 0 ? InputCast::shared : InputCast::separate});
  tape.scope({RecomputeOp::norm});
  if (model.q_lora_rank > 0) append_norm(tape, Part::norm, local * as_double(model.q_lora_rank), true);
  append_norm(tape, Part::norm, local * as_double(model.kv_lora_rank), true);
  tape.scope({});
  const double latents = tokens * as_double(model.q_lora_rank + kv_latent) * a;
  enter_tp(tape, part, view, latents);
  if (model.q_lora_rank == 0) enter_tp(tape, part, view, tokens * as_double(model.hidden) * a);

  tape.scope({RecomputeOp::mla_up});
  tape.linear({part, view.tokens, heads * qk, model.q_lora_rank > 0 ? model.q_lora_rank : model.hidden});
  tape.linear({part, view.tokens, heads * (model.qk_nope + model.v_head_dim), model.kv_lora_rank});
  append_rope(tape, rotated);
  // Keys put together from their own part and the shared rotated one, values taken apart: joint output read, k and v written.
  const double joint = tokens * as_double(heads * (model.qk_nope + model.v_head_dim));
  const double apart = tokens * as_double(heads * (qk + model.v_head_dim));
  const StreamCost assemble{StreamKind::copy, (joint + apart) * a, tape.fused() ? 1 : 3};
  tape.stream(part, assemble, assemble);
  tape.scope({});
  regather_for_weights(tape, part, view, latents);
  append_core(tape, view, precision, implementation, {heads, heads, qk, model.v_head_dim});
  append_output(tape, model, view, heads * model.v_head_dim);
}

}  // namespace

void append_attention(Tape& tape, const Architecture& architecture, const RankView& view, const Precision& precision,
                      const Implementation& implementation) {
  append_branch(tape, view, architecture.hidden);
  tape.scope({RecomputeOp::norm});
  append_norm(tape, Part::norm, as_double(view.local_tokens) * as_double(architecture.hidden), architecture.gated_mlp);
  tape.scope({});
  if (architecture.attention == AttentionForm::mla)
    append_latent(tape, architecture, view, precision, implementation);
  else
    append_grouped_query(tape, architecture, view, precision, implementation);
}

}  // namespace gpufleet::models
