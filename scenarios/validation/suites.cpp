#include "scenarios/validation/suites.h"

#include <array>

namespace gpufleet::scenarios {

std::span<const Suite> suites() {
  static constexpr std::array kSuites{
      Suite{"training", "steps and runs of published training jobs", validate_training},
      Suite{"serving", "throughput and latency of published serving deployments", validate_serving},
      Suite{"kernels", "times of single kernels that no fit has seen", validate_kernels},
      Suite{"export", "legal status of chips by date", validate_export_law},
      Suite{"network", "collectives, expert exchange and latencies of published fabrics", validate_network},
      Suite{"claims", "public claims about fleets, runs and costs", validate_claims},
  };
  return kSuites;
}

}  // namespace gpufleet::scenarios
