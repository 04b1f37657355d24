// Post-training by reinforcement learning as the simulator takes it.
#pragma once

#include "core/result.h"
#include "scenarios/plan_training.h"
#include "sim/training/rl.h"

namespace gpufleet::scenarios {

/// Precondition: the scenario has training.rl. Errors: an unknown engine, an instance that does not fit its memory or its pool.
Result<sim::RlPlan> plan_rl(const Scenario& scenario, const Catalogs& catalogs, const HardwareData& hardware);

}  // namespace gpufleet::scenarios
