// What makes a shape sound: every count that its form needs is positive, and parts do not exceed wholes.
#include "models/architecture.h"

#include <fmt/format.h>

namespace gpufleet::models {
namespace {

struct Checker {
  std::vector<ShapeProblem> problems;
  void positive(const char* key, std::int64_t value) {
    if (value <= 0) problems.push_back({key, fmt::format("must be positive, is {}", value)});
  }
  void at_most(const char* key, std::int64_t value, const char* other, std::int64_t limit) {
    if (value > limit) problems.push_back({key, fmt::format("is {}, more than {} = {}", value, other, limit)});
  }
};

void check_attention(Checker& c, const Architecture& m) {
  c.positive("attention.heads", m.heads);
  if (m.attention == AttentionForm::mla) {
    c.positive("attention.kv_lora_rank", m.kv_lora_rank);
    c.positive("attention.qk_nope", m.qk_nope);
    c.positive("attention.qk_rope", m.qk_rope);
    c.positive("attention.v_head_dim", m.v_head_dim);
    return;
  }
  c.positive("attention.head_dim", m.head_dim);
  c.positive("attention.kv_heads", m.kv_heads);
  if (m.kv_heads > 0 && m.heads > 0 && m.heads % m.kv_heads != 0)
    c.problems.push_back(
        {"attention.kv_heads", fmt::format("{} heads do not divide among {} key/value heads", m.heads, m.kv_heads)});
}

void check_experts(Checker& c, const Architecture& m) {
  if (m.routed_experts == 0) return;
  c.positive("ffn.moe.top_k", m.top_k);
  c.positive("ffn.moe.inner", m.moe_ffn);
  c.at_most("ffn.moe.top_k", m.top_k, "routed_experts", m.routed_experts);
  if (m.expert_groups > 1 && m.routed_experts % m.expert_groups != 0)
    c.problems.push_back(
        {"ffn.moe.groups", fmt::format("{} experts do not divide into {} groups", m.routed_experts, m.expert_groups)});
  c.at_most("ffn.moe.topk_groups", m.topk_groups, "groups", m.expert_groups);
}

}  // namespace

std::vector<ShapeProblem> shape_problems(const Architecture& m) {
  Checker c;
  if (m.aggregate_only) {
    if (m.claimed.total_parameters <= 0)
      c.problems.push_back({"claimed.total", "an aggregate-only model needs its claimed total"});
    return c.problems;
  }
  c.positive("layers", m.layers);
  // Work is emitted per layer and per expert: bounds that keep a slip of the pen from filling the memory.
  c.at_most("layers", m.layers, "the most that are sensible", 10'000);
  c.at_most("mtp_layers", m.mtp_layers, "the most that are sensible", 100);
  c.at_most("ffn.moe.routed_experts", m.routed_experts, "the most that are sensible", 100'000);
  c.positive("hidden", m.hidden);
  c.positive("vocab", m.vocab);
  check_attention(c, m);
  c.at_most("ffn.dense_layers", m.dense_layers, "layers", m.layers);
  if (m.dense_layers > 0 || m.routed_experts == 0) c.positive("ffn.dense", m.ffn_dense);
  if (m.routed_experts == 0 && m.dense_layers < m.layers)
    c.problems.push_back({"ffn.dense_layers", fmt::format("{} of {} layers are dense but there are no experts for the others",
                                                          m.dense_layers, m.layers)});
  check_experts(c, m);
  return c.problems;
}

}  // namespace gpufleet::models
