// From a serving specification to the simulator's values: chips, fabrics and engines resolved, iteration tables made, memory
// checked.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/result.h"
#include "scenarios/catalogs.h"
#include "scenarios/plan_training.h"
#include "scenarios/scenario.h"
#include "scenarios/serving_spec.h"
#include "sim/serving/memory.h"

namespace gpufleet::scenarios {

/// What one instance of a pool is made of, before tables are worked out.
Result<sim::InstanceSpec> plan_instance(const ServingPoolSpec& spec, const PoolSpec& fleet,
                                        const models::Architecture& architecture, double max_context, const Catalogs& catalogs,
                                        const HardwareData& hardware, std::span<const sim::ServingEngine> engines);

/// A pool of the simulator; `model` is the instance's iteration model. Error (infeasible): it does not fit, with the arithmetic.
Result<sim::ServingPool> plan_serving_pool(const ServingPoolSpec& spec, const PoolSpec& fleet, const sim::InstanceSpec& instance,
                                           const sim::IterationModel& model, double longest, const Catalogs& catalogs);

/// Factors on kernel and network times, `sigmas` standard deviations of the engine's predictions above the median.
sim::Perturbation shifted(const sim::ServingEngine& engine, double sigmas);

/// Everything. `sigmas`: how much slower than the median all instances are, in standard deviations.
Result<sim::ServingJob> plan_serving(const ServingSpec& spec, std::span<const PoolSpec> fleet,
                                     const models::Architecture& architecture, const Catalogs& catalogs,
                                     const HardwareData& hardware, std::span<const sim::ServingEngine> engines, double sigmas);

}  // namespace gpufleet::scenarios
