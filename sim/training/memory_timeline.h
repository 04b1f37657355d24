// Memory of each stage over a recorded step: what lasts, plus the activations of the micro-batches in flight as blocks begin and
// end.
#pragma once

#include <span>
#include <vector>

#include "sim/training/memory.h"
#include "sim/training/step_part.h"

namespace gpufleet::sim {

struct MemoryPoint {
  std::int32_t stage = 0;
  Time at;
  double bytes = 0;  ///< from then on
};

/// `spans` and `memory` are those of one step of the job. Ordered by stage, then time; the highest point of a stage is its
/// StageMemory::total().
std::vector<MemoryPoint> memory_timeline(const TrainingJob& job, const MemoryReport& memory, std::span<const Span> spans);

}  // namespace gpufleet::sim
