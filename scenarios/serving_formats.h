// Whether a chip multiplies in the formats that a serving pool stores its weights in.
#pragma once

#include <string>

#include "hwprofiles/accelerator.h"
#include "models/serving_work.h"

namespace gpufleet::scenarios {

/// One sentence why not; empty = it does. Products are 8-bit where weights are, so the chip must have units for them; 4-bit
/// weights are widened in the kernel and only stored, as are keys and values.
std::string format_refusal(const hw::Accelerator& chip, const models::ServingPrecision& precision);

}  // namespace gpufleet::scenarios
