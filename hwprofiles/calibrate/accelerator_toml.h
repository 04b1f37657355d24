// An accelerator as the text of a catalog file (see accelerator_catalog.h), for devices that the shipped catalog lacks.
#pragma once

#include <string>

#include "hwprofiles/accelerator.h"

namespace gpufleet::hw {

/// TOML that load_accelerators reads back to the same figures; the same bytes for the same value. Writes what a calibration
/// knows: names, family, units, clock, rates, memory, source.
std::string accelerator_to_toml(const Accelerator& accelerator);

}  // namespace gpufleet::hw
