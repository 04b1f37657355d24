#include "sim/training/step_part.h"

#include <array>

namespace gpufleet::sim {

std::string_view name(StepPart part) {
  constexpr std::array<std::string_view, kStepParts> kNames{"forward", "backward", "weight",    "overlapped",
                                                            "bubble",  "gradient", "optimizer", "parameter"};
  return kNames[static_cast<std::size_t>(part)];
}

}  // namespace gpufleet::sim
