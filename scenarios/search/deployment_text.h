// The answer of a search for serving deployments as table, CSV and JSON.
#pragma once

#include <string>

#include "scenarios/search/deployment_search.h"
#include "scenarios/search/layout_text.h"

namespace gpufleet::scenarios {

std::string deployment_text(const DeploymentAnswer& answer, LayoutForm form);

}  // namespace gpufleet::scenarios
