// What one simulated training step gives: its length, where the time went on each stage, and what the pipeline looked like.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/quantity.h"
#include "sim/training/blocks.h"
#include "sim/training/step_part.h"

namespace gpufleet::sim {

struct StageReport {
  std::array<Seconds, kStepParts> parts{};
  double exposed = 0;                  ///< seconds of communication inside the blocks that no compute covered
  std::array<double, kCosts> spent{};  ///< busy seconds by cost; communication in full, hidden or not

  void add(const BlockSeconds& block) {
    exposed += block.exposed;
    for (std::size_t i = 0; i < spent.size(); ++i) spent[i] += block.spent[i];
  }
};

/// The chain of work and transfers that the step waited for, by what it was spent on; the sum is the step's length.
struct CriticalPath {
  std::array<double, kCosts> by_cost{};  ///< seconds; communication as far as it was not hidden
  double contention = 0;                 ///< blocks held up by transfers that shared their links, or longer than their mean
  double waiting = 0;                    ///< before the first block
  double gradient = 0, optimizer = 0, parameter = 0;
  [[nodiscard]] double total() const {
    double sum = contention + waiting + gradient + optimizer + parameter;
    for (const double seconds : by_cost) sum += seconds;
    return sum;
  }
};

/// A transfer on a stage's communication stream.
struct TransferSpan {
  std::int32_t stage = 0;
  Cost cost = Cost::pipeline_comm;
  Time begin, end;
  bool critical = false;
};

struct StepResult {
  Time step_time;
  std::vector<StageReport> stages;
  // Filled only when spans are recorded.
  std::vector<Span> spans;
  std::vector<TransferSpan> transfers;
  CriticalPath critical;
  std::uint64_t events = 0;
};

}  // namespace gpufleet::sim
