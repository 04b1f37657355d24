// Durations of the blocks that a pipeline runs: forward, backward, weight and the overlapped pair of one model chunk, from the
// timed items of its layers on two streams, one for compute and one for communication.
#pragma once

#include <array>
#include <vector>

#include "sim/training/timed_work.h"

namespace gpufleet::sim {

/// The layers of one chunk in forward order, embedding and head included.
struct ChunkWork {
  std::vector<const TimedLayer*> layers;
};

struct BlockSeconds {
  double seconds = 0;
  double exposed = 0;                  ///< of it, communication that no compute covered
  std::array<double, kCosts> spent{};  ///< busy seconds by cost; communication in full, hidden or not
};

struct ChunkBlocks {
  BlockSeconds forward, backward, backward_input, weight;
};

/// Blocks that run alone. With ZeRO-3, weights of the next layer are gathered and gradients of the last one scattered beside the
/// compute; tensor-parallel and context-parallel exchanges hide under their neighbours as `overlap` says.
ChunkBlocks blocks_alone(const ChunkWork& chunk, const TrainingOverlap& overlap, int tp, int cp);

/// A forward of one chunk and a whole backward of another, together: each is a chain of compute and communication; compute of one
/// runs under communication of the other, weight gradients fill what is left (DeepSeek-V3 report, s. 3.2.1, figure 4).
BlockSeconds overlapped_pair(const ChunkWork& forward, const ChunkWork& backward);

}  // namespace gpufleet::sim
