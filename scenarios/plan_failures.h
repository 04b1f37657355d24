// Interruptions of a scenario's run as the simulator takes them: what the file leaves out comes from each pool's chip.
#pragma once

#include "core/result.h"
#include "hwprofiles/reliability.h"
#include "scenarios/scenario.h"
#include "sim/training/run_failures.h"

namespace gpufleet::scenarios {

/// `job` is the main phase's. Error: a profile that the table does not hold.
Result<sim::FailurePlan> plan_failures(const Scenario& scenario, const sim::TrainingJob& job, const hw::ReliabilityTable& table);

}  // namespace gpufleet::scenarios
