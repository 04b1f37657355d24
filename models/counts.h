// Counts of a model (layers, heads, tokens): how large one may be, and as the double that FLOPs and bytes are reckoned in.
#pragma once

#include <cstdint>

namespace gpufleet::models {

/// Far above any model; keeps products of a few counts inside 64 bits.
inline constexpr std::int64_t kLargestCount = 100'000'000;

/// Exact up to 2^53.
inline double as_double(std::int64_t count) { return static_cast<double>(count); }

}  // namespace gpufleet::models
