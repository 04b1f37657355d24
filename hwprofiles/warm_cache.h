// What a warm last-level cache adds to the memory's rate. Benchmarks repeat one call, so that operands which fit the cache are
// read from it; the edge is sharp, for a cache that evicts the oldest line holds nothing of a stream a little larger than itself.
#pragma once

#include "hwprofiles/kernel_machine.h"

namespace gpufleet::hw {

/// Factor on the memory's rate: 1 + gain well inside the share `reach` of the cache, 1 well beyond it, half the gain at its edge.
inline double warm_factor(const Machine& machine, double gain, double reach, double bytes) {
  const double full = bytes / std::max(reach * machine.l2, 1.0), full2 = full * full, full4 = full2 * full2;
  return 1 + gain / (1 + full4 * full4);
}

}  // namespace gpufleet::hw
