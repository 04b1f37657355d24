// The inputs of several results side by side: only the keys on which they differ.
#pragma once

#include <string>
#include <vector>

#include "scenarios/report/report.h"

namespace gpufleet::scenarios {

struct DifferentInput {
  std::string key;
  std::vector<std::string> values;  ///< one a result; empty where it has no such key
};
/// In the order of the scenario format; titles, bases and published figures are no inputs. Empty unless every result has a
/// background.
std::vector<DifferentInput> different_inputs(const Report& report);

}  // namespace gpufleet::scenarios
