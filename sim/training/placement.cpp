#include "sim/training/placement.h"

#include <algorithm>

namespace gpufleet::sim {
namespace {

const Stage& stage_of(const TrainingJob& job, int stage) { return job.layout.stages[static_cast<std::size_t>(stage)]; }
const TrainingPool& pool_of(const TrainingJob& job, int stage) {
  return job.pools[static_cast<std::size_t>(stage_of(job, stage).pool)];
}

// A group of `ranks` members `stride` ranks apart, packed into nodes of `gpus_per_node`.
GroupPlacement strided(int ranks, int stride, int gpus_per_node) {
  const int per_node = std::clamp(gpus_per_node / std::max(stride, 1), 1, std::max(ranks, 1));
  return {.ranks = ranks, .ranks_per_node = per_node, .node_stride = std::max(1, stride / gpus_per_node)};
}

/// Ranks over which ZeRO shards what they all hold: all replicas, or those of one shard group (HSDP).
int dense_shards(const TrainingJob& job) {
  const int replicas = dense_replicas(job);
  return job.layout.shard_group > 0 ? std::min(job.layout.shard_group, replicas) : replicas;
}
/// The same of experts, of which a shard group holds fewer replicas: each expert lives on one of its expert-parallel ranks.
int expert_shards(const TrainingJob& job, int stage) {
  const int replicas = expert_replicas(job, stage);
  if (job.layout.shard_group == 0) return replicas;
  const int ranks = dense_shards(job) * stage_of(job, stage).tp;
  return std::clamp(ranks / (job.layout.ep * job.layout.expert_tp), 1, replicas);
}

}  // namespace

int stage_ranks(const TrainingJob& job, int stage) { return stage_of(job, stage).tp * job.layout.cp * job.layout.dp; }

int model_copies(const TrainingJob& job) { return job.layout.schedule == Schedule::dualpipe ? 2 : 1; }

int dense_replicas(const TrainingJob& job) { return job.layout.dp * job.layout.cp * model_copies(job); }

int expert_replicas(const TrainingJob& job, int stage) {
  return std::max(1, stage_ranks(job, stage) / (job.layout.ep * job.layout.expert_tp)) * model_copies(job);
}

GroupPlacement tensor_group(const TrainingJob& job, int stage) {
  return strided(stage_of(job, stage).tp, 1, pool_of(job, stage).gpus_per_node);
}
GroupPlacement context_group(const TrainingJob& job, int stage) {
  return strided(job.layout.cp, stage_of(job, stage).tp, pool_of(job, stage).gpus_per_node);
}
GroupPlacement expert_tensor_group(const TrainingJob& job, int stage) {
  return strided(job.layout.expert_tp, 1, pool_of(job, stage).gpus_per_node);
}
GroupPlacement expert_group(const TrainingJob& job, int stage) {
  return strided(job.layout.ep, job.layout.expert_tp, pool_of(job, stage).gpus_per_node);
}
GroupPlacement dense_replica_group(const TrainingJob& job, int stage) {
  return strided(dense_shards(job), stage_of(job, stage).tp, pool_of(job, stage).gpus_per_node);
}
GroupPlacement expert_replica_group(const TrainingJob& job, int stage) {
  return strided(expert_shards(job, stage), job.layout.ep * job.layout.expert_tp, pool_of(job, stage).gpus_per_node);
}
GroupPlacement dense_copies_group(const TrainingJob& job, int stage) {
  const int shards = dense_shards(job);
  return strided(dense_replicas(job) / shards, stage_of(job, stage).tp * shards, pool_of(job, stage).gpus_per_node);
}
GroupPlacement expert_copies_group(const TrainingJob& job, int stage) {
  const int shards = expert_shards(job, stage);
  return strided(expert_replicas(job, stage) / shards, job.layout.ep * job.layout.expert_tp * shards,
                 pool_of(job, stage).gpus_per_node);
}
GroupPlacement pipeline_hop(const TrainingJob& job, int stage) {
  const int distance = stage_ranks(job, stage);
  const int gpus_per_node = pool_of(job, stage).gpus_per_node;
  return {.ranks = 2, .ranks_per_node = distance < gpus_per_node ? 2 : 1, .node_stride = std::max(1, distance / gpus_per_node)};
}

}  // namespace gpufleet::sim
