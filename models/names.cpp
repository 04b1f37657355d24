// Text forms of the room's enumerations, as scenario files, tables and catalog files write them.
#include <array>

#include "models/architecture.h"
#include "models/training_choices.h"
#include "models/work.h"

namespace gpufleet::models {
namespace {
template <class Enum, std::size_t N>
std::string_view at(const std::array<std::string_view, N>& names, Enum value) {
  return names[static_cast<std::size_t>(value)];
}
constexpr std::array<std::string_view, kRecomputeOps> kRecomputeNames{"norm",           "mla-up", "activation",
                                                                      "attention-core", "moe",    "mlp"};
}  // namespace

std::string_view name(AttentionForm form) { return at(std::array<std::string_view, 3>{"mha", "gqa", "mla"}, form); }
std::string_view name(LinearBias bias) { return at(std::array<std::string_view, 3>{"none", "qkv", "all"}, bias); }
std::string_view name(Positions positions) {
  return at(std::array<std::string_view, 4>{"rope", "learned", "alibi", "none"}, positions);
}
std::string_view name(CommKind kind) {
  return at(std::array<std::string_view, 8>{"tp_all_gather", "tp_reduce_scatter", "tp_all_reduce", "etp_all_gather",
                                            "etp_reduce_scatter", "ep_dispatch", "ep_combine", "cp_exchange"},
            kind);
}
std::string_view name(Part part) {
  return at(
      std::array<std::string_view, kParts>{"embedding", "norm", "attention_projection", "attention_core", "dense_ffn", "router",
                                           "permute", "expert_ffn", "shared_expert", "head", "loss", "mtp", "residual"},
      part);
}
std::string_view name(RecomputeOp op) { return at(kRecomputeNames, op); }

std::optional<RecomputeOp> recompute_op_from_name(std::string_view text) {
  for (std::size_t i = 0; i < kRecomputeNames.size(); ++i)
    if (kRecomputeNames[i] == text) return static_cast<RecomputeOp>(i);
  return std::nullopt;
}

Recompute Recompute::full() {
  Recompute out;
  out.full_ = true;
  return out;
}
Recompute Recompute::of(std::initializer_list<RecomputeOp> ops) {
  Recompute out;
  for (const RecomputeOp op : ops) out.add(op);
  return out;
}

}  // namespace gpufleet::models
