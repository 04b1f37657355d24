// What a pipeline rank does with its time, and one block of it as it ran.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/quantity.h"

namespace gpufleet::sim {

/// Where a stage's time goes within one step; the parts of a stage add up to the step time.
enum class StepPart : std::uint8_t {
  forward,     ///< forward blocks that run alone (1F)
  backward,    ///< backward blocks that run alone (1B: input gradients, with weight gradients where the schedule joins them)
  weight,      ///< weight-gradient blocks that run alone (1W)
  overlapped,  ///< forward and backward blocks of two micro-batches run together (1F1B pair of DualPipe)
  bubble,      ///< waiting for another stage
  gradient,    ///< data-parallel gradient communication that is not hidden
  optimizer,   ///< optimiser update
  parameter    ///< all-gather of parameters that is not hidden
};
inline constexpr int kStepParts = 8;
std::string_view name(StepPart part);

/// One block of work as it ran, for traces.
struct Span {
  std::int32_t stage = 0;
  StepPart part = StepPart::forward;
  std::int32_t micro_batch = 0;
  std::int32_t chunk = 0;
  Time begin, end;
  bool critical = false;  ///< a delay of it would have delayed the step
  std::int32_t op = 0;    ///< place in its rank's order of work; beyond it for what follows the blocks
};

}  // namespace gpufleet::sim
