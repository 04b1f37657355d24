// A fabric's parts, price and the cost of failures, for people and programs.
#pragma once

#include <string>

#include "scenarios/fabric/fabric_answer.h"
#include "scenarios/output/format.h"

namespace gpufleet::scenarios {

/// Table, CSV (one line a hall) or JSON.
std::string fabric_text(const FabricAnswer& answer, Format format);

}  // namespace gpufleet::scenarios
