// Which GPUs a parallel group spans. Ranks are numbered as in Megatron-LM: tensor parallel fastest, then context, data and
// pipeline parallel, so that tensor groups sit inside a node and pipeline neighbours are far apart. Expert groups are carved out
// of the data, context and tensor ranks of one stage.
#pragma once

#include "sim/net/collective_time.h"
#include "sim/training/job.h"

namespace gpufleet::sim {

/// Ranks of one pipeline stage.
int stage_ranks(const TrainingJob& job, int stage);
/// Copies of the model along the pipeline direction: 2 for DualPipe, whose two directions hold the same parameters, else 1.
int model_copies(const TrainingJob& job);
/// Ranks that hold the same expert parameters (expert-data parallelism), copies included; and the same other parameters.
int expert_replicas(const TrainingJob& job, int stage);
int dense_replicas(const TrainingJob& job);

GroupPlacement tensor_group(const TrainingJob& job, int stage);
GroupPlacement context_group(const TrainingJob& job, int stage);
GroupPlacement expert_group(const TrainingJob& job, int stage);
GroupPlacement expert_tensor_group(const TrainingJob& job, int stage);
/// Groups over which gradients are reduced and optimiser states are sharded.
GroupPlacement dense_replica_group(const TrainingJob& job, int stage);
GroupPlacement expert_replica_group(const TrainingJob& job, int stage);
/// The ranks that hold the same shard in different shard groups (HSDP); one rank where ZeRO shards over all replicas.
GroupPlacement dense_copies_group(const TrainingJob& job, int stage);
GroupPlacement expert_copies_group(const TrainingJob& job, int stage);
/// Neighbours of a pipeline hop.
GroupPlacement pipeline_hop(const TrainingJob& job, int stage);

}  // namespace gpufleet::sim
