// Whether a model fits on an instance and how many tokens of keys and values fit beside it; where it does not, the arithmetic.
#pragma once

#include <string>

#include "sim/serving/iteration_time.h"

namespace gpufleet::sim {

/// Bytes on one GPU of an instance.
struct InstanceMemory {
  double usable = 0;  ///< what the driver gives a process
  double budget = 0;  ///< what the engine takes of it
  double weights = 0;
  double workspace = 0;     ///< activations of the largest batch, graphs, communication buffers
  double kv_per_token = 0;  ///< of one token of one attention group
  double host_weights = 0;  ///< weights kept in the host's memory, per GPU
  /// Tokens whose keys and values fit, of one attention group; 0 if the weights alone do not fit.
  [[nodiscard]] double kv_tokens() const;
};

InstanceMemory instance_memory(const InstanceSpec& spec);

/// Why the instance cannot hold a sequence of `tokens`, with the arithmetic; empty if it can.
std::string memory_refusal(const InstanceSpec& spec, const InstanceMemory& memory, double tokens);

}  // namespace gpufleet::sim
