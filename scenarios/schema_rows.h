// Short makers for rows of the schema table: what most keys are, and what is changed about one.
#pragma once

#include <string>

#include "scenarios/schema.h"

namespace gpufleet::scenarios::rows {

KeySpec text(std::string path, std::string doc);
KeySpec whole(std::string path, double least, double most, std::string doc);
KeySpec real(std::string path, double least, double most, std::string doc);
/// From 0 to `most` base units.
KeySpec quantity(std::string path, Dimension dimension, double most, std::string doc);

/// The key must be there.
KeySpec needed(KeySpec key);
/// Left out, its value comes from what `fallback_source` says.
KeySpec from(KeySpec key, std::string fallback_source);
/// Left out, it is `fallback`.
KeySpec usually(KeySpec key, std::string fallback);

}  // namespace gpufleet::scenarios::rows
