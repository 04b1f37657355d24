// The parts of the schema table, one function a group of keys; schema.h joins them.
#pragma once

#include <vector>

#include "scenarios/schema.h"

namespace gpufleet::scenarios {

std::vector<KeySpec> general_keys();
std::vector<KeySpec> fleet_keys();
std::vector<KeySpec> model_keys();
std::vector<KeySpec> training_keys();
/// Keys of [training.failures]; read_failures (validate_failures.h) reads them.
std::vector<KeySpec> failure_keys();
/// Keys of [training.rl]; read_rl (validate_rl.h) reads them.
std::vector<KeySpec> rl_keys();
/// Keys of lots, sites and cost views below [fleet]; read_lots (validate_lots.h) reads them.
std::vector<KeySpec> lots_keys();
/// Keys of [horizon]; read_horizon (validate_horizon.h) reads them.
std::vector<KeySpec> horizon_keys();
/// Keys of [plan]; read_plan (validate_plan.h) reads them.
std::vector<KeySpec> plan_keys();
/// Keys of [claims]; read_claims (validate_claims.h) reads them.
std::vector<KeySpec> claims_keys();
std::vector<KeySpec> measured_keys();
/// Keys of [serving]; read_serving (validate_serving.h) reads them.
std::vector<KeySpec> serving_keys();

}  // namespace gpufleet::scenarios
