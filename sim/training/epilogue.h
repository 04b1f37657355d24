// What follows a pipeline's blocks in a step: gradients are reduced over the replicas, their norm is taken over all ranks, the
// optimiser updates its shard, and updated weights are gathered for the next forward (ZeRO: Rajbhandari et al., arXiv
// 1910.02054).
#pragma once

#include "sim/training/partition.h"
#include "sim/training/pipeline.h"
#include "sim/training/timed_work.h"

namespace gpufleet::sim {

/// Durations on one pipeline rank, all its chunks together unless said otherwise.
struct EpilogueTimes {
  std::vector<double> gradient_reduce;  ///< per chunk: reduce-scatter (ZeRO >= 1) or all-reduce
  std::vector<LinkUse> reduce_use;
  std::vector<std::int64_t> layers;  ///< per chunk, the buckets in which it is cut
  double norm = 0;                   ///< reading the gradients, and the all-reduce of one number over all ranks
  double optimizer = 0;              ///< update of the rank's shard
  double parameter_gather = 0;       ///< all-gather of updated weights; 0 with ZeRO 0 and 3
  LinkUse gather_use;
};

/// Those of them that run beside the pipeline's blocks.
ParameterTransfers beside_blocks(const EpilogueTimes& times, const TrainingOverlap& overlap);

/// `segments` are those of the rank's chunks.
EpilogueTimes epilogue_times(const TrainingJob& job, int stage, const std::vector<Segment>& segments,
                             const Perturbation& perturbation);

struct EpilogueResult {
  Time end;                                         ///< of the step
  std::vector<std::array<Time, kStepParts>> parts;  ///< per rank: gradient, optimizer, parameter
};

/// Puts the epilogue behind a pipeline run. Gradient buckets are sent as layers finish their last backward (overlap.grad_reduce)
/// or after it; the optimiser waits for the slowest rank, for the norm is global; the gather hides under the next step's first
/// forward (overlap.param_gather) as far as it fits.
EpilogueResult finish_step(const TrainingJob& job, const PipelineResult& pipeline, const std::vector<EpilogueTimes>& ranks);

}  // namespace gpufleet::sim
