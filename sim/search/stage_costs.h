// What a group of layouts costs, layer by layer: seconds of forward, input and weight gradients alone, and of the compute and
// network streams under which an overlapped pair cannot end. From these a bound on any schedule's step is arithmetic.
#pragma once

#include <algorithm>
#include <vector>

#include "sim/search/layout_space.h"
#include "sim/training/partition.h"

namespace gpufleet::sim {

/// Seconds of one micro-batch through a layer, or through a stretch of them.
struct WorkSeconds {
  double forward = 0, input = 0, weight = 0;         ///< run alone
  double backward = 0;                               ///< input and weight gradients layer by layer, reductions beside products
  double compute_forward = 0, compute_backward = 0;  ///< of it, on the compute stream
  double network_forward = 0, network_backward = 0;  ///< exchanges, hidden or not
  double host_forward = 0, host_input = 0, host_weight = 0;  ///< that the host takes to issue the kernels
  /// A block of this work lasts until its kernels are done and issued.
  [[nodiscard]] double forward_block() const { return std::max(forward, host_forward); }
  [[nodiscard]] double input_block() const { return std::max(input, host_input); }
  [[nodiscard]] double weight_block() const { return std::max(weight, host_weight); }
  [[nodiscard]] double backward_block() const { return std::max(backward, host_input + host_weight); }
  /// In whichever way the backward pass runs, no longer.
  [[nodiscard]] double longest_backward() const { return std::max(backward_block(), input_block() + weight_block()); }
  WorkSeconds& operator+=(const WorkSeconds& o);
  friend WorkSeconds operator*(double times, const WorkSeconds& one);
};

/// Every kind of layer on one stage's hardware.
struct LayerKit {
  WorkSeconds dense, moe, embedding, head, mtp;
  LayerCosts costs;
};
LayerKit make_layer_kit(const TrainingJob& job, int stage);

/// How a rank's chunks lie along the model: chunk after chunk in the same direction, or down and back up.
enum class ChainShape : std::uint8_t { straight, v };
ChainShape chain_shape(Schedule schedule);

/// Segments of each position along the model, as the simulator cuts it. `kits` are those of the stages' hardware, by stage.
std::vector<Segment> cut_model(const TrainingJob& job, const std::vector<const LayerKit*>& kits, ChainShape shape, int chunks);

/// What each position costs. Same preconditions.
std::vector<WorkSeconds> position_seconds(const std::vector<Segment>& segments, const std::vector<const LayerKit*>& kits,
                                          ChainShape shape);

/// The rank that holds a position: ranks in order, chunk by chunk; in a V, back up again.
constexpr int rank_of(int position, int ranks, ChainShape shape) {
  return shape == ChainShape::v && position >= ranks ? 2 * ranks - 1 - position : position % ranks;
}

}  // namespace gpufleet::sim
