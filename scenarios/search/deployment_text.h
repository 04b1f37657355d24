// The answer of a search for serving deployments as table, CSV and JSON.
#pragma once

#include <string>

#include "scenarios/output/format.h"
#include "scenarios/search/deployment_search.h"

namespace gpufleet::scenarios {

std::string deployment_text(const DeploymentAnswer& answer, Format format);

}  // namespace gpufleet::scenarios
