// The parts of the schema table, one function a group of keys; schema.h joins them.
#pragma once

#include <vector>

#include "scenarios/schema.h"

namespace gpufleet::scenarios {

std::vector<KeySpec> general_keys();
std::vector<KeySpec> fleet_keys();
std::vector<KeySpec> model_keys();
std::vector<KeySpec> training_keys();
std::vector<KeySpec> measured_keys();
/// Keys of [serving]; read_serving (validate_serving.h) reads them.
std::vector<KeySpec> serving_keys();

}  // namespace gpufleet::scenarios
