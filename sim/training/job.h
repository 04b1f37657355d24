// What a training job is, as the simulator takes it: a model, a layout over pools of chips, precisions, overlap options. All
// values; scenarios/ makes them from files, and nothing here is looked up by name.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "hwprofiles/accelerator.h"
#include "hwprofiles/kernel_time.h"
#include "hwprofiles/sustained.h"
#include "models/architecture.h"
#include "models/layer_work.h"
#include "sim/net/collective_time.h"
#include "sim/training/schedule.h"

namespace gpufleet::sim {

/// Chips of one kind in nodes of one kind on one fabric.
struct TrainingPool {
  std::string name;
  hw::Accelerator accelerator;
  hw::KernelTimeModel kernels;
  FabricModel fabric;
  int gpus = 0;
  int gpus_per_node = 8;
  hw::SustainedRates sustained;
  double host_power = 0;  ///< watts of a node's host and network at full load, an accelerator's share
};

/// One pipeline stage (rank along PP): where it runs and how many transformer layers it holds over all its chunks.
struct Stage {
  int pool = 0;
  int tp = 1;
  int layers = 0;
};

/// Data-parallel replicas that are alike. A job whose replicas run on different chips has several groups of them.
struct ReplicaGroup {
  int replicas = 1;
  std::vector<Stage> stages;       ///< one per PP rank
  std::int64_t micro_batches = 0;  ///< of a replica in a step; 0 = to be balanced (replica_groups.h)
  std::int64_t fewer = 0;          ///< micro-batches that the group carries less, by replicas that end a round earlier
};

/// Degrees of parallelism. World size = tp · cp · dp · pp when stages are alike; ep divides dp · cp · tp / expert_tp.
struct TrainingLayout {
  int tp = 1, pp = 1, dp = 1, ep = 1, cp = 1, expert_tp = 1;
  int virtual_stages = 1;        ///< model chunks per stage of the interleaved schedule
  int zero = 1;                  ///< ZeRO stage 0-3 (3 = FSDP)
  int shard_group = 0;           ///< ranks over which ZeRO shards (HSDP); 0 = the whole data-parallel group
  std::int64_t micro_batch = 1;  ///< sequences per micro-batch
  Schedule schedule = Schedule::one_f_one_b;
  models::SequenceParallel sequence_parallel = models::SequenceParallel::on;
  std::vector<Stage> stages;  ///< one per PP rank; pool 0, `tp` and an even split where the scenario does not say
  /// Groups of unlike replicas, dp of them in all; empty = every replica runs on `stages`, which otherwise are the first group's.
  std::vector<ReplicaGroup> groups;
};

/// Which communication hides behind compute, in Megatron's terms.
struct TrainingOverlap {
  bool grad_reduce = true;       ///< data-parallel gradient reduce-scatter during the backward pass
  bool param_gather = true;      ///< all-gather of updated (or ZeRO-3 sharded) parameters during the forward pass
  bool tensor_parallel = false;  ///< TP all-gather / reduce-scatter chunked under the GEMMs (tp-comm-overlap)
  bool pipeline = true;          ///< stage-to-stage sends asynchronous to compute
  bool expert = false;           ///< EP all-to-all under the compute of the same pass (shared expert, other half batch)
};

/// Where optimiser states live and the update runs.
enum class OptimizerHome : std::uint8_t { accelerator, host };

struct TrainingJob {
  models::Architecture architecture;
  std::vector<TrainingPool> pools;
  TrainingLayout layout;
  models::Precision precision;
  models::Recompute recompute;
  models::Implementation implementation;
  TrainingOverlap overlap;
  OptimizerHome optimizer_home = OptimizerHome::accelerator;
  double host_update_rate = 0;  ///< parameters a second that one host updates; used with OptimizerHome::host
  std::int64_t sequence_length = 4096;
  std::int64_t global_batch = 1;  ///< sequences per optimiser step
  int comm_sms = 0;            ///< SMs that communication kernels hold while they run (DeepSeek: 20); 0 = the library's default
  double launch_seconds = 0;   ///< host time per kernel, which paces a pass that launches faster than that
  double block_log_sigma = 0;  ///< spread of equal pipeline blocks from one to the next
  int node_limit = 0;          ///< node-limited routing: at most this many nodes per token; 0 = no limit
};

}  // namespace gpufleet::sim
