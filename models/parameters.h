// Parameter counts by part. Conventions: total excludes MTP modules; active counts both embeddings, the router and the
// top_k routed experts of each layer; a tied head counts once, as embedding.
#pragma once

#include "models/architecture.h"

namespace gpufleet::models {

/// Parameters of one layer.
struct LayerParameters {
  double attention = 0;  ///< projections and their biases
  double dense_ffn = 0;
  double routed_experts = 0;  ///< all of them
  double shared_experts = 0;
  double router = 0;
  double norms = 0;
  [[nodiscard]] double total() const { return attention + dense_ffn + routed_experts + shared_experts + router + norms; }
  /// Everything that data parallelism replicates over expert-parallel ranks.
  [[nodiscard]] double without_routed() const { return total() - routed_experts; }
};
LayerParameters layer_parameters(const Architecture& architecture, LayerKind kind);

struct Parameters {
  double embedding = 0;  ///< token and position tables
  double head = 0;       ///< 0 if tied to the embedding
  double attention = 0;
  double dense_ffn = 0;
  double routed_experts = 0;
  double shared_experts = 0;
  double router = 0;
  double norms = 0;
  double mtp = 0;  ///< MTP modules without the embedding and head they share with the model
  double total = 0;
  double active = 0;
};
/// Needs a shape, except that an aggregate-only model has its claimed totals and nothing by part.
Parameters parameters(const Architecture& architecture);

/// Multiply-adds per token in the linears of one layer (router included), and of the LM head.
double layer_linear_macs(const Architecture& architecture, LayerKind kind);
double head_linear_macs(const Architecture& architecture);

}  // namespace gpufleet::models
