// What one rank executes when a model is served: the kernels and communications of one layer in a prefill or decode iteration,
// split into the parts whose cost depends on different things (new tokens, cached tokens, sequences), so that their sum is exact
// for any mix of prefill chunks and decoding sequences in one iteration.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "models/architecture.h"
#include "models/memory.h"
#include "models/work.h"

namespace gpufleet::models {

/// How routed experts lie over the ranks of an instance. split: every expert is cut over all ranks; local: whole experts, every
/// rank sees all tokens and results are summed (all-reduce); exchange: tokens travel to their experts and back (dispatch and
/// combine); gather: tokens of all attention groups are gathered, results reduce-scattered.
enum class ExpertPlacement : std::uint8_t { split, local, exchange, gather };
std::string_view name(ExpertPlacement placement);

/// Degrees of one serving instance: attention is split tp ways and replicated over dp groups, each with sequences of its own;
/// layers over pp stages. Experts lie over the same tp·dp ranks: ep groups of whole experts, each expert cut tp·dp/ep ways.
struct ServingShard {
  int tp = 1;
  int dp = 1;
  int pp = 1;
  int ep = 1;
  ExpertPlacement experts = ExpertPlacement::split;
  int redundant_experts = 0;  ///< copies of busy experts, over the whole instance
  friend bool operator==(const ServingShard&, const ServingShard&) = default;
  [[nodiscard]] int ranks() const { return tp * dp; }
  [[nodiscard]] int gpus() const { return tp * dp * pp; }
  [[nodiscard]] int expert_tp() const { return ranks() / ep; }
  [[nodiscard]] Shard shard() const { return {tp, SequenceParallel::off, 1, ep, expert_tp()}; }
};

/// 8-bit floating point with a scale per block (1×128 activations, cast by a kernel of their own) or one per tensor (known
/// beforehand, so that the kernel before casts).
enum class Fp8Scaling : std::uint8_t { block, tensor };

/// Stored formats. A format narrower than 8 bits, or one that the chip cannot multiply, is widened on its way to BF16 products.
struct ServingPrecision {
  hw::Dtype linear = hw::Dtype::bf16;  ///< attention projections, dense and shared FFN
  hw::Dtype experts = hw::Dtype::bf16;
  hw::Dtype kv = hw::Dtype::bf16;
  hw::Dtype attention = hw::Dtype::bf16;  ///< products of the attention core at prefill
  hw::Dtype dispatch = hw::Dtype::bf16;
  hw::Dtype combine = hw::Dtype::bf16;
  hw::Dtype head = hw::Dtype::bf16;
  Fp8Scaling scaling = Fp8Scaling::block;
  friend bool operator==(const ServingPrecision&, const ServingPrecision&) = default;
};

/// Whether rows of an exchange arrive sorted by expert (low-latency kernels), or are sorted after it and merged before the way
/// back.
enum class ExchangeRows : std::uint8_t { sorted, unsorted };

struct ServingKernels {
  ExchangeRows exchange_rows = ExchangeRows::sorted;
  hw::GroupLayout grouped = hw::GroupLayout::contiguous;
  double expert_imbalance = 1;  ///< rows of the busiest rank's experts over the mean
  friend bool operator==(const ServingKernels&, const ServingKernels&) = default;
};

/// A kernel with the stored format of its weights where that is narrower than its products; Dtype of the kernel otherwise.
struct ServingItem {
  Part part = Part::residual;
  std::variant<hw::Kernel, Comm> work;
  hw::Dtype stored = hw::Dtype::fp64;  ///< fp64: as the products
  friend bool operator==(const ServingItem&, const ServingItem&) = default;
};
using ServingWork = std::vector<ServingItem>;

/// What one rank of the instance must know to list its work.
struct ServingRank {
  const Architecture* model = nullptr;
  ServingShard shard;
  ServingPrecision precision;
  ServingKernels kernels;
};

/// Norm, projections, rotation, cache write and output of attention for `tokens` new tokens of this attention group, MLA's
/// absorption and expansion left out, with the all-reduce over tp.
ServingWork attention_linear_work(const ServingRank& rank, std::int64_t tokens);
/// The core for `sequences` decoding sequences of `queries` new tokens each against `cached` tokens; MLA absorbed.
ServingWork attention_decode_work(const ServingRank& rank, std::int64_t sequences, std::int64_t queries, std::int64_t cached);
/// The core for `sequences` prompts of `tokens` new tokens after `prefix` cached ones; MLA expands keys and values of all of
/// them.
ServingWork attention_prefill_work(const ServingRank& rank, std::int64_t sequences, std::int64_t tokens, std::int64_t prefix);
/// Norm and feed-forward half for `tokens` new tokens of this attention group; shared experts included, exchange left out.
ServingWork ffn_serving_work(const ServingRank& rank, LayerKind kind, std::int64_t tokens);
/// Final norm and LM head for `rows` positions that are sampled.
ServingWork head_serving_work(const ServingRank& rank, std::int64_t rows);
/// Token embedding.
ServingWork embedding_serving_work(const ServingRank& rank, std::int64_t tokens);

/// Distinct experts of one rank that at least one of `tokens` tokens (of all attention groups) picks, routing uniform:
/// E·(1 − (1 − k/E)^T).
double experts_hit(const Architecture& model, const ServingShard& shard, double tokens);

/// Bytes of weights on one rank of the busiest pipeline stage (layers spread evenly, embedding and head on the ends).
double serving_weight_bytes(const ServingRank& rank, int mtp_modules);
/// Of them, those of routed experts.
double serving_expert_bytes(const ServingRank& rank);
/// Bytes of KV cache a token takes on one rank (all its layers).
double serving_kv_bytes(const ServingRank& rank);

}  // namespace gpufleet::models
