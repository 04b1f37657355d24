// What one rank executes for one layer and one micro-batch: every kernel and communication of forward, backward for the
// input and backward for the weights, with the memory-bound kernels that a roofline of GEMMs leaves out.
#pragma once

#include "models/architecture.h"
#include "models/training_choices.h"
#include "models/work.h"

namespace gpufleet::models {

/// One transformer layer. Needs a shape (not aggregate_only) and degrees that divide it (check_layout).
/// Tensor parallelism as in Megatron-LM: with sequence parallelism all-gather before and reduce-scatter after each half of
/// the layer, otherwise all-reduce. Expert parallelism: dispatch and combine in both passes, rows per rank even on average.
LayerWork layer_work(const Architecture& architecture, LayerKind kind, const Shard& shard, const Precision& precision,
                     const MicroBatch& micro_batch, const Recompute& recompute, const Implementation& implementation);

/// Token embedding (vocabulary split over tp), its position table and dropout.
LayerWork embedding_work(const Architecture& architecture, const Shard& shard, const Precision& precision,
                         const MicroBatch& micro_batch, const Implementation& implementation);

/// Final norm, LM head (vocabulary split over tp) and cross-entropy with an FP32 softmax.
LayerWork head_work(const Architecture& architecture, const Shard& shard, const Precision& precision,
                    const MicroBatch& micro_batch, const Implementation& implementation);

/// One multi-token-prediction module (DeepSeek-V3 report s.2.2): embedding, two norms, projection 2h -> h, one layer, and
/// the shared head with its own loss. All items keep the part of what they do; the projection has Part::mtp.
LayerWork mtp_work(const Architecture& architecture, const Shard& shard, const Precision& precision,
                   const MicroBatch& micro_batch, const Recompute& recompute, const Implementation& implementation);

/// Once an optimiser step: weights cast to the GEMM's 8-bit format (128×128 blocks), as they are and transposed for the
/// backward pass. Empty where gemm has more than 8 bits.
std::vector<WorkItem> weight_cast_work(const Architecture& architecture, LayerKind kind, const Shard& shard,
                                       const Precision& precision);

}  // namespace gpufleet::models
