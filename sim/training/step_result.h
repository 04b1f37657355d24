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

struct StepResult {
  Time step_time;
  std::vector<StageReport> stages;
  std::vector<Span> spans;  ///< filled only when asked for
  std::uint64_t events = 0;
};

}  // namespace gpufleet::sim
