// A time below which no step of a layout can end, without playing its schedule: every rank has to wait for the first micro-batch
// to reach it, do all its work, and see the last gradients travel back to the first stage. Overlapped pairs last at least as long
// as each of their two streams. Pure arithmetic, no allocation.
#pragma once

#include <cstdint>
#include <span>

#include "sim/search/stage_costs.h"

namespace gpufleet::sim {

struct BoundInput {
  std::span<const WorkSeconds> positions;  ///< along the model, ranks x chunks of them
  int ranks = 1;
  int chunks = 1;  ///< positions a rank holds in one chain
  Schedule schedule = Schedule::one_f_one_b;
  std::int64_t micro_batches = 1;  ///< of a replica
  double scatter = 0;              ///< log-sigma of equal blocks, see block_scatter
};

/// Blocks of a rank scatter around their mean from one micro-batch to the next, with this log-sigma. Their sum may fall below
/// what `positions` say; the bounds below leave room for four standard errors of it.
double block_scatter(const TrainingJob& job);

/// Seconds from the first forward to the first rank's or the busiest rank's end. Never above what simulate_step gives for the
/// pipeline (property test). The epilogue comes on top, see epilogue_bound.
double pipeline_bound(const BoundInput& in);

/// The same where the simulator may cut the model otherwise than `positions` says (fully sharded weights change the costs by
/// which it cuts): holds for every cut. `gathered` is the least network time of all layers, one micro-batch, there and back.
double any_cut_bound(const BoundInput& in, double gathered);

/// Seconds of the first rank after its blocks: the part of its reduction that no backward hides, the optimiser, the part of the
/// gather that no forward hides. `last_backward` is the time of the block under which the reduction may hide.
double epilogue_bound(const TrainingJob& job, std::span<const Segment> first_rank, double last_backward);

/// Gathers (twice) and scatters of all layers' weights under ZeRO-3, seconds for one micro-batch; the sum over all stages.
double sharding_seconds(const TrainingJob& job);

}  // namespace gpufleet::sim
