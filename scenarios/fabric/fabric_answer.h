// The network of a scenario's pools as it would be wired: one hall a pool, its switches, cables and price, and what a failure
// costs the collectives that run on it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/run_control.h"
#include "hwprofiles/fabric/fabric_route.h"
#include "hwprofiles/fabric/network_bill.h"
#include "scenarios/catalogs.h"
#include "scenarios/plan_training.h"
#include "scenarios/scenario.h"

namespace gpufleet::scenarios {

struct FabricQuestion {
  std::vector<std::string> failed;  ///< "hall/kind/number", or two of them joined by ":" for the cable between them
  BytesPerSecond between_halls;     ///< between each pair of halls, one direction; 0 = separate
  double message = 1e9;             ///< bytes of the buffer whose collectives are timed
};

/// Bandwidth parts on the flow network; nothing where failures cut ranks off.
struct FabricTimes {
  std::optional<Seconds> all_reduce, all_to_all;
};

struct HallAnswer {
  std::string name;
  std::uint32_t gpus = 0, nodes = 0, planes = 0, leaves = 0, spines = 0, cores = 0;
  std::uint32_t exchange_ranks = 0;  ///< GPUs of the all-to-all, the first of each node; the all-reduce takes all
  FabricTimes whole, failed;         ///< `failed` equals `whole` when nothing fails
};

struct FabricAnswer {
  hw::FabricGraph graph;
  hw::Failures failures;
  hw::NetworkCounts counts;
  hw::NetworkBill bill;
  std::uint32_t cables_down = 0;
  double message = 0;
  std::vector<HallAnswer> halls;
};

/// Errors: a scenario without pools, a pool whose network does not close, a part to fail that the fabric does not have.
Result<FabricAnswer> fabric_answer(const Scenario& scenario, const Catalogs& catalogs, const HardwareData& hardware,
                                   const FabricQuestion& question, const RunControl& control);

}  // namespace gpufleet::scenarios
