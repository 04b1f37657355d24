// Equations per layer: GQA h·a·d + 2·h·kv·d + a·d·h; MLA h·ql + ql·a·(n+r) + h·(kl+r) + kl·a·(n+v) + a·v·h; FFN 3·h·f gated,
// 2·h·f plain; MoE: E·3·h·f + shared + h·E. Biases and norm weights are counted too.
#include "models/parameters.h"

#include "core/check.h"

namespace gpufleet::models {
namespace {

double d(std::int64_t value) { return static_cast<double>(value); }

double attention_weights(const Architecture& m) {
  const double h = d(m.hidden), a = d(m.heads);
  if (m.attention != AttentionForm::mla) return h * (2 * a + 2 * d(m.kv_heads)) * d(m.head_dim);
  const double qk = d(m.qk_nope + m.qk_rope), ql = d(m.q_lora_rank), kl = d(m.kv_lora_rank);
  const double queries = m.q_lora_rank > 0 ? h * ql + ql * a * qk : h * a * qk;
  return queries + h * (kl + d(m.qk_rope)) + kl * a * d(m.qk_nope + m.v_head_dim) + a * d(m.v_head_dim) * h;
}

double attention_biases(const Architecture& m) {
  if (m.attention_bias == LinearBias::none || m.attention == AttentionForm::mla) return 0;
  const double qkv = d((m.heads + 2 * m.kv_heads) * m.head_dim);
  return m.attention_bias == LinearBias::all ? qkv + d(m.hidden) : qkv;
}

double ffn_weights(const Architecture& m, std::int64_t inner) { return (m.gated_mlp ? 3 : 2) * d(m.hidden) * d(inner); }

double ffn_biases(const Architecture& m, std::int64_t inner) {
  return m.attention_bias == LinearBias::all ? (m.gated_mlp ? 2 : 1) * d(inner) + d(m.hidden) : 0;
}

// Models with biases everywhere use LayerNorm (weight and bias), the others RMSNorm (weight).
double norm_width(const Architecture& m, std::int64_t width) { return (m.attention_bias == LinearBias::all ? 2 : 1) * d(width); }

}  // namespace

LayerParameters layer_parameters(const Architecture& m, LayerKind kind) {
  check(!m.aggregate_only, "a model known by its totals only has no layers");
  LayerParameters out;
  out.attention = attention_weights(m) + attention_biases(m);
  out.norms = 2 * norm_width(m, m.hidden);
  if (m.attention == AttentionForm::mla) out.norms += d(m.q_lora_rank + m.kv_lora_rank);
  if (m.qk_norm) out.norms += 2 * d(m.head_dim);
  if (kind == LayerKind::moe) {
    out.routed_experts = d(m.routed_experts) * ffn_weights(m, m.moe_ffn);
    out.shared_experts = ffn_weights(m, m.shared_ffn);
    out.router = d(m.hidden) * d(m.routed_experts);
  } else {
    out.dense_ffn = ffn_weights(m, m.ffn_dense) + ffn_biases(m, m.ffn_dense);
  }
  return out;
}

Parameters parameters(const Architecture& m) {
  Parameters out;
  if (m.aggregate_only) {
    out.total = m.claimed.total_parameters;
    out.active = m.claimed.active_parameters;
    return out;
  }
  out.embedding = d(m.vocab + m.learned_positions) * d(m.hidden);
  out.head = m.tied_embeddings ? 0 : d(m.vocab) * d(m.hidden);
  out.norms = norm_width(m, m.hidden);
  for (const LayerKind kind : {LayerKind::dense, LayerKind::moe}) {
    const double layers = d(kind == LayerKind::moe ? m.moe_layers() : m.layers - m.moe_layers());
    if (layers <= 0) continue;
    const LayerParameters layer = layer_parameters(m, kind);
    out.attention += layers * layer.attention;
    out.dense_ffn += layers * layer.dense_ffn;
    out.routed_experts += layers * layer.routed_experts;
    out.shared_experts += layers * layer.shared_experts;
    out.router += layers * layer.router;
    out.norms += layers * layer.norms;
  }
  // Two norms, the projection 2h -> h, a layer, and the norm before the shared head.
  if (m.mtp_layers > 0)
    out.mtp = d(m.mtp_layers) *
              (2 * d(m.hidden) * d(m.hidden) + 3 * norm_width(m, m.hidden) + layer_parameters(m, m.mtp_kind()).total());
  out.total =
      out.embedding + out.head + out.attention + out.dense_ffn + out.routed_experts + out.shared_experts + out.router + out.norms;
  const double used = m.routed_experts > 0 ? d(m.top_k) / d(m.routed_experts) : 0;
  out.active = out.total - out.routed_experts * (1 - used);
  return out;
}

double layer_linear_macs(const Architecture& m, LayerKind kind) {
  check(!m.aggregate_only, "a model known by its totals only has no layers");
  const double ffn = kind == LayerKind::moe ? d(m.top_k) * ffn_weights(m, m.moe_ffn) + ffn_weights(m, m.shared_ffn) +
                                                  d(m.hidden) * d(m.routed_experts)
                                            : ffn_weights(m, m.ffn_dense);
  return attention_weights(m) + ffn;
}

double head_linear_macs(const Architecture& m) { return d(m.vocab) * d(m.hidden); }

}  // namespace gpufleet::models
