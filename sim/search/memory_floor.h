// Memory that a layout needs at least, without playing its schedule: parameters, gradients and optimiser states exactly, and the
// activations of as many micro-batches as each schedule must hold. What passes here is checked in full by training_memory.
#pragma once

#include <span>
#include <vector>

#include "sim/search/stage_costs.h"

namespace gpufleet::sim {

/// Bytes of a micro-batch's activations and numbers of parameters, by kind of layer, on one stage's shard.
struct MemoryKit {
  double dense = 0, moe = 0, mtp = 0, embedding = 0, head = 0;  ///< bytes kept of one micro-batch
  double again = 0;                                             ///< one layer's, while it is computed again
  models::RankParameters dense_parameters, moe_parameters, mtp_parameters, embedding_parameters, head_parameters;
};
MemoryKit make_memory_kit(const TrainingJob& job, int stage);

/// Bytes on one rank with these chunks. `job` has the layout's degrees, ZeRO stage and schedule.
double memory_floor(const TrainingJob& job, int rank, const MemoryKit& kit, std::span<const Segment> chunks);

/// Bytes on an average rank, all layers alike and one micro-batch held: a floor of the fullest rank's before the model is cut.
double mean_memory_floor(const TrainingJob& job, const MemoryKit& kit);

}  // namespace gpufleet::sim
