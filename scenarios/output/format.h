// How a list or a result is written down.
#pragma once

#include <cstdint>

namespace gpufleet::scenarios {

enum class Format : std::uint8_t { table, csv, json };

}  // namespace gpufleet::scenarios
