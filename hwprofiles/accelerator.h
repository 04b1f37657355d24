// What a GPU is, as the catalog describes it: rates, memory, links, power, and what the export rules look at. One TOML file a chip.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "core/quantity.h"
#include "hwprofiles/dtype.h"

namespace gpufleet::hw {

/// Chips of one family share streaming multiprocessors, so that one may borrow the other's kernel fits.
enum class Family : std::uint8_t { volta, turing, ampere, ada, hopper, blackwell, amd_cdna, ascend, other };

struct Accelerator {
  std::string name;          ///< catalog name, e.g. "H800 SXM"
  std::vector<std::string> aliases;
  std::string vendor;
  std::string architecture;  ///< e.g. "Hopper GH100"
  Family family = Family::other;
  std::string process;
  std::string release_date;  ///< ISO date, empty if unknown
  double die_area_mm2 = 0;   ///< sum over the package's compute dies; 0 if unknown
  int sm_count = 0;          ///< SMs, or the vendor's nearest equivalent (compute units, AI cores); 0 if unknown
  double boost_hz = 0;
  /// Dense peak rate by number format, indexed by Dtype; 0 = not supported in hardware.
  std::array<double, 9> peak_flops{};
  Bytes memory;
  BytesPerSecond memory_bandwidth;
  Bytes l2;
  std::string scaleup_link;            ///< e.g. "NVLink 4", "PCIe"
  BytesPerSecond scaleup_bandwidth;    ///< both directions together, as vendors print it; 0 = none
  BytesPerSecond pcie_bandwidth;       ///< both directions together
  BytesPerSecond nic_bandwidth;        ///< typical scale-out rate per GPU, one direction
  Watts tdp;
  double tpp = 0;                      ///< total processing performance as the source prints it; 0 if unknown
  double performance_density = 0;
  std::string source;
  std::string notes;
  /// Keys whose value is recalled rather than read in a source.
  std::vector<std::string> soft;

  [[nodiscard]] FlopsPerSecond peak(Dtype dtype) const { return FlopsPerSecond(peak_flops[static_cast<std::size_t>(dtype)]); }
  [[nodiscard]] bool supports(Dtype dtype) const { return peak(dtype).value() > 0; }
};

}  // namespace gpufleet::hw
