// RawScenario to Scenario: the only maker of a Scenario. Everything that is wrong is reported at once, in the order of the file,
// each with its place, the value seen, what was expected and, where one is near, the name that was probably meant.
#pragma once

#include "core/result.h"
#include "scenarios/catalogs.h"
#include "scenarios/raw_scenario.h"
#include "scenarios/scenario.h"

namespace gpufleet::scenarios {

/// Errors are all usage errors; a scenario that is made may still carry warnings.
Result<Scenario> validate(const RawScenario& raw, const Catalogs& catalogs);

}  // namespace gpufleet::scenarios
