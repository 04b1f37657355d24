#include "sim/training/memory.h"

#include <fmt/format.h>
#include <algorithm>

#include "models/memory.h"
#include "sim/training/placement.h"
#include "sim/training/replica_groups.h"
#include "sim/training/step.h"

namespace gpufleet::sim {
namespace {

constexpr double kGib = 1073741824.0;

/// Bytes that a chunk keeps of one micro-batch.
double segment_activations(const TrainingJob& job, const Segment& segment, const models::Shard& shard) {
  const models::Architecture& a = job.architecture;
  const models::MicroBatch batch{.sequences = job.layout.micro_batch, .sequence_length = job.sequence_length};
  const auto layer = [&](models::LayerKind kind) {
    return models::layer_activation_bytes(a, kind, shard, job.precision, batch, job.recompute, job.implementation);
  };
  double bytes = 0;
  if (segment.dense_layers > 0) bytes += static_cast<double>(segment.dense_layers) * layer(models::LayerKind::dense);
  if (segment.moe_layers > 0) bytes += static_cast<double>(segment.moe_layers) * layer(models::LayerKind::moe);
  if (segment.mtp_modules > 0) bytes += static_cast<double>(segment.mtp_modules) * layer(a.mtp_kind());
  if (segment.embedding) bytes += models::embedding_activation_bytes(a, shard, batch, job.implementation);
  return bytes;
}

/// Largest sum of activations that a rank holds while it works through its program.
double peak_activations(const std::vector<Op>& ops, const std::vector<double>& chunk_bytes) {
  double held = 0, peak = 0;
  const auto bytes = [&](int chunk) { return chunk_bytes[static_cast<std::size_t>(chunk)]; };
  for (const Op& op : ops) {
    if (op.kind == OpKind::forward || op.kind == OpKind::pair) held += bytes(op.chunk);
    peak = std::max(peak, held);
    if (op.kind == OpKind::backward || op.kind == OpKind::weight) held -= bytes(op.chunk);
    if (op.kind == OpKind::pair) held -= bytes(op.backward_chunk);
  }
  return peak;
}

}  // namespace

namespace {

MemoryReport group_memory(const TrainingJob& job) {
  const StepPlan plan = plan_step(job);
  const models::Architecture& a = job.architecture;
  MemoryReport report;
  double least_room = 0;
  for (int stage = 0; stage < plan.program.ranks; ++stage) {
    const auto index = static_cast<std::size_t>(stage);
    const int tp = job.layout.stages[index].tp;
    const models::Shard shard = shard_of(job, tp);
    const models::MicroBatch batch{.sequences = job.layout.micro_batch, .sequence_length = job.sequence_length};
    StageMemory memory{.stage = stage};
    models::RankParameters parameters;
    std::vector<double> chunk_bytes;
    for (const Segment& segment : plan.segments[index]) {
      parameters += rank_parameters(job, segment, tp);
      chunk_bytes.push_back(segment_activations(job, segment, shard));
      if (segment.head) memory.buffers += models::head_activation_bytes(a, shard, job.precision, batch);
    }
    const models::ModelState state =
        models::model_state(parameters, job.precision, static_cast<models::Zero>(job.layout.zero),
                            {.dense = dense_replica_group(job, stage).ranks, .experts = expert_replica_group(job, stage).ranks});
    memory.weights = state.weights + state.low_precision_weights;
    memory.gradients = state.gradients;
    memory.optimizer = job.optimizer_home == OptimizerHome::host ? 0.0 : state.optimizer;
    memory.activations = peak_activations(plan.program.ops[index], chunk_bytes);
    // With full recomputation one layer's activations come back while it is computed again.
    if (job.recompute.is_full()) {
      const models::LayerKind kind = a.moe_layers() > 0 ? models::LayerKind::moe : models::LayerKind::dense;
      memory.buffers +=
          models::layer_activation_bytes(a, kind, shard, job.precision, batch, models::Recompute::none(), job.implementation);
    }
    memory.capacity =
        static_cast<double>(job.pools[static_cast<std::size_t>(job.layout.stages[index].pool)].accelerator.usable_memory.value());
    const double room = memory.capacity - memory.total();
    if (stage == 0 || room < least_room) {
      least_room = room;
      report.fullest = index;
    }
    memory.chunk_activations = std::move(chunk_bytes);
    report.stages.push_back(std::move(memory));
  }
  return report;
}

}  // namespace

MemoryReport training_memory(const TrainingJob& job) {
  if (job.layout.groups.empty()) return group_memory(job);
  MemoryReport report;
  for (const TrainingJob& group : group_jobs(job))
    for (StageMemory stage : group_memory(group).stages) {
      stage.stage = static_cast<int>(report.stages.size());
      report.stages.push_back(stage);
    }
  for (std::size_t i = 0; i < report.stages.size(); ++i) {
    const auto room = [&](std::size_t k) { return report.stages[k].capacity - report.stages[k].total(); };
    if (room(i) < room(report.fullest)) report.fullest = i;
  }
  return report;
}

std::string memory_refusal(const MemoryReport& report) {
  const StageMemory& m = report.stages[report.fullest];
  if (m.total() <= m.capacity) return {};
  return fmt::format(
      "pipeline stage {} needs {:.1f} GiB a GPU (weights {:.1f} + gradients {:.1f} + optimiser {:.1f} + activations {:.1f} + "
      "buffers "
      "{:.1f}), its chip has {:.1f} GiB",
      m.stage, m.total() / kGib, m.weights / kGib, m.gradients / kGib, m.optimizer / kGib, m.activations / kGib, m.buffers / kGib,
      m.capacity / kGib);
}

}  // namespace gpufleet::sim
