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

/// An exchange of a block on its communication stream, from the block's begin on.
struct Slice {
  Cost cost = Cost::tensor_comm;
  double begin = 0, end = 0;  ///< seconds
};

struct BlockSeconds {
  double seconds = 0;
  double host = 0;                     ///< seconds that the host takes to issue it; the block takes no less
  double exposed = 0;                  ///< of it, communication that no compute covered
  std::array<double, kCosts> spent{};  ///< busy seconds by cost; communication in full, hidden or not
  LinkUse most;                        ///< highest use of each link by any of its exchanges
  std::vector<LinkPhase> phases;       ///< of a block whose items run one after the other, in order; else empty
  std::vector<Slice> slices;           ///< for traces
};

struct ChunkBlocks {
  BlockSeconds forward, backward, backward_input, weight;
};

/// Blocks that run alone. With ZeRO-3, weights of the next layer are gathered and gradients of the last one scattered beside the
/// compute; tensor-parallel and context-parallel exchanges hide under their neighbours as `overlap` says.
ChunkBlocks blocks_alone(const ChunkWork& chunk, const TrainingOverlap& overlap, int tp, int cp);

}  // namespace gpufleet::sim
