// How often parts of a fleet fail, and how long it takes to notice, restart and repair: published counts of large runs and
// clusters, read from data/reliability.toml.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "hwprofiles/accelerator.h"

namespace gpufleet::hw {

/// Mean seconds between failures of one unit; 0 = it never fails.
struct ReliabilityProfile {
  std::string name;
  std::vector<Family> families;  ///< whose accelerators it is the usual one of
  double gpu = 0;
  double node = 0;
  double network_switch = 0;
  double software = 0;  ///< an accelerator's share of the crashes that take no hardware with them
  double planned = 0;   ///< an accelerator's share of planned stops
  int nodes_per_switch = 1;
};

struct ReliabilityTable {
  std::vector<ReliabilityProfile> profiles;
  // Mean seconds.
  double detection = 0;
  double launch = 0;
  double group_setup_per_gpu = 0;
  double repair = 0;
  double switch_repair = 0;
  BytesPerSecond storage_per_gpu;  ///< checkpoint storage, an accelerator's share
  double host_update_rate = 0;     ///< parameters a second that a host's processors update with Adam
};

/// Errors: all diagnostics of the file; it must hold at least one profile.
Result<ReliabilityTable> load_reliability(const std::filesystem::path& file);

/// By name; null if there is none.
const ReliabilityProfile* find_reliability(const ReliabilityTable& table, std::string_view name);
/// The profile that names the accelerator's family, else the first.
const ReliabilityProfile& usual_reliability(const ReliabilityTable& table, const Accelerator& accelerator);

}  // namespace gpufleet::hw
