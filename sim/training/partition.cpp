#include "sim/training/partition.h"

#include <algorithm>

namespace gpufleet::sim {
namespace {

double layer_cost(const models::Architecture& a, std::int64_t layer, const LayerCosts& costs) {
  return a.layer_kind(layer) == models::LayerKind::moe ? costs.moe : costs.dense;
}

/// Layers per position, filled from the end, where no position costs more than `limit`; empty if they do not all fit.
std::vector<std::int64_t> fill(const models::Architecture& a, std::span<const LayerCosts> costs, double limit) {
  const std::size_t positions = costs.size();
  std::vector<std::int64_t> counts(positions, 0);
  std::int64_t layer = a.layers;
  for (std::size_t i = positions; i-- > 0;) {
    double load = (i == 0 ? costs[i].embedding : 0.0) +
                  (i + 1 == positions ? costs[i].head + costs[i].mtp * static_cast<double>(a.mtp_layers) : 0.0);
    while (layer > 0 && load + layer_cost(a, layer - 1, costs[i]) <= limit) {
      load += layer_cost(a, --layer, costs[i]);
      ++counts[i];
    }
  }
  if (layer > 0) counts.clear();
  return counts;
}

std::vector<std::int64_t> balanced_counts(const models::Architecture& a, std::span<const LayerCosts> costs) {
  const auto n = static_cast<std::int64_t>(costs.size());
  const bool alike = std::all_of(costs.begin(), costs.end(), [&](const LayerCosts& one) { return one == costs[0]; });
  if (alike && a.layers % n == 0) return std::vector<std::int64_t>(costs.size(), a.layers / n);
  double total = 0;  // on the slowest hardware
  for (const LayerCosts& one : costs) {
    double sum = one.embedding + one.head + one.mtp * static_cast<double>(a.mtp_layers);
    for (std::int64_t layer = 0; layer < a.layers; ++layer) sum += layer_cost(a, layer, one);
    total = std::max(total, sum);
  }
  double low = 0, high = total;
  constexpr int kHalvings = 60;  // far below a picosecond
  for (int i = 0; i < kHalvings; ++i) {
    const double middle = (low + high) / 2;
    (fill(a, costs, middle).empty() ? low : high) = middle;
  }
  return fill(a, costs, high);
}

/// Layers per position where stages state them: chain 0 visits each rank once per chunk it has in that chain.
std::vector<std::int64_t> stated_counts(const TrainingJob& job, const Program& program) {
  const std::vector<Place>& chain = program.chains[0];
  std::vector<std::int64_t> visits(job.layout.stages.size(), 0), seen(job.layout.stages.size(), 0), counts;
  for (const Place& place : chain) ++visits[static_cast<std::size_t>(place.rank)];
  for (const Place& place : chain) {
    const auto rank = static_cast<std::size_t>(place.rank);
    const std::int64_t layers = job.layout.stages[rank].layers;
    const std::int64_t share = layers / visits[rank] + (seen[rank] < layers % visits[rank] ? 1 : 0);
    ++seen[rank];
    counts.push_back(share);
  }
  return counts;
}

}  // namespace

std::vector<Segment> partition_model(const TrainingJob& job, const Program& program, std::span<const LayerCosts> costs) {
  const models::Architecture& a = job.architecture;
  const std::size_t positions = program.chains[0].size();
  const bool stated =
      std::any_of(job.layout.stages.begin(), job.layout.stages.end(), [](const Stage& s) { return s.layers > 0; });
  const std::vector<std::int64_t> counts = stated ? stated_counts(job, program) : balanced_counts(a, costs);
  std::vector<Segment> segments(positions);
  std::int64_t layer = 0;
  for (std::size_t i = 0; i < positions; ++i)
    for (std::int64_t k = 0; k < counts[i] && layer < a.layers; ++k, ++layer)
      ++(a.layer_kind(layer) == models::LayerKind::moe ? segments[i].moe_layers : segments[i].dense_layers);
  segments.front().embedding = true;
  segments.back().head = true;
  segments.back().mtp_modules = a.mtp_layers;
  return segments;
}

models::Shard shard_of(const TrainingJob& job, int tp) {
  return {.tp = tp,
          .sequence_parallel = job.layout.sequence_parallel,
          .cp = job.layout.cp,
          .ep = job.layout.ep,
          .expert_tp = job.layout.expert_tp};
}

models::RankParameters rank_parameters(const TrainingJob& job, const Segment& segment, int tp) {
  const models::Architecture& a = job.architecture;
  const models::Shard shard = shard_of(job, tp);
  models::RankParameters out;
  if (segment.dense_layers > 0)
    out += static_cast<double>(segment.dense_layers) * models::layer_rank_parameters(a, models::LayerKind::dense, shard);
  if (segment.moe_layers > 0)
    out += static_cast<double>(segment.moe_layers) * models::layer_rank_parameters(a, models::LayerKind::moe, shard);
  if (segment.mtp_modules > 0) out += static_cast<double>(segment.mtp_modules) * models::mtp_rank_parameters(a, shard);
  if (segment.embedding && segment.head) {
    models::RankParameters ends = models::model_rank_parameters(a, shard);
    for (std::int64_t layer = 0; layer < a.layers; ++layer)
      ends += -1.0 * models::layer_rank_parameters(a, a.layer_kind(layer), shard);
    out += ends;  // a tied table counts once
  } else {
    if (segment.embedding) out += models::embedding_rank_parameters(a, shard);
    if (segment.head) out += models::head_rank_parameters(a, shard);
  }
  return out;
}

std::vector<std::vector<Segment>> place_segments(const Program& program, const std::vector<Segment>& segments) {
  std::vector<std::vector<Segment>> placed(static_cast<std::size_t>(program.ranks),
                                           std::vector<Segment>(static_cast<std::size_t>(program.chunks)));
  for (const auto& chain : program.chains)
    for (std::size_t i = 0; i < chain.size(); ++i)
      placed[static_cast<std::size_t>(chain[i].rank)][static_cast<std::size_t>(chain[i].chunk)] = segments[i];
  return placed;
}

}  // namespace gpufleet::sim
