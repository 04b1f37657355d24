#include "sim/training/epilogue.h"

#include <algorithm>

#include "sim/training/placement.h"

namespace gpufleet::sim {
namespace {

double bytes(hw::Dtype dtype) { return hw::bytes_per_value(dtype); }

/// Elements that this rank's optimiser updates.
double shard(double parameters, int replicas, const TrainingJob& job, int group_ranks) {
  if (job.layout.zero == 0) return parameters;
  return parameters / std::max(1, std::min(replicas, group_ranks));
}

/// The update on the host, in pieces: gradients come down and weights go up the host link while the processors, which serve all
/// accelerators of the node, update (ZeRO-Offload, arXiv 2101.06840). The slowest of the three sets the pace.
double host_update_seconds(const TrainingJob& job, const TrainingPool& pool, double parameters) {
  const double link = pool.accelerator.pcie_bandwidth.value() / 2;
  const double down = link > 0 ? parameters * bytes(job.precision.gradients) / link : 0.0;
  const double up = link > 0 ? parameters * bytes(job.precision.parameters) / link : 0.0;
  const double update = job.host_update_rate > 0 ? parameters * pool.gpus_per_node / job.host_update_rate : 0.0;
  return std::max({down, up, update});
}

}  // namespace

EpilogueTimes epilogue_times(const TrainingJob& job, int stage, const std::vector<Segment>& segments,
                             const Perturbation& perturbation) {
  const TrainingPool& pool = job.pools[static_cast<std::size_t>(job.layout.stages[static_cast<std::size_t>(stage)].pool)];
  const int tp = job.layout.stages[static_cast<std::size_t>(stage)].tp;
  const models::Precision& precision = job.precision;
  const GroupPlacement dense_group = dense_replica_group(job, stage), expert_group = expert_replica_group(job, stage),
                       dense_copies = dense_copies_group(job, stage), expert_copies = expert_copies_group(job, stage);
  const WorkTimer timer(job, stage, perturbation);

  EpilogueTimes out;
  models::RankParameters held;
  std::int64_t layers = 0;
  const CollectiveOp reduce = job.layout.zero == 0 ? CollectiveOp::all_reduce : CollectiveOp::reduce_scatter;
  const auto add = [&](CollectiveTime& time, CollectiveOp op, double payload, const GroupPlacement& group) {
    const CollectiveTime more = collective(pool.fabric, op, payload, group, CollectiveLibrary::nccl);
    time.time += more.time;
    time.nic += more.nic;
    time.scale_up += more.scale_up;
  };
  const auto both = [&](CollectiveTime& time, CollectiveOp op, const models::RankParameters& p, double value_bytes) {
    add(time, op, (p.linear + p.plain) * value_bytes, dense_group);
    add(time, op, p.experts * value_bytes, expert_group);
  };
  const auto transfer_of = [&](const CollectiveTime& time) {
    TimedTransfer transfer = timed_transfer(time);
    transfer.seconds *= perturbation.network;
    return transfer;
  };
  for (const Segment& segment : segments) {
    const models::RankParameters p = rank_parameters(job, segment, tp);
    held += p;
    layers += segment.layers();
    out.layers.push_back(std::max<std::int64_t>(1, segment.layers()));
    CollectiveTime reduction;
    const double value = bytes(precision.gradients);
    if (job.layout.zero < 3) both(reduction, reduce, p, value);
    if (job.layout.zero > 0) {
      // Shard groups add up their shards (hybrid sharding, arXiv 2304.11277, section 3.2.2).
      add(reduction, CollectiveOp::all_reduce, (p.linear + p.plain) * value / dense_group.ranks, dense_copies);
      add(reduction, CollectiveOp::all_reduce, p.experts * value / expert_group.ranks, expert_copies);
    }
    const TimedTransfer transfer = transfer_of(reduction);
    out.gradient_reduce.push_back(transfer.seconds);
    out.reduce_use.push_back(transfer.use);
  }
  // 8-bit weights are cast after the gather: their scaling blocks lie across the shards.
  const double gathered = std::max(bytes(precision.parameters), bytes(precision.activation()));
  if (job.layout.zero == 1 || job.layout.zero == 2) {
    CollectiveTime gathers;
    both(gathers, CollectiveOp::all_gather, held, gathered);
    const TimedTransfer gather = transfer_of(gathers);
    out.parameter_gather = gather.seconds;
    out.gather_use = gather.use;
  }

  const double updated = shard(held.linear + held.plain, dense_replicas(job), job, dense_group.ranks) +
                         shard(held.experts, expert_replicas(job, stage), job, expert_group.ranks);
  // Adam reads the gradient, reads and writes master weight and both moments, writes the weight that kernels read.
  const double per_element =
      bytes(precision.gradients) + 2 * bytes(precision.master) + 4 * bytes(precision.moments) + bytes(precision.parameters);
  const std::int64_t launches = std::max<std::int64_t>(1, layers);
  out.optimizer = job.optimizer_home == OptimizerHome::host
                      ? host_update_seconds(job, pool, updated)
                      : timer.kernel_seconds(hw::Stream{hw::StreamKind::optimizer, updated * per_element, launches});
  // 8-bit products read weights that are cast once a step.
  for (const Segment& segment : segments) {
    const auto cast = [&](models::LayerKind kind, std::int64_t count) {
      if (count == 0) return;
      for (const models::WorkItem& item : models::weight_cast_work(job.architecture, kind, shard_of(job, tp), precision))
        if (const auto* kernel = std::get_if<hw::Kernel>(&item.work))
          out.optimizer += timer.kernel_seconds(*kernel) * static_cast<double>(count);
    };
    cast(models::LayerKind::dense, segment.dense_layers);
    cast(models::LayerKind::moe, segment.moe_layers);
  }
  const int world = job.layout.pp * stage_ranks(job, stage);
  const int per_node = std::min(world, pool.gpus_per_node);
  out.norm =
      timer.kernel_seconds(hw::Stream{hw::StreamKind::norm, updated * bytes(precision.gradients), launches}) +
      collective_time(pool.fabric, CollectiveOp::all_reduce, sizeof(float), {.ranks = world, .ranks_per_node = per_node}).value();
  // The buffer in which gradients add up is scaled to their mean before it is reduced, and cleared for the next step: read,
  // written, written (Megatron-LM, param_and_grad_buffer.py: start_grad_sync, reset).
  constexpr double kBufferPasses = 3;
  const double buffer = job.layout.zero >= 2 ? updated : held.linear + held.plain + held.experts;
  out.norm +=
      timer.kernel_seconds(hw::Stream{hw::StreamKind::norm, kBufferPasses * buffer * bytes(precision.gradients), launches});
  return out;
}

ParameterTransfers beside_blocks(const EpilogueTimes& times, const TrainingOverlap& overlap) {
  ParameterTransfers out;
  if (overlap.param_gather) {
    out.gather = times.parameter_gather;
    out.gather_use = times.gather_use;
  }
  if (overlap.grad_reduce) {
    out.reduce = times.gradient_reduce;
    out.buckets = times.layers;
    out.reduce_use = times.reduce_use;
  }
  return out;
}

EpilogueResult finish_step(const TrainingJob& job, const PipelineResult& pipeline, const std::vector<EpilogueTimes>& ranks) {
  const std::size_t n = ranks.size();
  EpilogueResult out;
  out.parts.resize(n);
  std::vector<Time> reduced(n);
  Time all_reduced;
  for (std::size_t rank = 0; rank < n; ++rank) {
    const RankTimeline& timeline = pipeline.ranks[rank];
    const EpilogueTimes& times = ranks[rank];
    // Chunks in the order in which their gradients are complete share one stream.
    std::vector<std::size_t> order(times.gradient_reduce.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(),
                     [&](std::size_t a, std::size_t b) { return timeline.last_backward_end[a] < timeline.last_backward_end[b]; });
    Time stream;
    for (const std::size_t chunk : order) {
      const Time whole = to_time(Seconds(times.gradient_reduce[chunk]));
      if (!job.overlap.grad_reduce) {
        stream = std::max(stream, timeline.end) + whole;
        continue;
      }
      const std::int64_t buckets = times.layers[chunk];
      const Time begin = timeline.last_backward_begin[chunk], end = timeline.last_backward_end[chunk];
      const Time first_ready = begin + (end - begin) / buckets;
      stream = std::max(std::max(stream, first_ready) + whole + timeline.reduce_delay[chunk], end + whole / buckets);
    }
    reduced[rank] = std::max(stream, timeline.end);
    all_reduced = std::max(all_reduced, reduced[rank]);
    out.parts[rank][static_cast<std::size_t>(StepPart::gradient)] = reduced[rank] - timeline.end;
  }
  Time updated;
  for (std::size_t rank = 0; rank < n; ++rank) {
    const Time work = to_time(Seconds(ranks[rank].norm + ranks[rank].optimizer));
    out.parts[rank][static_cast<std::size_t>(StepPart::optimizer)] = work;
    updated = std::max(updated, all_reduced + work);
  }
  // The gather of a rank's weights: its first layer's must be there when its first forward begins, the rest by that forward's
  // end.
  Time exposed;
  for (std::size_t rank = 0; rank < n; ++rank) {
    const Time gather = to_time(Seconds(ranks[rank].parameter_gather)) + pipeline.ranks[rank].gather_delay;
    Time late = gather;
    if (job.overlap.param_gather) {
      std::int64_t layers = 0;
      for (const std::int64_t count : ranks[rank].layers) layers += count;
      const Time begin = pipeline.ranks[rank].begin;
      const Time end = begin + pipeline.ranks[rank].first_forward;
      const Time first_late = gather / std::max<std::int64_t>(1, layers) - begin, last_late = gather - end;
      late = std::max(Time(0), std::max(first_late, last_late));
    }
    out.parts[rank][static_cast<std::size_t>(StepPart::parameter)] = late;
    exposed = std::max(exposed, late);
  }
  out.end = updated + exposed;
  return out;
}

}  // namespace gpufleet::sim
