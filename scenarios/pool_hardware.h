// The hardware of one fleet pool as models: its chip, node, kernel times and fabric.
#pragma once

#include "core/result.h"
#include "scenarios/catalogs.h"
#include "scenarios/plan_training.h"
#include "scenarios/scenario.h"

namespace gpufleet::scenarios {

struct PoolHardware {
  hw::Accelerator accelerator;
  hw::NodeType node;
  hw::KernelTimeModel kernels;
  sim::FabricModel fabric;
};

/// Precondition: the pool names a chip and a node of the catalogs. Error: no network class fits.
Result<PoolHardware> pool_hardware(const PoolSpec& pool, const Catalogs& catalogs, const HardwareData& hardware);

}  // namespace gpufleet::scenarios
