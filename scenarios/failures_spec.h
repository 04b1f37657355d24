// What a scenario says about interruptions of a training run, checked and typed; plan_failures.h turns it into the simulator's
// values. What is left out follows from the chip and hwprofiles/data/reliability.toml.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/quantity.h"
#include "sim/training/run_failures.h"

namespace gpufleet::scenarios {

/// Mean seconds between faults of one unit.
struct FaultSpec {
  std::optional<std::string> profile;
  std::optional<double> gpu, node, network_switch, software, planned;
  std::optional<int> nodes_per_switch, spare_nodes;
  friend bool operator==(const FaultSpec&, const FaultSpec&) = default;
};

struct FailureSpec {
  FaultSpec all;                               ///< of every pool
  std::vector<std::pair<int, FaultSpec>> own;  ///< index into Scenario::pools, and what it has different
  std::vector<sim::Fault> trace;
  std::optional<double> detection, launch, repair, switch_repair;
  std::optional<double> horizon, interval;
  std::optional<BytesPerSecond> storage;
  sim::SaveMode save = sim::SaveMode::asynchronous;
  sim::LoadPath load = sim::LoadPath::fabric;
  sim::Shortage shortage = sim::Shortage::wait;
  sim::Stragglers stragglers;
  friend bool operator==(const FailureSpec&, const FailureSpec&) = default;
};

}  // namespace gpufleet::scenarios
