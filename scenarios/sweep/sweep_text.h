// A sweep's rows as table, CSV and JSON, in the order of its points; tornado and Sobol indices likewise.
#pragma once

#include <string>
#include <vector>

#include "scenarios/output/format.h"
#include "scenarios/sweep/sensitivity.h"
#include "scenarios/sweep/sweep.h"

namespace gpufleet::scenarios {

/// Metrics to show; empty: a table shows the first few that differ between points, CSV and JSON show all.
std::string sweep_text(const SweepRequest& request, const std::vector<StoredPoint>& rows, const std::vector<std::string>& metrics,
                       Format format);
std::string tornado_text(const Tornado& tornado, const std::string& metric, Format format);
std::string sobol_text(const std::vector<SobolIndex>& indices, const std::string& metric, Format format);

}  // namespace gpufleet::scenarios
