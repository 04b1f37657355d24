// Activations kept between passes, tensor by tensor. For a plain layer without recomputation the sum is Korthikanti's
// s·b·h·(34 + 5·a·s/h), over tp with sequence parallelism. 8-bit GEMMs keep their inputs cast (1 byte and scales).
#include "models/counts.h"
#include "models/memory.h"
#include "models/rank_view.h"

namespace gpufleet::models {
namespace {

// What is kept of one layer, given what is computed again.
class Ledger {
 public:
  Ledger(const Precision& precision, const Recompute& recompute)
      : value_(hw::bytes_per_value(precision.activation())),
        input_(precision.low_precision_gemm() ? wire_bytes(precision.gemm) : value_),
        casts_(precision.low_precision_gemm()),
        recompute_(recompute) {}

  /// Values that nothing but a full recompute drops.
  void keep(double values) { bytes_ += values * value_; }
  void keep_bytes(double bytes) { bytes_ += bytes; }
  /// Values dropped when any of `ops` is computed again.
  void keep_unless(std::initializer_list<RecomputeOp> ops, double values) { keep_bytes_unless(ops, values * value_); }
  void keep_bytes_unless(std::initializer_list<RecomputeOp> ops, double bytes) {
    for (const RecomputeOp op : ops)
      if (recompute_.contains(op)) return;
    bytes_ += bytes;
  }
  /// Input of a linear, in the form its weight GEMM reads.
  void input_unless(std::initializer_list<RecomputeOp> ops, double values) { keep_bytes_unless(ops, values * input_); }
  /// Input of a linear that is kept as activation anyway: only a cast copy adds to it.
  void cast_copy_unless(std::initializer_list<RecomputeOp> ops, double values) {
    if (casts_) keep_bytes_unless(ops, values * input_);
  }
  [[nodiscard]] double bytes() const { return bytes_; }

