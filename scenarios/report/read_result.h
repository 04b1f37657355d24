// Results that were written earlier (`run --format json`, `run --out`, the results store), read back.
#pragma once

#include <string>
#include <vector>

#include "core/result.h"
#include "scenarios/run_result.h"

namespace gpufleet::scenarios {

/// One object or an array of them. `name` stands for the file in messages. Metrics that this version does not know are left
/// out with a warning in the result. Errors: not JSON, not a result.
Result<std::vector<RunResult>> read_results(const std::string& text, const std::string& name);

}  // namespace gpufleet::scenarios
