// Texts broken in the ways that hostile or careless people break them; a function of the text and the stream alone.
#pragma once

#include <string>

#include "core/random.h"

namespace gpufleet::hardening {

/// Bytes changed, cut, repeated, swapped.
std::string mutate_bytes(std::string text, RandomStream& random);

/// A scenario changed by its grammar: numbers replaced by extreme ones, values of wrong types, lines dropped, doubled or moved,
/// one to three times; now and then by bytes as well.
std::string mutate_scenario(std::string text, RandomStream& random);

}  // namespace gpufleet::hardening
