// Model FLOPs per token: 2 per multiply-add of every linear including the LM head (not the embedding look-up) plus the
// attention core 2·s·a·(d_qk + d_v) a layer, halved where the causal mask is credited; training is three forwards.
// Convention as in DeepSeek's "Insights" paper, Table 2. MTP modules are separate, and no recomputation is counted.
#pragma once

#include "models/architecture.h"

namespace gpufleet::models {

/// causal: only unmasked query-key pairs count; full: the whole square.
enum class AttentionCount : std::uint8_t { causal, full };

/// Per token at sequence length `sequence`. An aggregate-only model counts 2 · active parameters and no attention core.
double forward_flops_per_token(const Architecture& architecture, std::int64_t sequence, AttentionCount count);
double training_flops_per_token(const Architecture& architecture, std::int64_t sequence, AttentionCount count);
/// What the MTP modules add to a training token: projection, layer and the head's second use; 0 without MTP.
double mtp_training_flops_per_token(const Architecture& architecture, std::int64_t sequence, AttentionCount count);

}  // namespace gpufleet::models
