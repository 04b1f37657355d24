// Megatron-LM's names (--recompute-modules) of what may be computed again.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "models/training_choices.h"

namespace gpufleet::scenarios {

inline constexpr std::array<std::pair<std::string_view, models::RecomputeOp>, models::kRecomputeOps> kRecomputeModules{
    {{"layernorm", models::RecomputeOp::norm},
     {"mla_up_proj", models::RecomputeOp::mla_up},
     {"moe_act", models::RecomputeOp::activation},
     {"core_attn", models::RecomputeOp::attention_core},
     {"moe", models::RecomputeOp::moe},
     {"mlp", models::RecomputeOp::mlp}}};

inline std::optional<models::RecomputeOp> recompute_op_of(std::string_view module) {
  for (const auto& [name, op] : kRecomputeModules)
    if (name == module) return op;
  return std::nullopt;
}

}  // namespace gpufleet::scenarios
