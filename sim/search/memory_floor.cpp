#include "sim/search/memory_floor.h"

#include <algorithm>
#include <limits>

#include "models/memory.h"
#include "sim/training/placement.h"
#include "sim/training/program.h"
#include "sim/training/step.h"

namespace gpufleet::sim {
namespace {

double chunk_bytes(const MemoryKit& kit, const Segment& s) {
  return static_cast<double>(s.dense_layers) * kit.dense + static_cast<double>(s.moe_layers) * kit.moe +
         static_cast<double>(s.mtp_modules) * kit.mtp + (s.embedding ? kit.embedding : 0.0);
}

models::RankParameters chunk_parameters(const MemoryKit& kit, const Segment& s) {
  models::RankParameters out = static_cast<double>(s.dense_layers) * kit.dense_parameters;
  out += static_cast<double>(s.moe_layers) * kit.moe_parameters;
  out += static_cast<double>(s.mtp_modules) * kit.mtp_parameters;
  if (s.embedding) out += kit.embedding_parameters;
  if (s.head && !s.embedding) out += kit.head_parameters;  // a tied table counts once
  return out;
}

/// Chunks of one micro-batch that a rank must hold at once. Schedules that order work by its durations may hold fewer than they
/// usually do, so for them it is what their construction never goes below.
double held_chunks(const TrainingJob& job, int rank) {
  const std::int64_t m = micro_batches_per_replica(job);
  const std::int64_t p = job.layout.pp, v = job.layout.virtual_stages, r = rank;
  const std::int64_t ahead = std::min(p - r, m);
  switch (job.layout.schedule) {
    case Schedule::gpipe: return static_cast<double>(m);
    case Schedule::interleaved: return static_cast<double>(std::min((p - r - 1) * 2 + (v - 1) * p + 1, m * v));
    case Schedule::dualpipe: return static_cast<double>(p);
    case Schedule::dualpipe_v: return static_cast<double>(2 * p);
    case Schedule::zb_2p:
    case Schedule::zb_1p:
    case Schedule::one_f_one_b: return static_cast<double>(ahead);
    default: return 1;
  }
}

double state_bytes(const TrainingJob& job, int stage, const models::RankParameters& parameters) {
  const models::ModelState state =
      models::model_state(parameters, job.precision, static_cast<models::Zero>(job.layout.zero),
                          {.dense = dense_replica_group(job, stage).ranks, .experts = expert_replica_group(job, stage).ranks});
  return state.total() - (job.optimizer_home == OptimizerHome::host ? state.optimizer : 0.0);
}

}  // namespace

MemoryKit make_memory_kit(const TrainingJob& job, int stage) {
  const models::Architecture& a = job.architecture;
  const models::Shard shard = shard_of(job, job.layout.stages[static_cast<std::size_t>(stage)].tp);
  const models::MicroBatch batch{.sequences = job.layout.micro_batch, .sequence_length = job.sequence_length};
  const auto activations = [&](models::LayerKind kind, const models::Recompute& recompute) {
    return models::layer_activation_bytes(a, kind, shard, job.precision, batch, recompute, job.implementation);
  };
  const bool moe = a.moe_layers() > 0, dense = a.dense_layers > 0 || !moe;
  MemoryKit kit;
  if (dense) {
    kit.dense = activations(models::LayerKind::dense, job.recompute);
    kit.dense_parameters = models::layer_rank_parameters(a, models::LayerKind::dense, shard);
  }
  if (moe) {
    kit.moe = activations(models::LayerKind::moe, job.recompute);
    kit.moe_parameters = models::layer_rank_parameters(a, models::LayerKind::moe, shard);
  }
  if (a.mtp_layers > 0) {
    kit.mtp = activations(a.mtp_kind(), job.recompute);
    kit.mtp_parameters = models::mtp_rank_parameters(a, shard);
  }
  kit.embedding = models::embedding_activation_bytes(a, shard, batch, job.implementation);
  kit.head = models::head_activation_bytes(a, shard, job.precision, batch);
  kit.embedding_parameters = models::embedding_rank_parameters(a, shard);
  kit.head_parameters = models::head_rank_parameters(a, shard);
  if (job.recompute.is_full())
    kit.again = activations(moe ? models::LayerKind::moe : models::LayerKind::dense, models::Recompute::none());
  return kit;
}

double memory_floor(const TrainingJob& job, int rank, const MemoryKit& kit, std::span<const Segment> chunks) {
  models::RankParameters parameters;
  double smallest = std::numeric_limits<double>::infinity(), buffers = kit.again;
  for (const Segment& chunk : chunks) {
    parameters += chunk_parameters(kit, chunk);
    smallest = std::min(smallest, chunk_bytes(kit, chunk));
    if (chunk.head) buffers += kit.head;
  }
  return state_bytes(job, rank, parameters) + held_chunks(job, rank) * smallest + buffers;
}

double mean_memory_floor(const TrainingJob& job, const MemoryKit& kit) {
  const models::Architecture& a = job.architecture;
  const auto layers = static_cast<double>(a.layers), moe = static_cast<double>(a.moe_layers());
  const double copies = model_copies(job), share = copies / job.layout.pp;
  models::RankParameters parameters = (share * (layers - moe)) * kit.dense_parameters;
  parameters += (share * moe) * kit.moe_parameters;
  return state_bytes(job, 0, parameters) + ((layers - moe) * kit.dense + moe * kit.moe) / job.layout.pp + kit.again;
}

}  // namespace gpufleet::sim
