// One text for one meaning: the resolved scenario as JSON with sorted keys, numbers in base units and defaults filled in, so that
// `base`, --set, key order and spelling of units leave no trace. Its hash names the result in the store.
#pragma once

#include <string>

#include "scenarios/raw_value.h"

namespace gpufleet::scenarios {

/// Precondition: check_against_schema finds nothing wrong.
std::string canonical_json(const RawTable& root);

/// Sixteen hex digits of the canonical text without what cannot change a result: title, base, stack's name, measured figures.
std::string scenario_hash(const RawTable& root);

}  // namespace gpufleet::scenarios
