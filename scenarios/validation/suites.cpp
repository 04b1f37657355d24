#include "scenarios/validation/suites.h"

#include <array>

namespace gpufleet::scenarios {

std::span<const Suite> suites() {
  static constexpr std::array kSuites{
      Suite{"training", "steps and runs of published training jobs", validate_training},
      Suite{"network", "collectives, expert exchange and latencies of published fabrics", validate_network},
  };
  return kSuites;
}

}  // namespace gpufleet::scenarios
