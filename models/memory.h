// Bytes that one rank holds: weights, gradients, optimiser states (ZeRO), activations kept for the backward pass, logits, and
// at inference weights and KV cache. Activations follow Korthikanti et al. 2022, tensor by tensor, extended to MLA and MoE.
#pragma once

#include "models/architecture.h"
#include "models/training_choices.h"

namespace gpufleet::models {

/// Parameters that one rank holds, by how they are kept. Sums of these describe a stage.
struct RankParameters {
  double linear = 0;   ///< dense linears, split over tp
  double experts = 0;  ///< routed experts, split over ep and expert_tp
  double plain = 0;    ///< embedding, head (split over tp), norms and router (on every tp rank): never in 8 bits
  [[nodiscard]] double total() const { return linear + experts + plain; }
  RankParameters& operator+=(const RankParameters& other);
  friend RankParameters operator*(double times, const RankParameters& one) {
    return {times * one.linear, times * one.experts, times * one.plain};
  }
};
RankParameters layer_rank_parameters(const Architecture& architecture, LayerKind kind, const Shard& shard);
RankParameters embedding_rank_parameters(const Architecture& architecture, const Shard& shard);
/// Final norm and LM head. A tied head is there too: the last stage holds its own copy of the table when pp > 1.
RankParameters head_rank_parameters(const Architecture& architecture, const Shard& shard);
/// One MTP module without the embedding and head it shares.
RankParameters mtp_rank_parameters(const Architecture& architecture, const Shard& shard);
/// Everything of a model with one pipeline stage (a tied head once).
RankParameters model_rank_parameters(const Architecture& architecture, const Shard& shard);

/// ZeRO stage: what data-parallel ranks share out among themselves.
enum class Zero : std::uint8_t { none = 0, optimizer = 1, gradients = 2, parameters = 3 };

/// Ranks over which equal parameters are replicated: dense ones over dp·cp, experts over dp·cp·tp/(ep·expert_tp).
struct Replicas {
  int dense = 1;
  int experts = 1;
};

struct ModelState {
  double weights = 0;
  double low_precision_weights = 0;  ///< cast copies for 8-bit GEMMs: as they are and transposed
  double gradients = 0;
  double optimizer = 0;  ///< master copy and two moments
  [[nodiscard]] double total() const { return weights + low_precision_weights + gradients + optimizer; }
};
ModelState model_state(const RankParameters& parameters, const Precision& precision, Zero zero, const Replicas& replicas);

/// Bytes that one layer keeps of one micro-batch between its forward and its backward pass.
double layer_activation_bytes(const Architecture& architecture, LayerKind kind, const Shard& shard, const Precision& precision,
                              const MicroBatch& micro_batch, const Recompute& recompute, const Implementation& implementation);
/// Token ids and dropout mask of the embedding.
double embedding_activation_bytes(const Architecture& architecture, const Shard& shard, const MicroBatch& micro_batch,
                                  const Implementation& implementation);
/// Input of the final norm and of the head, and logits with their FP32 softmax: live from the head's forward to its backward.
double head_activation_bytes(const Architecture& architecture, const Shard& shard, const Precision& precision,
                             const MicroBatch& micro_batch);

/// Weights alone, linears and experts in `linear` (8-bit formats with a scale per 128×128 block), the rest in `plain`.
double weight_bytes(const RankParameters& parameters, hw::Dtype linear, hw::Dtype plain);

/// KV cache of one token in all layers on one tensor-parallel rank. MLA keeps kv_lora + rope values, not split over tp; in
/// FP8 the latent has an FP32 scale per 128 values and the rotated part stays BF16 (FlashMLA's 656 bytes a layer).
double kv_cache_bytes_per_token(const Architecture& architecture, hw::Dtype dtype, int tp);

}  // namespace gpufleet::models
