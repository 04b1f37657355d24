// Serving scenarios with [[measured]] figures as validation cases.
#pragma once

#include <filesystem>

#include "scenarios/catalogs.h"
#include "scenarios/plan_serving.h"
#include "scenarios/validation/suites.h"

namespace gpufleet::scenarios {

/// Runs the scenario and adds a row for each figure that the run gives; what cannot run or is not given is skipped with its
/// reason. A file without figures or without a [serving] table is no case.
void add_serving_case(const std::filesystem::path& file, const SuiteInput& input, const Catalogs& catalogs,
                      const HardwareData& hardware, const RunControl& control, ValidationReport& out);

}  // namespace gpufleet::scenarios
