// What an item of a result's breakdown is a part of, told from its name: for pictures in which one bar holds one whole.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "scenarios/run_result.h"

namespace gpufleet::scenarios {

enum class BreakdownWhole : std::uint8_t {
  step,    ///< "stage 0 forward"
  work,    ///< "stage 0 busy: gemm"
  memory,  ///< "stage 1 memory: weights"
  waited,  ///< "critical path: gemm"
  share,   ///< "H20 share of compute"
  other
};

struct BreakdownPart {
  BreakdownWhole whole = BreakdownWhole::other;
  std::string name;  ///< without the whole
  std::string of;    ///< what is shared ("compute"); of others what stands before a colon
};

/// Nothing for what is a whole itself, or is counted in other parts already.
std::optional<BreakdownPart> breakdown_part(const BreakdownItem& item);

}  // namespace gpufleet::scenarios
