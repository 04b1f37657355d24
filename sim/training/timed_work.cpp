#include "sim/training/timed_work.h"

#include <algorithm>
#include <type_traits>

#include "models/memory.h"
#include "sim/net/expert_exchange.h"
#include "sim/training/partition.h"
#include "sim/training/placement.h"

namespace gpufleet::sim {
namespace {

// Thread blocks that NCCL keeps resident while a collective runs (its default channel count on NVSwitch nodes with one NIC a GPU,
// NCCL user guide, NCCL_MAX_CTAS); each takes one SM.
constexpr double kLibraryChannels = 16;

Cost cost_of(const hw::Kernel& kernel) {
  return std::visit(
      [](const auto& shape) {
        using Shape = std::decay_t<decltype(shape)>;
        if constexpr (std::is_same_v<Shape, hw::Gemm>)
          return Cost::gemm;
        else if constexpr (std::is_same_v<Shape, hw::GroupedGemm>)
          return Cost::grouped_gemm;
        else if constexpr (std::is_same_v<Shape, hw::Stream>)
          return Cost::memory_bound;
        else
          return Cost::attention;
      },
      kernel);
}

Cost cost_of(models::CommKind kind) {
  switch (kind) {
    case models::CommKind::ep_dispatch:
    case models::CommKind::ep_combine: return Cost::expert_comm;
    case models::CommKind::cp_exchange: return Cost::context_comm;
    default: return Cost::tensor_comm;
  }
}

LinkUse use_over(double seconds, Seconds nic, Seconds scale_up) {
  if (seconds <= 0) return {};
  return {std::min(1.0, nic.value() / seconds), std::min(1.0, scale_up.value() / seconds)};
}

}  // namespace

TimedTransfer timed_transfer(const CollectiveTime& time) {
  return {time.time.value(), use_over(time.time.value(), time.nic, time.scale_up)};
}

std::string_view name(Cost cost) {
  constexpr std::array<std::string_view, kCosts> kNames{"gemm",         "grouped_gemm",   "attention",
                                                        "memory_bound", "tensor_comm",    "expert_comm",
                                                        "context_comm", "parameter_comm", "pipeline_comm"};
  return kNames[static_cast<std::size_t>(cost)];
}

double communication_share(const TrainingJob& job, const hw::Accelerator& accelerator) {
  const double sms = std::max(accelerator.sm_count, 1);
  const double held = job.comm_sms > 0 ? job.comm_sms : kLibraryChannels;
  return std::clamp(held / sms, 0.0, 0.5);
}

WorkTimer::WorkTimer(const TrainingJob& job, int stage, const Perturbation& perturbation)
    : job_(job),
      pool_(job.pools[static_cast<std::size_t>(job.layout.stages[static_cast<std::size_t>(stage)].pool)]),
      perturbation_(perturbation),
      stage_(stage),
      tp_(job.layout.stages[static_cast<std::size_t>(stage)].tp),
      slowest_(hw::slowest_of(pool_.sustained.clock_spread, job.layout.pp * stage_ranks(job, stage))),
      shared_{1.0 - communication_share(job, pool_.accelerator)} {}

models::MicroBatch WorkTimer::micro_batch() const {
  return {.sequences = job_.layout.micro_batch, .sequence_length = job_.sequence_length};
}

double WorkTimer::kernel_seconds(const hw::Kernel& kernel) const {
  return pool_.kernels.time(kernel).seconds * perturbation_.kernel[static_cast<std::size_t>(hw::class_of(kernel))];
}

TimedTransfer WorkTimer::comm(const models::Comm& comm, Pass pass) const {
  const auto ring = [&](CollectiveOp op, const GroupPlacement& group) {
    return timed_transfer(collective(pool_.fabric, op, comm.bytes, group, CollectiveLibrary::nccl));
  };
  switch (comm.kind) {
    case models::CommKind::tp_all_gather: return ring(CollectiveOp::all_gather, tensor_group(job_, stage_));
    case models::CommKind::tp_reduce_scatter: return ring(CollectiveOp::reduce_scatter, tensor_group(job_, stage_));
    case models::CommKind::tp_all_reduce: return ring(CollectiveOp::all_reduce, tensor_group(job_, stage_));
    case models::CommKind::etp_all_gather: return ring(CollectiveOp::all_gather, expert_tensor_group(job_, stage_));
    case models::CommKind::etp_reduce_scatter: return ring(CollectiveOp::reduce_scatter, expert_tensor_group(job_, stage_));
    case models::CommKind::cp_exchange: {
      // Every rank ends up with the keys and values of all: an all-gather of the whole, by whatever ring.
      const GroupPlacement group = context_group(job_, stage_);
      return timed_transfer(
          collective(pool_.fabric, CollectiveOp::all_gather, comm.bytes * group.ranks, group, CollectiveLibrary::nccl));
    }
    default: break;
  }
  const models::Architecture& a = job_.architecture;
  const GroupPlacement group = expert_group(job_, stage_);
  const bool dispatch = comm.kind == models::CommKind::ep_dispatch;
  const double tokens = static_cast<double>(job_.layout.micro_batch * job_.sequence_length) /
                        (job_.layout.cp * (job_.layout.sequence_parallel == models::SequenceParallel::on ? tp_ : 1));
  const double value_bytes = comm.bytes / (tokens * static_cast<double>(a.hidden));
  const int groups = static_cast<int>(std::max<std::int64_t>(1, a.expert_groups));
  const int model_limit = a.expert_groups > 1 ? static_cast<int>(a.topk_groups) : groups;
  const CollectiveOp all_to_all = CollectiveOp::all_to_all;
  if (job_.implementation.dispatch_copies ==
      models::DispatchCopies::per_choice)  // plain all-to-all: a copy for every chosen expert
    return timed_transfer(collective(pool_.fabric, all_to_all,
                                     comm.bytes * static_cast<double>(a.top_k) * job_.implementation.expert_imbalance, group,
                                     CollectiveLibrary::nccl));
  const ExpertExchange exchange{.tokens = tokens,
                                .hidden = static_cast<int>(a.hidden),
                                .top_k = static_cast<int>(a.top_k),
                                .experts = static_cast<int>(a.routed_experts),
                                .groups = groups,
                                .group_limit = job_.node_limit > 0 ? std::min(job_.node_limit, groups) : model_limit,
                                .ranks = group.ranks,
                                .ranks_per_node = group.ranks_per_node,
                                .dispatch_bytes = value_bytes,
                                .combine_bytes = value_bytes,
                                .imbalance = job_.implementation.expert_imbalance,
                                .sms = job_.comm_sms > 0 ? job_.comm_sms : static_cast<int>(kLibraryChannels)};
  const ExpertExchangeTime time =
      expert_exchange(pool_.fabric, exchange, dispatch ? ExchangeDirection::dispatch : ExchangeDirection::combine);
  // Counts are exchanged before a forward's dispatch; the backward pass knows them.
  const double seconds = time.time.value() + (dispatch && pass == Pass::forward ? time.notify.value() : 0.0);
  return {seconds, use_over(seconds, time.rdma, time.nvlink_busy)};
}

double WorkTimer::sustained(const hw::Kernel& kernel, Pass pass) const {
  const hw::SustainedRates& rates = pool_.sustained;
  const auto product = [&](hw::Dtype dtype) {
    if (hw::bytes_per_value(dtype) > 1) return rates.gemm_16bit;
    if (job_.precision.scaling == models::Scaling::tensor) return rates.gemm_8bit_tensor;
    return rates.gemm_8bit * (pass == Pass::weight ? rates.weight_gradient_8bit : 1.0);
  };
  if (const auto* gemm = std::get_if<hw::Gemm>(&kernel)) return product(gemm->dtype);
  if (const auto* grouped = std::get_if<hw::GroupedGemm>(&kernel)) return product(grouped->dtype) * rates.grouped_gemm;
  if (const auto* stream = std::get_if<hw::Stream>(&kernel))
    return rates.memory * (stream->kind == hw::StreamKind::routing ? rates.routing : 1.0);
  if (const auto* attention = std::get_if<hw::Attention>(&kernel))
    return rates.attention * (attention->kind == hw::AttentionKind::flash2 ? rates.flash2_attention : 1.0);
  return 1.0;
}

TimedItem WorkTimer::timed(const models::WorkItem& item, Pass pass) const {
  TimedItem out;
  out.host = job_.launch_seconds;
  if (const auto* exchange = std::get_if<models::Comm>(&item.work)) {
    out.network = true;
    out.beside_product = exchange->beside_product;
    out.comm = exchange->kind;
    out.cost = cost_of(exchange->kind);
    const TimedTransfer transfer = comm(*exchange, pass);
    out.seconds = out.seconds_shared = transfer.seconds * perturbation_.network;
    out.use = transfer.use;
    if (out.cost == Cost::expert_comm) out.seconds_shared *= pool_.fabric.exchange.overlap_stretch;
    return out;
  }
  const auto& kernel = std::get<hw::Kernel>(item.work);
  const double factor = perturbation_.kernel[static_cast<std::size_t>(hw::class_of(kernel))] * slowest_ / sustained(kernel, pass);
  out.cost = cost_of(kernel);
  if (const auto* stream = std::get_if<hw::Stream>(&kernel)) out.host *= static_cast<double>(stream->launches);
  out.shared_expert = item.part == models::Part::shared_expert;
  out.seconds = pool_.kernels.time(kernel).seconds * factor;
  out.seconds_shared = std::max(out.seconds, pool_.kernels.time(kernel, shared_).seconds * factor);
  return out;
}

std::vector<TimedItem> WorkTimer::timed(const std::vector<models::WorkItem>& items, Pass pass) const {
  std::vector<TimedItem> out;
  out.reserve(items.size());
  for (const models::WorkItem& item : items) out.push_back(timed(item, pass));
  return out;
}

TimedLayer WorkTimer::timed(const models::LayerWork& work) const {
  return {.forward = timed(work.forward, Pass::forward),
          .backward_input = timed(work.backward_input, Pass::input),
          .backward_weight = timed(work.backward_weight, Pass::weight)};
}

void WorkTimer::add_sharding(TimedLayer& layer, const models::RankParameters& parameters) const {
  if (job_.layout.zero < 3) return;
  const GroupPlacement dense = dense_replica_group(job_, stage_), expert = expert_replica_group(job_, stage_);
  const auto seconds = [&](CollectiveOp op, double value_bytes) {
    double total = collective_time(pool_.fabric, op, (parameters.linear + parameters.plain) * value_bytes, dense).value();
    if (parameters.experts > 0) total += collective_time(pool_.fabric, op, parameters.experts * value_bytes, expert).value();
    return total * perturbation_.network;
  };
  layer.parameter_gather = seconds(CollectiveOp::all_gather, hw::bytes_per_value(job_.precision.parameters));
  layer.gradient_scatter = seconds(CollectiveOp::reduce_scatter, hw::bytes_per_value(job_.precision.gradients));
}

TimedLayer WorkTimer::layer(models::LayerKind kind) const {
  const models::Shard shard = shard_of(job_, tp_);
  TimedLayer out = timed(
      models::layer_work(job_.architecture, kind, shard, job_.precision, micro_batch(), job_.recompute, job_.implementation));
  add_sharding(out, models::layer_rank_parameters(job_.architecture, kind, shard));
  return out;
}
TimedLayer WorkTimer::embedding() const {
  const models::Shard shard = shard_of(job_, tp_);
  TimedLayer out = timed(models::embedding_work(job_.architecture, shard, job_.precision, micro_batch(), job_.implementation));
  add_sharding(out, models::embedding_rank_parameters(job_.architecture, shard));
  return out;
}
TimedLayer WorkTimer::head() const {
  const models::Shard shard = shard_of(job_, tp_);
  TimedLayer out = timed(models::head_work(job_.architecture, shard, job_.precision, micro_batch(), job_.implementation));
  add_sharding(out, models::head_rank_parameters(job_.architecture, shard));
  return out;
}
TimedLayer WorkTimer::mtp() const {
  const models::Shard shard = shard_of(job_, tp_);
  TimedLayer out =
      timed(models::mtp_work(job_.architecture, shard, job_.precision, micro_batch(), job_.recompute, job_.implementation));
  add_sharding(out, models::mtp_rank_parameters(job_.architecture, shard));
  return out;
}

}  // namespace gpufleet::sim
