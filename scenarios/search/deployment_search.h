// The best serving deployment on a fleet: which shape of instance, joint or parted, how many for prefill and how many for decode,
// which batch limits. Deployments are simulated in the order of an optimist's estimate; each is loaded until its promise breaks.
// The answer does not depend on the number of threads; with a time limit it depends on how far the search came, and says so.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/statistics.h"
#include "scenarios/search/deployment_space.h"

namespace gpufleet::scenarios {

enum class DeploymentObjective : std::uint8_t { rate, cost };
/// Tokens and sequences of an iteration: as the scenario and its engine have them, or others too for the best shapes.
enum class BatchLimits : std::uint8_t { as_given, searched };

struct DeploymentRequest {
  DeploymentObjective objective = DeploymentObjective::rate;
  BatchLimits limits = BatchLimits::searched;
  int top = 10;
  std::uint64_t seed = 1;
  int jobs = 0;        ///< threads; 0 = one a core
  double seconds = 0;  ///< after which the best so far is given; 0 = no limit
  /// How sure intervals and ranking are: the deployments run again with kernels and links at these many quantiles of the engines'
  /// spread, the same for all; 0 = not at all.
  int draws = 5;
};

struct FoundDeployment {
  Deployment deployment;
  std::string text;
  double rate = 0;                      ///< requests/s at which the promise still holds
  Estimate interval;                    ///< of the same
  double output_tokens_per_second = 0;  ///< at that rate, as are the rest
  double per_gpu = 0;                   ///< of them
  double ttft_p50 = 0, ttft_p90 = 0, tpot_p50 = 0, tpot_p90 = 0;
  std::optional<double> usd_per_million;  ///< of output tokens; nothing without prices
  double attainment = 0;
  double first_beats = 0;  ///< share of draws in which the first of the list carries more
};

struct DeploymentAnswer {
  std::size_t shapes = 0, too_big = 0;  ///< of instances
  std::size_t deployments = 0;          ///< made of them
  std::size_t simulated = 0;
  bool certain = true;  ///< false: stopped before every estimate was below the last of the list
  std::vector<FoundDeployment> top;
  std::optional<FoundDeployment> own;  ///< the scenario's
  std::string own_refusal;             ///< why that cannot run
};

/// Errors: no promise or no drawn arrivals in the scenario, objective cost without prices, nothing fits.
Result<DeploymentAnswer> search_deployments(const Scenario& scenario, const Catalogs& catalogs, const HardwareData& hardware,
                                            const DeploymentRequest& request, const RunControl& control);

}  // namespace gpufleet::scenarios
