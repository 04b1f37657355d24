// Every deployment that a serving scenario could have on its fleet: shapes of instances, joint or parted into prefill and decode,
// on which pool, how many of each.
#pragma once

#include <string>
#include <vector>

#include "core/result.h"
#include "core/run_control.h"
#include "scenarios/plan_serving.h"
#include "scenarios/search/instance_rates.h"

namespace gpufleet::scenarios {

/// Shapes that one instance on `gpus` GPUs could have: attention split over powers of two within a node; for models with experts
/// also groups of attention with experts exchanged between them, or whole experts on each rank; whole nodes in a pipeline.
std::vector<models::ServingShard> instance_shards(const models::Architecture& architecture, int gpus, int gpus_per_node);

/// "TP 8", "DP 32, EP 32 exchange".
std::string describe(const models::ServingShard& shard);

struct Deployment {
  std::vector<ServingPoolSpec> pools;
  double estimate = 0;  ///< requests/s at best, see instance_rates.h
  int gpus = 0;
};
/// "3 prefill of DP 24, EP 24 exchange; 1 decode of DP 72, EP 72 exchange".
std::string describe(const Deployment& deployment, const std::vector<PoolSpec>& fleet);

struct DeploymentSpace {
  std::vector<Deployment> deployments;  ///< best estimate first
  std::size_t shapes = 0, too_big = 0;  ///< of instances; of them, that do not hold the model and one request
};

/// Pools of the scenario are the patterns: engine, formats, overlap and limits stay as they are. Infeasible: no shape fits.
Result<DeploymentSpace> deployment_space(const Scenario& scenario, const Catalogs& catalogs, const HardwareData& hardware,
                                         int jobs, const RunControl& control);

}  // namespace gpufleet::scenarios
