// Memory of one rank over a step, by part: what stays (weights, gradients, optimiser states under ZeRO) and what comes and goes
// with the schedule (activations of the micro-batches in flight, the head's logits, communication buffers).
#pragma once

#include <string>
#include <vector>

#include "core/quantity.h"
#include "sim/training/job.h"

namespace gpufleet::sim {

struct StageMemory {
  int stage = 0;
  double weights = 0, gradients = 0, optimizer = 0, activations = 0, buffers = 0;  ///< bytes
  double capacity = 0;                                                             ///< bytes of the stage's chip
  std::vector<double> chunk_activations;  ///< bytes of one micro-batch, by chunk of the stage
  [[nodiscard]] double total() const { return weights + gradients + optimizer + activations + buffers; }
  [[nodiscard]] double lasting() const { return weights + gradients + optimizer; }
};

struct MemoryReport {
  std::vector<StageMemory> stages;
  std::size_t fullest = 0;  ///< index of the stage with the least room left
};

MemoryReport training_memory(const TrainingJob& job);

/// Why the job does not fit, with the arithmetic of the fullest stage; empty if it fits.
std::string memory_refusal(const MemoryReport& report);

}  // namespace gpufleet::sim
