// Embedding and loss as layers of a pipeline's ends (Megatron-LM's --account-for-...-in-pipeline-split), beside the simulator's
// own balance of stages that state no layers.
#pragma once

#include <cstdint>

#include "models/architecture.h"
#include "models/parameters.h"

namespace gpufleet::scenarios {

enum class MtpModules : std::uint8_t { none, trained };

/// Whether a balance by what kernels take leaves the one or two layers that are missing out of the last chunk, then the first:
/// all layers are alike, the head costs no more than one, and nothing else is at the end.
inline bool balance_shortens_ends(const models::Architecture& model, MtpModules modules) {
  if (model.aggregate_only || modules == MtpModules::trained || (model.routed_experts > 0 && model.dense_layers > 0))
    return false;
  return models::head_linear_macs(model) <= models::layer_linear_macs(model, model.layer_kind(0));
}

}  // namespace gpufleet::scenarios
