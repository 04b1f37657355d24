// A resolved scenario (canonical.h: JSON in base units) as a person would write it: TOML with units. For results that were
// written earlier, whose own file is not at hand; the text is a scenario file again and means the same.
#pragma once

#include <string>

namespace gpufleet::scenarios {

/// Every number in the unit in which it is short ("2 USD/h", "400 Gb/s", "14.8 T"). What is not a scenario comes back as it
/// is.
std::string scenario_toml(const std::string& canonical_json);

}  // namespace gpufleet::scenarios
