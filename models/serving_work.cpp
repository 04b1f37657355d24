// Shapes: Vaswani 2017, Ainslie 2023 (GQA), DeepSeek-V2 report s.2.1 (MLA and its absorption); all-reduce after attention and
// feed-forward as in Megatron-LM's tensor parallelism.
#include "models/serving_work.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "models/rank_view.h"

namespace gpufleet::models {
namespace {

using hw::StreamKind;
double d(std::int64_t value) { return static_cast<double>(value); }

constexpr double kActivation = 2;  // bytes of a BF16 activation

/// Collects the work of a rank; formats resolved once.
class List {
 public:
  explicit List(const ServingRank& rank) : rank_(rank) {}

  // Y[m, n] = X[m, k]·W. 8-bit formats multiply as such; narrower ones are widened to BF16 in the kernel.
  void linear(Part part, std::int64_t m, std::int64_t n, std::int64_t k, hw::Dtype stored) {
    items_.push_back({part, hw::Kernel(hw::Gemm{product(stored), m, n, k}), stored});
  }
  void grouped(Part part, std::int64_t groups, std::int64_t rows, std::int64_t n, std::int64_t k, hw::Dtype stored,
               double imbalance) {
    if (rows <= 0) return;
    items_.push_back(
        {part, hw::Kernel(hw::GroupedGemm{product(stored), groups, rows, n, k, imbalance, rank_.kernels.grouped}), stored});
  }
  void stream(Part part, StreamKind kind, double bytes) {
    if (bytes > 0) items_.push_back({part, hw::Kernel(hw::Stream{kind, bytes, 1})});
  }
  /// The cast of `values` activations for a linear in `stored`: nothing where products are 16-bit or the cast is fused.
  void cast(Part part, double values, hw::Dtype stored) {
    if (hw::bytes_per_value(product(stored)) > 1 || rank_.precision.scaling == Fp8Scaling::tensor) return;
    stream(part, StreamKind::quantise, values * (kActivation + wire_bytes(product(stored))));
  }
  void kernel(Part part, const hw::Kernel& kernel) { items_.push_back({part, kernel}); }
  void comm(Part part, CommKind kind, double bytes) {
    if (bytes > 0) items_.push_back({part, Comm{kind, bytes}});
  }
  [[nodiscard]] ServingWork take() { return std::move(items_); }