 private:
  double value_, input_;
  bool casts_;
  const Recompute& recompute_;
  double bytes_ = 0;
};

using enum RecomputeOp;

void keep_core(Ledger& ledger, const RankView& view, const Implementation& implementation, std::int64_t heads, double output) {
  const double tokens = as_double(view.tokens);
  if (implementation.attention == hw::AttentionKind::unfused) {
    const double scores = tokens * as_double(heads) * as_double(view.sequence_length);
    ledger.keep_unless({attention_core}, scores);  // softmax output
    if (view.dropout) {
      ledger.keep_bytes_unless({attention_core}, scores);  // mask
      ledger.keep_unless({attention_core}, scores);        // dropped probabilities
    }
  } else {
    ledger.keep_bytes_unless({attention_core}, tokens * as_double(heads) * 4);  // log-sum-exp of every query
  }
  ledger.keep(output);  // input of the output projection; the flash backward reads it too
  ledger.cast_copy_unless({}, output);
}

void keep_attention(Ledger& ledger, const Architecture& model, const RankView& view, const Implementation& implementation) {
  const double tokens = as_double(view.tokens), local = as_double(view.local_tokens);
  const double stream = local * as_double(model.hidden);
  const std::int64_t heads = split(model.heads, view.tp);
  ledger.keep(stream);                  // input of the norm
  ledger.input_unless({norm}, stream);  // its output
  if (model.attention == AttentionForm::mla) {
    const double latents = local * as_double(model.q_lora_rank + model.kv_lora_rank);
    ledger.keep(latents + local * as_double(model.qk_rope));  // before their norms
    ledger.input_unless({norm}, latents);                     // after
    ledger.keep_unless({mla_up}, tokens * as_double(heads * (2 * (model.qk_nope + model.qk_rope) + model.v_head_dim)));
    keep_core(ledger, view, implementation, heads, tokens * as_double(heads * model.v_head_dim));
  } else {
    const std::int64_t kv_heads = split(model.kv_heads, view.tp);
    ledger.keep(tokens * as_double((heads + 2 * kv_heads) * model.head_dim));
    if (model.qk_norm) ledger.keep_unless({norm}, tokens * as_double((heads + kv_heads) * model.head_dim));
    keep_core(ledger, view, implementation, heads, tokens * as_double(heads * model.head_dim));
  }
  if (view.dropout) ledger.keep_bytes(stream);
}

// Outputs of the up-projection (kept for the activation's backward) and the activation's output (input of the down-projection).
// 8-bit training that computes the activation again keeps its input in 8 bits too (DeepSeek-V3 report, s. 3.3.3).
void keep_inner(Ledger& ledger, const Recompute& recompute, RecomputeOp whole, double values, bool gated) {
  const double inputs = values * (gated ? 2 : 1);
  if (recompute.contains(activation))
    ledger.input_unless({whole}, inputs);
  else
    ledger.keep_unless({whole}, inputs);
  ledger.input_unless({whole, activation}, values);
}

void keep_dense_ffn(Ledger& ledger, const Architecture& model, const RankView& view, const Recompute& recompute) {
  const double stream = as_double(view.local_tokens) * as_double(model.hidden);
  ledger.keep(stream);
  ledger.input_unless({norm}, stream);
  keep_inner(ledger, recompute, mlp, as_double(view.tokens) * as_double(split(model.ffn_dense, view.tp)), model.gated_mlp);
  if (view.dropout) ledger.keep_bytes(stream);
}

void keep_moe(Ledger& ledger, const Architecture& model, const RankView& view, const Implementation& implementation,
              const Recompute& recompute) {
  const double stream = as_double(view.local_tokens) * as_double(model.hidden);
  const double own = as_double(view.own_tokens), experts = as_double(model.routed_experts);
  const double rows = own * as_double(view.expert_tp) * as_double(model.top_k);
  ledger.keep(stream);
  ledger.keep_unless({norm}, stream);  // input of the router
  // FP32 scores and probabilities, a byte of map per token and expert, and per choice an index, a weight and a place.
  ledger.keep_bytes_unless({moe}, own * experts * (4 + 4 + 1) + own * as_double(model.top_k) * (8 + 4 + 4));
  ledger.input_unless({moe}, rows * as_double(model.hidden));  // rows as they arrived
  keep_inner(ledger, recompute, moe, rows * as_double(split(model.moe_ffn, view.expert_tp)), model.gated_mlp);
  if (implementation.elementwise ==
      ElementwiseKernels::unfused)  // weights applied to the experts' outputs, which are kept for it
    ledger.keep_unless({moe}, rows * as_double(model.hidden));
  if (model.shared_experts > 0) {
    ledger.cast_copy_unless({norm}, stream);
    keep_inner(ledger, recompute, moe, as_double(view.tokens) * as_double(split(model.shared_ffn, view.tp)), model.gated_mlp);
  }
  if (view.dropout) ledger.keep_bytes(stream);
}

}  // namespace

double layer_activation_bytes(const Architecture& architecture, LayerKind kind, const Shard& shard, const Precision& precision,
                              const MicroBatch& micro_batch, const Recompute& recompute, const Implementation& implementation) {
  const RankView view = rank_view(shard, micro_batch, implementation);
  Ledger ledger(precision, recompute);
  if (recompute.is_full()) {
    ledger.keep(as_double(view.local_tokens) * as_double(architecture.hidden));
    return ledger.bytes();
  }
  keep_attention(ledger, architecture, view, implementation);
  if (kind == LayerKind::moe)
    keep_moe(ledger, architecture, view, implementation, recompute);
  else
    keep_dense_ffn(ledger, architecture, view, recompute);
  return ledger.bytes();
}

double embedding_activation_bytes(const Architecture& architecture, const Shard& shard, const MicroBatch& micro_batch,
                                  const Implementation& implementation) {
  const RankView view = rank_view(shard, micro_batch, implementation);
  const double mask = view.dropout ? as_double(view.local_tokens) * as_double(architecture.hidden) : 0;
  return as_double(view.tokens) * 8 + mask;
}

double head_activation_bytes(const Architecture& architecture, const Shard& shard, const Precision& precision,
                             const MicroBatch& micro_batch) {
  const RankView view = rank_view(shard, micro_batch, Implementation{});
  const double a = hw::bytes_per_value(precision.activation());
  const double logits = as_double(view.tokens) * as_double(split(architecture.vocab, view.tp));
  return 2 * as_double(view.local_tokens) * as_double(architecture.hidden) * a + logits * (a + 4);
}

}  // namespace gpufleet::models
