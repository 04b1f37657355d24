// Number formats of tensor-core operations, weights and caches.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace gpufleet::hw {

enum class Dtype : std::uint8_t { fp64, fp32, tf32, bf16, fp16, fp8, int8, fp4, int4 };

/// Bytes of one value, without scales (FP4/INT4: one half).
double bytes_per_value(Dtype dtype);
/// Lower-case name as scenario files write it ("bf16").
std::string_view name(Dtype dtype);
std::optional<Dtype> dtype_from_name(std::string_view text);

}  // namespace gpufleet::hw
