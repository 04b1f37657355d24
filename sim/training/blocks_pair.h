// The overlapped pair: a forward of one chunk and a whole backward of another, together. Each is a chain of compute and
// communication; compute of one runs under communication of the other, weight gradients fill what is left (DeepSeek-V3 report,
// s. 3.2.1, figure 4).
#pragma once

#include <array>
#include <vector>

#include "sim/training/blocks.h"

namespace gpufleet::sim {

class OverlappedPair {
 public:
  OverlappedPair(const ChunkWork& forward, const ChunkWork& backward);

  /// With the links to itself.
  [[nodiscard]] const BlockSeconds& alone() const { return alone_; }
  /// Seconds while other transfers of the rank use its links, never less than alone; moves `beside` to the pair's end.
  [[nodiscard]] double beside(Beside& beside) const;

  /// One chain of items in order, compute and network alternating as they come.
  struct Chain {
    std::vector<TimedItem> items;
    std::vector<double> until_network;  ///< compute seconds from an item to the next exchange of its chain
  };
  /// Weight-gradient work, released as the backward chain passes the end of its layer.
  struct Piece {
    TimedItem item;
    std::size_t after = 0;  ///< backward items that must have ended
  };
  struct Work {
    std::array<Chain, 2> chains;  ///< forward, backward
    std::vector<Piece> filler;
  };

 private:
  Work work_;
  BlockSeconds alone_;
};

}  // namespace gpufleet::sim
