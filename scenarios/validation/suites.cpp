#include "scenarios/validation/suites.h"

#include <array>

namespace gpufleet::scenarios {

std::span<const Suite> suites() {
  static constexpr std::array kSuites{
      Suite{"training", "steps and runs of published training jobs", validate_training},
  };
  return kSuites;
}

}  // namespace gpufleet::scenarios
