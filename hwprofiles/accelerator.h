// What a GPU is, as the catalog describes it: rates, memory, links, power, and what the export rules look at. One TOML file a
// chip.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/quantity.h"
#include "hwprofiles/dtype.h"

namespace gpufleet::hw {

/// Chips of one family share streaming multiprocessors, so that one may borrow the other's kernel fits.
/// The `_rtx` families are the graphics dies of a generation, whose SMs differ from the data-centre die's (GA10x, GB20x).
enum class Family : std::uint8_t {
  volta,
  turing,
  ampere,
  ada,
  hopper,
  blackwell,
  amd_cdna,
  ascend,
  other,
  ampere_rtx,
  blackwell_rtx
};
std::string_view name(Family family);

/// Whom the maker designs and sells the chip for; note 2 to 3A090 turns on it.
enum class Market : std::uint8_t { data_centre, consumer };

struct Accelerator {
  std::string name;  ///< catalog name, e.g. "H800 SXM"
  std::vector<std::string> aliases;
  std::string vendor;
  std::string architecture;  ///< e.g. "Hopper GH100"
  Family family = Family::other;
  std::string process;
  std::string release_date;  ///< ISO date of first sale, completed to a day; empty if unknown or never sold
  double die_area_mm2 = 0;   ///< sum over the package's compute dies; 0 if unknown
  int sm_count = 0;          ///< SMs, or the vendor's nearest equivalent (compute units, AI cores); 0 if unknown
  double boost_hz = 0;
  /// Dense peak rate by number format, indexed by Dtype; 0 = not supported in hardware.
  std::array<double, 9> peak_flops{};
  Bytes memory;         ///< as the vendor prints it, in decimal bytes ("80 GB" = 80e9); fleets are added up in these
  Bytes usable_memory;  ///< what the driver offers to one process (binary in truth: 79.1 GiB on "80 GB"); plans must fit in this
  std::string memory_type;
  BytesPerSecond memory_bandwidth;
  Bytes l2;
  std::string scaleup_link;          ///< e.g. "NVLink 4", "PCIe"
  BytesPerSecond scaleup_bandwidth;  ///< both directions together, as vendors print it; 0 = none
  BytesPerSecond pcie_bandwidth;     ///< both directions together
  BytesPerSecond nic_bandwidth;      ///< typical scale-out rate per GPU, one direction
  int pcie_generation = 0;
  Watts tdp;
  Watts idle_power;  ///< 0 if unknown
  Market market = Market::data_centre;
  std::string designer;  ///< country of the design, ISO code
  /// Area of all logic dies on non-planar processes (export rules' performance density); differs from die_area_mm2 where base
  /// dies count. 0 if unknown.
  double applicable_die_area_mm2 = 0;
  double tpp = 0;                  ///< total processing performance as the source prints it; 0 if unknown
  double performance_density = 0;  ///< as the source prints it, 1/mm2; 0 if unknown
  /// TPP to judge by where no rate is published: a bound that the maker's own claims imply; 0 = compute it from the rates.
  double tpp_bound = 0;
  std::string source;  ///< sources, "; " between them
  std::string notes;
  /// Keys whose value is recalled rather than read in a source.
  std::vector<std::string> soft;

  [[nodiscard]] FlopsPerSecond peak(Dtype dtype) const { return FlopsPerSecond(peak_flops[static_cast<std::size_t>(dtype)]); }
  [[nodiscard]] bool supports(Dtype dtype) const { return peak(dtype).value() > 0; }
  friend bool operator==(const Accelerator&, const Accelerator&) = default;
};

}  // namespace gpufleet::hw
