// A calibrated device as an accelerator: the catalog's chip where the device is one, else one made from what its driver told and
// the best rates that were measured on it (which is what a fit's efficiencies are then relative to).
#pragma once

#include <optional>
#include <span>

#include "hwprofiles/accelerator.h"
#include "hwprofiles/calibrate/measure.h"

namespace gpufleet::hw {

/// The catalog's chip that the device is: by name or alias, else the one whose model word ("H200") the device's name holds, whose
/// SM count and board (PCIe, NVL) agree, and whose memory is nearest (within 15 %).
std::optional<Accelerator> catalog_match(const DeviceDescription& device, std::span<const Accelerator> catalog);

/// Peaks are the best measured rates by type, the bandwidth the best of streams beyond the last-level cache (of all, if none is).
Accelerator measured_accelerator(const DeviceDescription& device, std::span<const TimedKernel> kernels,
                                 const std::string& source);

}  // namespace gpufleet::hw
