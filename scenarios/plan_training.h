// Scenario to the simulator's values: names resolved, each pool with its kernel-time and fabric models, each phase with its job.
#pragma once

#include "core/result.h"
#include "hwprofiles/fabric/network_catalog.h"
#include "hwprofiles/kernel_fits.h"
#include "hwprofiles/reliability.h"
#include "hwprofiles/sustained.h"
#include "scenarios/catalogs.h"
#include "scenarios/scenario.h"
#include "sim/training/run.h"

namespace gpufleet::scenarios {

/// What the kernel and network models are made from.
struct HardwareData {
  hw::KernelFits fits;
  hw::NetworkCatalog network;
  hw::SustainedTable sustained;
  hw::ReliabilityTable reliability;
};
/// Errors: every broken data file.
Result<HardwareData> load_hardware_data(const DataPaths& data);

/// `scenario` must have a training part. Errors: what only the whole plan shows (a schedule that cannot run, a node without
/// network for a job over several nodes).
Result<sim::TrainingRun> plan_training(const Scenario& scenario, const Catalogs& catalogs, const HardwareData& hardware);

}  // namespace gpufleet::scenarios
