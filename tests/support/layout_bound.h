// The bound of a layout search for one job on one kind of chip, put together from its parts as the search does.
#pragma once

#include <vector>

#include "sim/search/lower_bound.h"
#include "sim/training/step.h"

namespace gpufleet::testing {

/// Seconds below which no step of `job` can end. `kit`: of the job's first stage; all stages are alike.
inline double layout_bound(const sim::TrainingJob& job, const sim::LayerKit& kit) {
  const std::vector<const sim::LayerKit*> kits(static_cast<std::size_t>(job.layout.pp), &kit);
  const bool both_ways = job.layout.schedule == sim::Schedule::dualpipe;
  const sim::ChainShape shape = sim::chain_shape(job.layout.schedule);
  const int chunks = both_ways ? 1 : sim::chunks_per_rank(job.layout.schedule, job.layout.virtual_stages);
  const std::vector<sim::Segment> segments = sim::cut_model(job, kits, shape, chunks);
  const std::vector<sim::WorkSeconds> positions = sim::position_seconds(segments, kits, shape);
  const sim::BoundInput input{
      positions, job.layout.pp, chunks, job.layout.schedule, sim::micro_batches_per_replica(job), sim::block_scatter(job)};
  if (job.layout.zero == 3) return sim::any_cut_bound(input, sim::sharding_seconds(job));
  std::vector<sim::Segment> first;
  for (int position = 0; position < job.layout.pp * chunks; ++position)
    if (sim::rank_of(position, job.layout.pp, shape) == 0) first.push_back(segments[static_cast<std::size_t>(position)]);
  if (both_ways) first.push_back(segments.back());
  return sim::pipeline_bound(input) + sim::epilogue_bound(job, first, positions.front().longest_backward());
}

}  // namespace gpufleet::testing
