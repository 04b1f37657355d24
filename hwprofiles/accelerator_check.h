// What a chip's figures say of each other: a slip of a unit, a sparse rate, a printed TPP that the rates do not give.
#pragma once

#include "core/diagnostics.h"
#include "hwprofiles/accelerator.h"

namespace gpufleet::hw {

/// Warnings, keyed like the catalog file; none for a chip of which too little is known. No shipped chip has any.
Diagnostics accelerator_doubts(const Accelerator& chip);

}  // namespace gpufleet::hw