 private:
  static hw::Dtype product(hw::Dtype stored) { return stored == hw::Dtype::int4 ? hw::Dtype::bf16 : stored; }
  const ServingRank& rank_;
  ServingWork items_;
};

// Residual read and written, input read, normalised written: the fused add-and-norm of serving engines.
void append_norm(List& list, double values) { list.stream(Part::norm, StreamKind::norm, 4 * kActivation * values); }

void all_reduce(List& list, Part part, std::int64_t ranks, double bytes) {
  if (ranks > 1) list.comm(part, CommKind::tp_all_reduce, bytes);
}

void grouped_query(List& list, const ServingRank& rank, std::int64_t tokens) {
  const Architecture& model = *rank.model;
  const std::int64_t heads = split(model.heads, rank.shard.tp), kv_heads = split(model.kv_heads, rank.shard.tp);
  const std::int64_t width = (heads + 2 * kv_heads) * model.head_dim;
  const hw::Dtype stored = rank.precision.linear;
  list.cast(Part::attention_projection, d(tokens * model.hidden), stored);
  list.linear(Part::attention_projection, tokens, width, model.hidden, stored);
  const double rotated = d(tokens * (heads + kv_heads) * model.head_dim);
  if (model.qk_norm) list.stream(Part::norm, StreamKind::norm, 2 * kActivation * rotated);
  list.stream(Part::attention_projection, StreamKind::elementwise, 2 * kActivation * rotated);
  const double written = d(tokens * 2 * kv_heads * model.head_dim);
  list.stream(Part::attention_projection, StreamKind::copy, written * (kActivation + hw::bytes_per_value(rank.precision.kv)));
  list.cast(Part::attention_projection, d(tokens * heads * model.head_dim), stored);
  list.linear(Part::attention_projection, tokens, model.hidden, heads * model.head_dim, stored);
}

// The latents' down-projections are one GEMM, on every rank of the tensor-parallel group.
void latent(List& list, const ServingRank& rank, std::int64_t tokens) {
  const Architecture& model = *rank.model;
  const std::int64_t heads = split(model.heads, rank.shard.tp), qk = model.qk_nope + model.qk_rope;
  const std::int64_t kv_latent = model.kv_lora_rank + model.qk_rope;
  const hw::Dtype stored = rank.precision.linear;
  list.cast(Part::attention_projection, d(tokens * model.hidden), stored);
  list.linear(Part::attention_projection, tokens, model.q_lora_rank + kv_latent, model.hidden, stored);
  list.stream(Part::norm, StreamKind::norm, 2 * kActivation * d(tokens * (model.q_lora_rank + model.kv_lora_rank)));
  if (model.q_lora_rank > 0) {
    list.cast(Part::attention_projection, d(tokens * model.q_lora_rank), stored);
    list.linear(Part::attention_projection, tokens, heads * qk, model.q_lora_rank, stored);
  } else {
    list.linear(Part::attention_projection, tokens, heads * qk, model.hidden, stored);
  }
  list.stream(Part::attention_projection, StreamKind::elementwise, 2 * kActivation * d(tokens * (heads + 1) * model.qk_rope));
  list.stream(Part::attention_projection, StreamKind::copy,
              d(tokens * kv_latent) * (kActivation + wire_bytes(rank.precision.kv)));
  list.cast(Part::attention_projection, d(tokens * heads * model.v_head_dim), stored);
  list.linear(Part::attention_projection, tokens, model.hidden, heads * model.v_head_dim, stored);
}

void ffn(List& list, const ServingRank& rank, Part part, std::int64_t tokens, std::int64_t inner, hw::Dtype stored) {
  const Architecture& model = *rank.model;
  const std::int64_t up = (model.gated_mlp ? 2 : 1) * inner;
  list.cast(part, d(tokens * model.hidden), stored);
  list.linear(part, tokens, up, model.hidden, stored);
  list.stream(part, StreamKind::elementwise, kActivation * d(tokens * (up + inner)));
  list.cast(part, d(tokens * inner), stored);
  list.linear(part, tokens, model.hidden, inner, stored);
}

struct ExpertLoad {
  std::int64_t groups = 0, rows = 0, inner = 0;
  double tokens = 0;  // of all attention groups
};

ExpertLoad expert_load(const ServingRank& rank, std::int64_t tokens) {
  const Architecture& model = *rank.model;
  const ServingShard& shard = rank.shard;
  ExpertLoad out;
  out.tokens = d(tokens) * shard.dp;
  out.inner = split(model.moe_ffn, shard.expert_tp());
  out.rows = static_cast<std::int64_t>(std::ceil(out.tokens * d(model.top_k) / shard.ep * rank.kernels.expert_imbalance));
  out.groups = std::max<std::int64_t>(1, std::llround(experts_hit(model, shard, out.tokens)));
  return out;
}

void experts(List& list, const ServingRank& rank, std::int64_t tokens) {
  const Architecture& model = *rank.model;
  const ExpertLoad load = expert_load(rank, tokens);
  const hw::Dtype stored = rank.precision.experts;
  const double rows = d(load.rows), hidden = d(model.hidden);
  const std::int64_t up = (model.gated_mlp ? 2 : 1) * load.inner;
  const bool exchanged = rank.shard.experts == ExpertPlacement::exchange;
  const bool sorted = exchanged && rank.kernels.exchange_rows == ExchangeRows::sorted;
  const double value = hw::bytes_per_value(stored);
  // Rows sorted by expert: written once per chosen expert. An exchange casts before it sends; low-latency kernels do it
  // themselves.
  if (exchanged && !sorted) list.cast(Part::permute, d(tokens) * hidden, stored);
  if (!sorted)
    list.stream(Part::permute, StreamKind::routing,
                (exchanged ? rows * value : d(tokens) * kActivation) * hidden + rows * hidden * value);
  list.grouped(Part::expert_ffn, load.groups, load.rows, up, model.hidden, stored, rank.kernels.expert_imbalance);
  list.stream(Part::expert_ffn, StreamKind::elementwise, rows * d(up + load.inner) * kActivation);
  list.cast(Part::expert_ffn, rows * d(load.inner), stored);
  list.grouped(Part::expert_ffn, load.groups, load.rows, model.hidden, load.inner, stored, rank.kernels.expert_imbalance);
  // Weighted sum of a token's experts; low-latency combine kernels do it themselves.
  if (!sorted) list.stream(Part::permute, StreamKind::routing, (rows + d(tokens)) * hidden * kActivation);
}

void moe(List& list, const ServingRank& rank, std::int64_t tokens) {
  const Architecture& model = *rank.model;
  const ServingShard& shard = rank.shard;
  const double hidden = d(model.hidden), all = d(tokens) * shard.dp;
  const bool gathered = shard.experts == ExpertPlacement::gather && shard.dp > 1;
  const std::int64_t routed = gathered ? tokens * shard.dp : tokens;
  list.linear(Part::router, tokens, model.routed_experts, model.hidden, hw::Dtype::bf16);
  list.stream(Part::router, StreamKind::routing, d(tokens) * (3 * 4 * d(model.routed_experts) + 12 * d(model.top_k)));
  if (gathered) list.comm(Part::permute, CommKind::tp_all_gather, all * hidden * wire_bytes(rank.precision.dispatch));
  if (shard.experts == ExpertPlacement::exchange && shard.ep > 1)
    list.comm(Part::permute, CommKind::ep_dispatch, d(tokens) / shard.tp * hidden * wire_bytes(rank.precision.dispatch));
  (void)routed;
  experts(list, rank, tokens);
  if (shard.experts == ExpertPlacement::exchange && shard.ep > 1)
    list.comm(Part::permute, CommKind::ep_combine, d(tokens) / shard.tp * hidden * wire_bytes(rank.precision.combine));
  if (model.shared_experts > 0) {
    // Attention groups keep a whole copy of the shared expert where experts travel, otherwise a slice of it.
    const bool whole = shard.experts == ExpertPlacement::exchange || shard.experts == ExpertPlacement::gather;
    ffn(list, rank, Part::shared_expert, tokens, whole ? model.shared_ffn : split(model.shared_ffn, shard.tp),
        rank.precision.linear);
  }
  if (gathered) list.comm(Part::permute, CommKind::tp_reduce_scatter, all * hidden * wire_bytes(rank.precision.combine));
  if (shard.experts == ExpertPlacement::split || shard.experts == ExpertPlacement::local)
    all_reduce(list, Part::expert_ffn, shard.ranks(), all * hidden * kActivation);
}

}  // namespace

std::string_view name(ExpertPlacement placement) {
  constexpr std::array<std::string_view, 4> kNames{"split", "local", "exchange", "gather"};
  return kNames[static_cast<std::size_t>(placement)];
}

double experts_hit(const Architecture& model, const ServingShard& shard, double tokens) {
  const double experts = d(model.routed_experts), share = d(model.top_k) / experts;
  const double own = (experts + shard.redundant_experts) / shard.ep;
  return std::max(1.0, own * (1 - std::pow(1 - share, tokens)));
}

ServingWork attention_linear_work(const ServingRank& rank, std::int64_t tokens) {
  List list(rank);
  append_norm(list, d(tokens * rank.model->hidden));
  if (rank.model->attention == AttentionForm::mla)
    latent(list, rank, tokens);
  else
    grouped_query(list, rank, tokens);
  all_reduce(list, Part::attention_projection, rank.shard.tp, d(tokens * rank.model->hidden) * kActivation);
  return list.take();
}

ServingWork attention_decode_work(const ServingRank& rank, std::int64_t sequences, std::int64_t queries, std::int64_t cached) {
  const Architecture& model = *rank.model;
  const std::int64_t heads = split(model.heads, rank.shard.tp);
  List list(rank);
  if (model.attention == AttentionForm::mla) {
    const std::int64_t rows = sequences * queries * heads;
    // 8-bit products are done at twice the rate, as half the heads are at the whole rate; bytes of the cache are the same.
    const std::int64_t timed_heads = hw::bytes_per_value(rank.precision.attention) > 1 ? heads : (heads + 1) / 2;
    list.grouped(Part::attention_core, heads, rows, model.kv_lora_rank, model.qk_nope, hw::Dtype::bf16, 1);
    list.kernel(Part::attention_core, hw::MlaDecode{.kv_dtype = rank.precision.kv,
                                                    .batch = sequences,
                                                    .heads = timed_heads,
                                                    .q_len = queries,
                                                    .kv_len = cached,
                                                    .kv_lora = model.kv_lora_rank,
                                                    .rope = model.qk_rope});
    list.grouped(Part::attention_core, heads, rows, model.v_head_dim, model.kv_lora_rank, hw::Dtype::bf16, 1);
  } else {
    list.kernel(Part::attention_core, hw::GqaDecode{.kv_dtype = rank.precision.kv,
                                                    .batch = sequences,
                                                    .q_heads = heads,
                                                    .kv_heads = split(model.kv_heads, rank.shard.tp),
                                                    .q_len = queries,
                                                    .kv_len = cached,
                                                    .head_dim = model.head_dim});
  }
  return list.take();
}

ServingWork attention_prefill_work(const ServingRank& rank, std::int64_t sequences, std::int64_t tokens, std::int64_t prefix) {
  const Architecture& model = *rank.model;
  const std::int64_t heads = split(model.heads, rank.shard.tp);
  hw::Attention core;
  core.dtype = rank.precision.attention;
  core.batch = sequences;
  core.q_heads = heads;
  core.q_len = tokens;
  core.kv_len = tokens + prefix;
  List list(rank);
  if (model.attention == AttentionForm::mla) {
    core.kv_heads = heads;
    core.head_dim_qk = model.qk_nope + model.qk_rope;
    core.head_dim_v = model.v_head_dim;
    const std::int64_t expanded = sequences * (tokens + prefix);
    list.cast(Part::attention_projection, d(expanded * model.kv_lora_rank), rank.precision.linear);
    list.linear(Part::attention_projection, expanded, heads * (model.qk_nope + model.v_head_dim), model.kv_lora_rank,
                rank.precision.linear);
    // Keys are put together from their expanded part and the rotated part that all heads share; values are used where they lie.
    list.stream(Part::attention_projection, StreamKind::copy,
                kActivation * d(expanded * heads * (model.qk_nope + core.head_dim_qk)));
  } else {
    core.kv_heads = split(model.kv_heads, rank.shard.tp);
    core.head_dim_qk = core.head_dim_v = model.head_dim;
  }
  list.kernel(Part::attention_core, core);
  return list.take();
}

ServingWork ffn_serving_work(const ServingRank& rank, LayerKind kind, std::int64_t tokens) {
  const Architecture& model = *rank.model;
  List list(rank);
  append_norm(list, d(tokens * model.hidden));
  if (kind == LayerKind::moe) {
    moe(list, rank, tokens);
  } else {
    ffn(list, rank, Part::dense_ffn, tokens, split(model.ffn_dense, rank.shard.tp), rank.precision.linear);
    all_reduce(list, Part::dense_ffn, rank.shard.tp, d(tokens * model.hidden) * kActivation);
  }
  return list.take();
}

ServingWork head_serving_work(const ServingRank& rank, std::int64_t rows) {
  const Architecture& model = *rank.model;
  const std::int64_t vocab = split(model.vocab, rank.shard.tp);
  List list(rank);
  append_norm(list, d(rows * model.hidden));
  list.linear(Part::head, rows, vocab, model.hidden, rank.precision.head);
  if (rank.shard.tp > 1) list.comm(Part::head, CommKind::tp_all_gather, d(rows * model.vocab) * kActivation);
  // Logits widened to FP32 and reduced to a token: two passes over them.
  list.stream(Part::head, StreamKind::softmax, d(rows * model.vocab) * (kActivation + 4 + 4));
  return list.take();
}

ServingWork embedding_serving_work(const ServingRank& rank, std::int64_t tokens) {
  List list(rank);
  const double bytes = d(tokens * rank.model->hidden) * kActivation;
  list.stream(Part::embedding, StreamKind::copy, 2 * bytes);
  all_reduce(list, Part::embedding, rank.shard.tp, bytes);
  return list.take();
}

namespace {

// 8-bit weights carry an FP32 scale per 128×128 block; 4-bit ones a 16-bit scale and minimum for each 64 values (4.5 bits a
// weight, as llama.cpp's Q4_K; AWQ's groups of 128 take 4.25).
double stored_bytes(double count, hw::Dtype dtype) {
  const double value = hw::bytes_per_value(dtype);
  return count * (value < 1 ? value + 4.0 / 64 : value == 1 ? value + 4.0 / (128 * 128) : value);
}

RankParameters rank_parameters(const ServingRank& rank, int mtp_modules) {
  const Architecture& model = *rank.model;
  const ServingShard& shard = rank.shard;
  const Shard plain = shard.shard();
  RankParameters sum = model_rank_parameters(model, plain);
  if (mtp_modules > 0 && model.mtp_layers > 0) sum += static_cast<double>(mtp_modules) * mtp_rank_parameters(model, plain);
  if (model.routed_experts > 0) {
    const double expert = (model.gated_mlp ? 3.0 : 2.0) * d(model.hidden) * d(model.moe_ffn) / shard.expert_tp();
    sum.experts += d(model.moe_layers()) * expert * shard.redundant_experts / shard.ep;
  }
  return sum;
}

}  // namespace

double serving_weight_bytes(const ServingRank& rank, int mtp_modules) {
  const RankParameters sum = rank_parameters(rank, mtp_modules);
  const double layers = stored_bytes(sum.linear, rank.precision.linear) + stored_bytes(sum.experts, rank.precision.experts);
  // A format below 8 bits takes the embedding and the head along.
  const hw::Dtype plain = hw::bytes_per_value(rank.precision.linear) < 1 ? rank.precision.linear : hw::Dtype::bf16;
  return (layers + stored_bytes(sum.plain, plain)) / rank.shard.pp;
}

double serving_expert_bytes(const ServingRank& rank) {
  return stored_bytes(rank_parameters(rank, 0).experts, rank.precision.experts) / rank.shard.pp;
}

double serving_kv_bytes(const ServingRank& rank) {
  return kv_cache_bytes_per_token(*rank.model, rank.precision.kv, rank.shard.tp) / rank.shard.pp;
}

}  // namespace gpufleet::models
