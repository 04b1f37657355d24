#include "sim/search/stage_costs.h"

#include "sim/training/blocks.h"
#include "sim/training/program.h"
#include "sim/training/timed_work.h"

namespace gpufleet::sim {
namespace {

double issued(const std::vector<TimedItem>& items) {
  double host = 0;
  for (const TimedItem& item : items) host += item.host;
  return host;
}

WorkSeconds seconds_of(const TimedLayer& layer, const TrainingJob& job, int tp) {
  // The host may lag behind one layer and catch up in the next: whole blocks wait for it, layers do not.
  TimedLayer at_once = layer;
  for (auto* items : {&at_once.forward, &at_once.backward_input, &at_once.backward_weight})
    for (TimedItem& item : *items) item.host = 0;
  const ChunkBlocks blocks = blocks_alone({{&at_once}}, job.overlap, tp, job.layout.cp);
  WorkSeconds out{blocks.forward.seconds, blocks.backward_input.seconds, blocks.weight.seconds, blocks.backward.seconds};
  out.host_forward = issued(layer.forward);
  out.host_input = issued(layer.backward_input);
  out.host_weight = issued(layer.backward_weight);
  for (const TimedItem& item : layer.forward) (item.network ? out.network_forward : out.compute_forward) += item.seconds;
  for (const auto* items : {&layer.backward_input, &layer.backward_weight})
    for (const TimedItem& item : *items) (item.network ? out.network_backward : out.compute_backward) += item.seconds;
  return out;
}

// What the simulator weighs a layer by when it cuts the model.
double cutting_cost(const TimedLayer& layer, const TrainingJob& job, int tp) {
  const ChunkBlocks blocks = blocks_alone({{&layer}}, job.overlap, tp, job.layout.cp);
  return blocks.forward.seconds + blocks.backward.seconds;
}

}  // namespace

WorkSeconds& WorkSeconds::operator+=(const WorkSeconds& o) {
  forward += o.forward;
  input += o.input;
  weight += o.weight;
  backward += o.backward;
  compute_forward += o.compute_forward;
  compute_backward += o.compute_backward;
  network_forward += o.network_forward;
  network_backward += o.network_backward;
  host_forward += o.host_forward;
  host_input += o.host_input;
  host_weight += o.host_weight;
  return *this;
}

WorkSeconds operator*(double times, const WorkSeconds& one) {
  return {times * one.forward,         times * one.input,
          times * one.weight,          times * one.backward,
          times * one.compute_forward, times * one.compute_backward,
          times * one.network_forward, times * one.network_backward,
          times * one.host_forward,    times * one.host_input,
          times * one.host_weight};
}

LayerKit make_layer_kit(const TrainingJob& job, int stage) {
  if (job.layout.zero == 3) {
    // Gathers hide under the layers before and after, which one layer alone does not have.
    TrainingJob whole = job;
    whole.layout.zero = 2;
    return make_layer_kit(whole, stage);
  }
  const WorkTimer timer(job, stage, {});
  const int tp = job.layout.stages[static_cast<std::size_t>(stage)].tp;
  const models::Architecture& a = job.architecture;
  LayerKit kit;
  const auto put = [&](const TimedLayer& layer, WorkSeconds& seconds, double& cost) {
    seconds = seconds_of(layer, job, tp);
    cost = cutting_cost(layer, job, tp);
  };
  if (a.dense_layers > 0 || a.routed_experts == 0) put(timer.layer(models::LayerKind::dense), kit.dense, kit.costs.dense);
  if (a.moe_layers() > 0) put(timer.layer(models::LayerKind::moe), kit.moe, kit.costs.moe);
  put(timer.embedding(), kit.embedding, kit.costs.embedding);
  put(timer.head(), kit.head, kit.costs.head);
  if (a.mtp_layers > 0) put(timer.mtp(), kit.mtp, kit.costs.mtp);
  return kit;
}

ChainShape chain_shape(Schedule schedule) {
  switch (schedule) {
    case Schedule::zbv:
    case Schedule::v_half:
    case Schedule::v_min:
    case Schedule::dualpipe_v: return ChainShape::v;
    default: return ChainShape::straight;
  }
}

std::vector<Segment> cut_model(const TrainingJob& job, const std::vector<const LayerKit*>& kits, ChainShape shape, int chunks) {
  const int ranks = job.layout.pp;
  Program program{.ranks = ranks, .chunks = chunks, .micro_batches = 0, .chains = {{}}, .ops = {}};
  std::vector<LayerCosts> costs;
  for (int position = 0; position < ranks * chunks; ++position) {
    const int rank = rank_of(position, ranks, shape);
    program.chains[0].push_back({rank, position / ranks});
    costs.push_back(kits[static_cast<std::size_t>(rank)]->costs);
  }
  return partition_model(job, program, costs);
}

std::vector<WorkSeconds> position_seconds(const std::vector<Segment>& segments, const std::vector<const LayerKit*>& kits,
                                          ChainShape shape) {
  std::vector<WorkSeconds> out;
  const int ranks = static_cast<int>(kits.size());
  for (std::size_t i = 0; i < segments.size(); ++i) {
    const LayerKit& kit = *kits[static_cast<std::size_t>(rank_of(static_cast<int>(i), ranks, shape))];
    const Segment& s = segments[i];
    WorkSeconds one = static_cast<double>(s.dense_layers) * kit.dense;
    one += static_cast<double>(s.moe_layers) * kit.moe;
    one += static_cast<double>(s.mtp_modules) * kit.mtp;
    if (s.embedding) one += kit.embedding;
    if (s.head) one += kit.head;
    out.push_back(one);
  }
  return out;
}

}  // namespace gpufleet::sim
