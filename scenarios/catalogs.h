// Everything that scenario files refer to by name, loaded once and passed down by reference.
#pragma once

#include <vector>

#include "core/result.h"
#include "hwprofiles/accelerator.h"
#include "hwprofiles/export_rules.h"
#include "hwprofiles/node.h"
#include "hwprofiles/prices.h"
#include "models/architecture.h"
#include "scenarios/data_paths.h"
#include "sim/serving/engine.h"

namespace gpufleet::scenarios {

struct Catalogs {
  std::vector<hw::Accelerator> accelerators;
  std::vector<hw::NodeType> nodes;
  std::vector<models::Architecture> architectures;
  std::vector<sim::ServingEngine> engines;
  hw::PriceBook prices;
  hw::ExportRules rules;
  DataPaths data;  ///< where scenarios that refer to scenarios find them
};

/// With the accelerators that the user calibrated. Errors: every broken catalog file.
Result<Catalogs> load_catalogs(const DataPaths& data);

std::vector<std::string> accelerator_names(const Catalogs& catalogs);
std::vector<std::string> node_names(const Catalogs& catalogs);

}  // namespace gpufleet::scenarios
