// The order of work of each pipeline rank, as values. A schedule is a function that returns a Program; the pipeline simulator
// runs any Program. Chains say where each model position lives: one chain for most schedules, two (one a direction) for DualPipe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sim/training/schedule.h"

namespace gpufleet::sim {

enum class OpKind : std::uint8_t {
  forward,
  backward,        ///< input and weight gradients together
  backward_input,  ///< input gradients alone; a `weight` op of the same chunk and micro-batch follows
  weight,
  pair  ///< a forward and a whole backward of another micro-batch, overlapped
};

/// One block of work. For `pair`, chunk and micro_batch are the forward's, the other two the backward's.
struct Op {
  OpKind kind = OpKind::forward;
  std::int32_t chunk = 0, micro_batch = 0;
  std::int32_t backward_chunk = 0, backward_micro_batch = 0;
  friend bool operator==(const Op&, const Op&) = default;
};

/// Where a position of a chain lives.
struct Place {
  std::int32_t rank = 0, chunk = 0;
  friend bool operator==(const Place&, const Place&) = default;
};

struct Program {
  std::int32_t ranks = 0;
  std::int32_t chunks = 1;                 ///< model chunks per rank
  std::int32_t micro_batches = 0;          ///< per chain
  std::vector<std::vector<Place>> chains;  ///< forward order of the model; backward runs it in reverse
  std::vector<std::vector<Op>> ops;        ///< per rank, in order
};

/// Rough relative durations of a chunk's blocks, for schedules that order work by them (the zero-bubble family).
struct NominalTimes {
  double forward = 1, backward_input = 1, weight = 1, send = 0;
};

/// Why the schedule cannot run with these numbers, in one clause; nothing if it can.
std::optional<std::string> refusal(Schedule schedule, int ranks, int virtual_stages, std::int64_t micro_batches);

/// The schedule's program. `micro_batches` counts one replica's whole step (both directions of DualPipe together).
/// Precondition: refusal() gave nothing.
Program make_program(Schedule schedule, int ranks, int virtual_stages, std::int64_t micro_batches, const NominalTimes& times);

/// Model chunks that a rank holds under the schedule.
int chunks_per_rank(Schedule schedule, int virtual_stages);

/// Highest number of chunk activations a rank holds at once: forwards begun and not yet given back by their backward (or weight)
/// op.
int peak_in_flight(const Program& program, int rank);

}  // namespace gpufleet::sim
