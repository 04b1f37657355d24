// Node types: how many accelerators share a box, over what, with how much network and overhead. One TOML file a type; fabrics
// join nodes (hwprofiles/fabric/), prices are in prices.h.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/quantity.h"
#include "core/result.h"
#include "hwprofiles/accelerator.h"

namespace gpufleet::hw {

/// How accelerators of one domain reach each other: through switches at full rate, over links wired pairwise, over the PCIe
/// bus and host, or not at all.
enum class ScaleUp : std::uint8_t { switched, direct, pcie, none };
std::string_view name(ScaleUp scaleup);

struct NodeType {
  std::string name;  ///< e.g. "HGX-8"
  std::vector<std::string> aliases;
  int accelerators = 0;  ///< in one host
  ScaleUp scaleup = ScaleUp::none;
  /// Accelerators that reach each other over the scale-up link: 8 in an HGX box, 72 in an NVL72 rack of 18 hosts, 2 in bridged
  /// pairs, 1 where only PCIe joins them.
  int scaleup_domain = 1;
  int nics = 0;                      ///< adapters of the compute network; 0 = the host's network is not for jobs
  BytesPerSecond nic_bandwidth;      ///< of one adapter, one direction
  BytesPerSecond storage_bandwidth;  ///< of a separate storage network, one direction; 0 = shares the compute network
  int pcie_generation = 0;           ///< the host's; 0 = as the accelerator's
  Watts host_power;                  ///< everything in the box but the accelerators, at full load
  Bytes host_memory;                 ///< 0 if unknown
  /// Catalog names of accelerators that are sold in it; others may be planned in it.
  std::vector<std::string> chips;
  std::string source;
  std::string notes;
  std::vector<std::string> soft;

  /// Adapter bandwidth behind one accelerator when all send at once, one direction.
  [[nodiscard]] BytesPerSecond nic_bandwidth_per_accelerator() const {
    return accelerators > 0 ? nic_bandwidth * static_cast<double>(nics) / static_cast<double>(accelerators) : BytesPerSecond(0);
  }
};

/// Every *.toml of `folder`, ordered by file name. Errors: all diagnostics at once; a chip that `catalog` does not hold, a
/// domain smaller than 1 or, without switches, larger than the box.
Result<std::vector<NodeType>> load_nodes(const std::filesystem::path& folder, std::span<const Accelerator> catalog);

/// By name or alias, spelled as freely as accelerators. Error: "did you mean"; the caller adds the place.
Result<NodeType> find_node(std::span<const NodeType> nodes, std::string_view name);

/// The type in which `chip` is sold: the first, by file name, that lists it; the 8-accelerator PCIe box when none does.
/// Error: neither exists.
Result<NodeType> usual_node(std::span<const NodeType> nodes, const Accelerator& chip);

}  // namespace gpufleet::hw
