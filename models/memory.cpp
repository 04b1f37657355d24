// Model state: bytes a parameter = weight + gradient + master + 2 moments, each divided by the replicas that its ZeRO stage
// shares it among (Rajbhandari et al. 2020). KV cache and weights at inference.
#include "models/memory.h"

#include <algorithm>

#include "core/check.h"
#include "models/counts.h"
#include "models/parameters.h"
#include "models/rank_view.h"

namespace gpufleet::models {
namespace {
constexpr double kBlockScale = 4.0 / (128.0 * 128.0);  // one FP32 scale per weight block
}  // namespace

RankParameters& RankParameters::operator+=(const RankParameters& other) {
  linear += other.linear;
  experts += other.experts;
  plain += other.plain;
  return *this;
}

RankParameters layer_rank_parameters(const Architecture& model, LayerKind kind, const Shard& shard) {
  const LayerParameters layer = layer_parameters(model, kind);
  // MLA's down-projections are whole on every tensor-parallel rank.
  const double whole = model.attention == AttentionForm::mla
                           ? as_double(model.hidden) * as_double(model.q_lora_rank + model.kv_lora_rank + model.qk_rope)
                           : 0;
  RankParameters out;
  out.linear = whole + (layer.attention - whole + layer.dense_ffn + layer.shared_experts) / shard.tp;
  if (model.routed_experts > 0 && kind == LayerKind::moe)
    out.experts = layer.routed_experts / as_double(model.routed_experts) * as_double(split(model.routed_experts, shard.ep)) /
                  shard.expert_tp;
  out.plain = layer.norms + layer.router;
  return out;
}

RankParameters embedding_rank_parameters(const Architecture& model, const Shard& shard) {
  const std::int64_t rows = split(model.vocab, shard.tp) + model.learned_positions;
  return {0, 0, as_double(rows) * as_double(model.hidden)};
}

RankParameters head_rank_parameters(const Architecture& model, const Shard& shard) {
  return {0, 0, as_double(split(model.vocab, shard.tp) + 1) * as_double(model.hidden)};
}

RankParameters mtp_rank_parameters(const Architecture& model, const Shard& shard) {
  RankParameters out = layer_rank_parameters(model, model.mtp_kind(), shard);
  out.linear += 2 * as_double(model.hidden) * as_double(model.hidden);
  out.plain += 3 * as_double(model.hidden);
  return out;
}

RankParameters model_rank_parameters(const Architecture& model, const Shard& shard) {
  RankParameters out = embedding_rank_parameters(model, shard);
  const std::int64_t moe = model.moe_layers();
  if (model.layers > moe) out += as_double(model.layers - moe) * layer_rank_parameters(model, LayerKind::dense, shard);
  if (moe > 0) out += as_double(moe) * layer_rank_parameters(model, LayerKind::moe, shard);
  if (!model.tied_embeddings) out += head_rank_parameters(model, shard);
  return out;
}

ModelState model_state(const RankParameters& parameters, const Precision& precision, Zero zero, const Replicas& replicas) {
  check(replicas.dense > 0 && replicas.experts > 0, "replica counts are positive");
  const double weight = hw::bytes_per_value(precision.parameters);
  const double plain_weight = std::max(weight, hw::bytes_per_value(precision.activation()));
  const double master = precision.master == precision.parameters ? 0 : hw::bytes_per_value(precision.master);
  const double states = master + 2 * hw::bytes_per_value(precision.moments);
  const double gradient = hw::bytes_per_value(precision.gradients);
  // 8-bit GEMMs read a copy and its transpose; weights that are 8-bit themselves need the transpose only.
  const double copies = !precision.low_precision_gemm() ? 0 : weight <= 1 ? 1 : 2;
  const auto shared = [&](Zero from, int ranks) { return zero >= from ? static_cast<double>(ranks) : 1.0; };

  ModelState out;
  const auto add = [&](double count, double bytes, double cast_copies, int ranks) {
    out.weights += count * bytes / shared(Zero::parameters, ranks);
    out.low_precision_weights += count * cast_copies * hw::bytes_per_value(precision.gemm) / shared(Zero::parameters, ranks);
    out.gradients += count * gradient / shared(Zero::gradients, ranks);
    out.optimizer += count * states / shared(Zero::optimizer, ranks);
  };
  add(parameters.linear, weight, copies, replicas.dense);
  add(parameters.plain, plain_weight, 0, replicas.dense);
  add(parameters.experts, weight, copies, replicas.experts);
  return out;
}

double weight_bytes(const RankParameters& parameters, hw::Dtype linear, hw::Dtype plain) {
  const double value = hw::bytes_per_value(linear);
  return (parameters.linear + parameters.experts) * (value <= 1 ? value + kBlockScale : value) +
         parameters.plain * hw::bytes_per_value(plain);
}

double kv_cache_bytes_per_token(const Architecture& model, hw::Dtype dtype, int tp) {
  const double value = hw::bytes_per_value(dtype);
  if (model.attention != AttentionForm::mla)
    return as_double(model.layers) * 2 * as_double(split(model.kv_heads, tp) * model.head_dim) * value;
  const double latent = as_double(model.kv_lora_rank) * wire_bytes(dtype);
  const double rotated = as_double(model.qk_rope) * std::max(value, 2.0);
  return as_double(model.layers) * (latent + rotated);
}

}  // namespace gpufleet::models
