// The inputs of several results side by side: only the keys on which they differ.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "scenarios/run_result.h"

namespace gpufleet::scenarios {

struct DifferentInput {
  std::string key;
  std::vector<std::string> values;  ///< one a result; empty where it has no such key
};
/// In the order of the scenario format, by the resolved scenarios; titles, bases and published figures are no inputs.
std::vector<DifferentInput> different_inputs(std::span<const RunResult> results);

}  // namespace gpufleet::scenarios
