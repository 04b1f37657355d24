// What one simulated training step gives: its length, where the time went on each stage, and what the pipeline looked like.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>
#include <vector>

#include "core/quantity.h"

namespace gpufleet::sim {

/// Where a stage's time goes within one step; the parts of a stage add up to the step time.
enum class StepPart : std::uint8_t {
  forward,       ///< forward blocks that run alone (1F)
  backward,      ///< backward blocks that run alone (1B: input gradients, with weight gradients where the schedule joins them)
  weight,        ///< weight-gradient blocks that run alone (1W)
  overlapped,    ///< forward and backward blocks of two micro-batches run together (1F1B pair of DualPipe)
  bubble,        ///< waiting for another stage
  gradient,      ///< data-parallel gradient communication that is not hidden
  optimizer,     ///< optimiser update
  parameter      ///< all-gather of parameters that is not hidden
};
inline constexpr int kStepParts = 8;
std::string_view name(StepPart part);

struct StageReport {
  std::array<Seconds, kStepParts> parts{};
  Seconds exposed_communication;  ///< communication inside the blocks that no compute covered
  Seconds compute;                ///< busy time of the compute stream
};

/// One block of work as it ran, for traces.
struct Span {
  std::int32_t stage = 0;
  StepPart part = StepPart::forward;
  std::int32_t micro_batch = 0;
  std::int32_t chunk = 0;
  Time begin, end;
};

struct StepResult {
  Time step_time;
  std::vector<StageReport> stages;
  std::vector<Span> spans;  ///< filled only when asked for
  std::uint64_t events = 0;
};

}  // namespace gpufleet::sim
