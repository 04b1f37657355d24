// How two training scenarios differ under common random numbers: the same draw of every kernel class, of the network and of what
// the step model leaves out for both, so that what they share cancels and the difference is surer than either figure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/result.h"
#include "core/run_control.h"
#include "core/statistics.h"
#include "scenarios/catalogs.h"
#include "scenarios/plan_training.h"
#include "scenarios/run_result.h"

namespace gpufleet::scenarios {

/// Of one figure, a second scenario's over a first one's, less 1.
struct RelativeDifference {
  Estimate value;
  double better = 0;  ///< share of the draws in which the second is better
};
struct TrainingDifference {
  RelativeDifference tokens_per_second, tokens_per_second_per_gpu;
  std::optional<RelativeDifference> cost_per_token;  ///< nothing without prices
};

/// One for each scenario after the first. Precondition: all have a training part. Errors: what plan_training refuses. A stopped
/// comparison gives nothing.
Result<std::vector<TrainingDifference>> training_differences(std::span<const Scenario> scenarios, const Catalogs& catalogs,
                                                             const HardwareData& hardware, std::uint64_t seed, int draws,
                                                             const RunControl& control);

/// "against the first": a row a figure, in per cent.
ResultTable difference_table(const TrainingDifference& difference);

}  // namespace gpufleet::scenarios
