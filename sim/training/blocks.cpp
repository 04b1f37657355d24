#include "sim/training/blocks.h"

#include <algorithm>
#include <limits>
#include <span>

namespace gpufleet::sim {
namespace {

void account(BlockSeconds& block, const TimedItem& item) {
  block.spent[static_cast<std::size_t>(item.cost)] += item.seconds;
  block.host += item.host;
  block.most = {std::max(block.most.nic, item.use.nic), std::max(block.most.scale_up, item.use.scale_up)};
}

/// What hides under compute (`seconds` less than the item's) has slack, and is not slowed.
void add_phase(BlockSeconds& block, double seconds, const LinkUse& use) {
  if (!block.phases.empty() && block.phases.back().use == use)
    block.phases.back().seconds += seconds;
  else
    block.phases.push_back({seconds, use});
}

bool tensor_gather(models::CommKind kind) {
  return kind == models::CommKind::tp_all_gather || kind == models::CommKind::etp_all_gather;
}

/// Communication that stays visible when it is cut into `pieces` and pipelined with a neighbour's compute.
double exposed_after(double comm, double compute, int pieces) {
  const double share = 1.0 / std::max(pieces, 1);
  return std::max(comm * share, comm - compute * (1.0 - share));
}

/// The compute item that an exchange can hide under: attention for context parallelism, else the GEMM that needs an all-gather's
/// result, or that produced a reduce-scatter's input.
const TimedItem* partner(std::span<const TimedItem> items, std::size_t index) {
  const TimedItem& comm = items[index];
  const bool after = comm.cost == Cost::context_comm || tensor_gather(comm.comm);
  const auto fits = [&](const TimedItem& item) {
    return !item.network && (comm.cost == Cost::context_comm ? item.cost == Cost::attention
                                                             : item.cost == Cost::gemm || item.cost == Cost::grouped_gemm);
  };
  constexpr std::size_t kReach = 6;  // element-wise kernels may stand between; the next layer's GEMM is not its partner
  for (std::size_t step = 1; step <= kReach; ++step) {
    if (after ? index + step >= items.size() : step > index) return nullptr;
    const TimedItem& item = items[after ? index + step : index - step];
    if (fits(item)) return &item;
    if (item.network) return nullptr;
  }
  return nullptr;
}

/// Whether the weight products of a pass follow its input products layer by layer.
enum class WeightPass : std::uint8_t { apart, follows };

double visible(std::span<const TimedItem> items, std::size_t index, const TrainingOverlap& overlap, int tp, int cp,
               WeightPass weights) {
  const TimedItem& item = items[index];
  // A gather for the weight product runs beside the input product that follows; a reduction of the input's gradient beside the
  // weight product, which has as many operations as the input product before it.
  if (item.beside_product && (tensor_gather(item.comm) || weights == WeightPass::follows)) {
    const TimedItem* product = partner(items, index);
    return product == nullptr ? item.seconds : std::max(0.0, item.seconds - product->seconds);
  }
  const bool tensor = item.cost == Cost::tensor_comm && overlap.tensor_parallel;
  const bool context = item.cost == Cost::context_comm;  // ring attention exchanges the next block while it computes this one
  if (!tensor && !context) return item.seconds;
  const TimedItem* compute = partner(items, index);
  return compute == nullptr ? item.seconds : exposed_after(item.seconds, compute->seconds, tensor ? tp : cp);
}

/// Items one after the other; with overlap.expert the expert exchange hides under the shared expert, which needs no exchange.
void run_serial(std::span<const TimedItem> items, const TrainingOverlap& overlap, int tp, int cp, WeightPass weights,
                BlockSeconds& block) {
  double shared = 0, exchange = 0;
  for (const TimedItem& item : items) {
    if (item.cost == Cost::expert_comm) exchange += item.seconds;
    if (item.shared_expert) shared += item.seconds;
  }
  const double hidden = overlap.expert ? std::min(shared, exchange) : 0.0;
  for (std::size_t i = 0; i < items.size(); ++i) {
    const TimedItem& item = items[i];
    account(block, item);
    const double seconds = item.network ? visible(items, i, overlap, tp, cp, weights) : item.seconds;
    block.seconds += seconds;
    if (item.network && item.seconds > 0)
      block.slices.push_back({item.cost, std::max(0.0, block.seconds - item.seconds), block.seconds});
    add_phase(block, hidden > 0 && item.shared_expert ? seconds * (1 - hidden / shared) : seconds, item.use);
    if (item.network) block.exposed += seconds;
  }
  if (hidden > 0) {
    block.seconds -= hidden;
    block.exposed -= hidden;
  }
}

/// Fully sharded weights: gathers of layer i+1 run beside the compute of layer i (one layer ahead), scatters of gradients follow.
/// `order` lists the layers as they are visited; `compute` their seconds.
struct ShardedWalk {
  double compute_clock = 0, network_clock = 0, network_busy = 0;
  double previous_start = 0;
  // Of the last visit.
  double compute_start = 0;
  std::array<std::pair<double, double>, 2> network_spans{};

  void visit(double gather, double compute, double slowdown, double scatter) {
    // The gather may start once the layer before has begun to compute, so at most one layer is held in advance.
    const double gather_start = std::max(network_clock, previous_start);
    const double gathered = gather_start + gather;
    network_clock = gathered;
    const double start = std::max(compute_clock, gathered);
    previous_start = compute_start = start;
    compute_clock = start + compute * slowdown;
    network_clock = std::max(network_clock, scatter > 0 ? compute_clock : network_clock) + scatter;
    network_spans = {{{gather_start, gathered}, {network_clock - scatter, network_clock}}};
    network_busy += gather + scatter;
  }
};

void add(BlockSeconds& total, const BlockSeconds& part) {
  for (Slice slice : part.slices) {
    slice.begin += total.seconds;
    slice.end += total.seconds;
    total.slices.push_back(slice);
  }
  total.seconds += part.seconds;
  total.exposed += part.exposed;
  total.host += part.host;
  for (std::size_t i = 0; i < total.spent.size(); ++i) total.spent[i] += part.spent[i];
  total.most = {std::max(total.most.nic, part.most.nic), std::max(total.most.scale_up, part.most.scale_up)};
  for (const LinkPhase& phase : part.phases) add_phase(total, phase.seconds, phase.use);
}

double shared_slowdown(std::span<const TimedItem> items) {
  double alone = 0, shared = 0;
  for (const TimedItem& item : items)
    if (!item.network) {
      alone += item.seconds;
      shared += item.seconds_shared;
    }
  return alone > 0 ? shared / alone : 1.0;
}

enum class Visit : std::uint8_t { forward, backward };

/// One pass over the chunk with sharded weights.
BlockSeconds sharded_pass(const ChunkWork& chunk, Visit visit, const TrainingOverlap& overlap, int tp, int cp) {
  BlockSeconds total;
  ShardedWalk walk;
  double compute_alone = 0;
  const auto one = [&](const TimedLayer& layer) {
    BlockSeconds block;
    double slow = 1;
    if (visit == Visit::forward) {
      run_serial(layer.forward, overlap, tp, cp, WeightPass::follows, block);
      slow = shared_slowdown(layer.forward);
    } else {
      run_serial(layer.backward_input, overlap, tp, cp, WeightPass::follows, block);
      run_serial(layer.backward_weight, overlap, tp, cp, WeightPass::follows, block);
      slow = shared_slowdown(layer.backward_input);
    }
    const double scatter = visit == Visit::backward ? layer.gradient_scatter : 0.0;
    // Compute is slowed only for as long as communication runs beside it.
    const double beside = std::min(1.0, (layer.parameter_gather + scatter) / std::max(block.seconds, 1e-12));
    walk.visit(layer.parameter_gather, block.seconds, 1.0 + (slow - 1.0) * beside, scatter);
    compute_alone += block.seconds;
    // Not add(): the walk says when the layer runs.
    const double behind = walk.compute_start - total.seconds;
    total.seconds += behind;
    add(total, block);
    total.seconds -= behind;
    for (const auto& [begin, end] : walk.network_spans)
      if (end > begin) total.slices.push_back({Cost::parameter_comm, begin, end});
  };
  if (visit == Visit::forward)
    for (const TimedLayer* layer : chunk.layers) one(*layer);
  else
    for (auto layer = chunk.layers.rbegin(); layer != chunk.layers.rend(); ++layer) one(**layer);
  const double end = std::max(walk.compute_clock, visit == Visit::backward ? walk.network_clock : walk.compute_clock);
  total.spent[static_cast<std::size_t>(Cost::parameter_comm)] += walk.network_busy;
  total.exposed += end - compute_alone;
  total.seconds = end;
  return total;
}

/// A pass ends no sooner than the host has issued its kernels.
void wait_for_host(BlockSeconds& block) {
  if (block.host <= block.seconds) return;
  add_phase(block, block.host - block.seconds, {});
  block.seconds = block.host;
}

bool sharded(const ChunkWork& chunk) {
  return std::any_of(chunk.layers.begin(), chunk.layers.end(),
                     [](const TimedLayer* layer) { return layer->parameter_gather > 0; });
}

}  // namespace

ChunkBlocks blocks_alone(const ChunkWork& chunk, const TrainingOverlap& overlap, int tp, int cp) {
  ChunkBlocks out;
  if (sharded(chunk)) {
    out.forward = sharded_pass(chunk, Visit::forward, overlap, tp, cp);
    out.backward = sharded_pass(chunk, Visit::backward, overlap, tp, cp);
  } else {
    for (const TimedLayer* layer : chunk.layers) run_serial(layer->forward, overlap, tp, cp, WeightPass::follows, out.forward);
  }
  for (auto layer = chunk.layers.rbegin(); layer != chunk.layers.rend(); ++layer) {
    run_serial((*layer)->backward_input, overlap, tp, cp, WeightPass::apart, out.backward_input);
    run_serial((*layer)->backward_weight, overlap, tp, cp, WeightPass::apart, out.weight);
    if (sharded(chunk)) continue;
    run_serial((*layer)->backward_input, overlap, tp, cp, WeightPass::follows, out.backward);
    run_serial((*layer)->backward_weight, overlap, tp, cp, WeightPass::follows, out.backward);
  }
  for (BlockSeconds* block : {&out.forward, &out.backward, &out.backward_input, &out.weight}) wait_for_host(*block);
  return out;
}

}  // namespace gpufleet::sim
