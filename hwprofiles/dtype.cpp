#include "hwprofiles/dtype.h"

#include <array>
#include <utility>

namespace gpufleet::hw {
namespace {
struct Row {
  Dtype dtype;
  std::string_view name;
  double bytes;
};
constexpr std::array<Row, 9> kRows{{{Dtype::fp64, "fp64", 8},
                                    {Dtype::fp32, "fp32", 4},
                                    {Dtype::tf32, "tf32", 4},
                                    {Dtype::bf16, "bf16", 2},
                                    {Dtype::fp16, "fp16", 2},
                                    {Dtype::fp8, "fp8", 1},
                                    {Dtype::int8, "int8", 1},
                                    {Dtype::fp4, "fp4", 0.5},
                                    {Dtype::int4, "int4", 0.5}}};
const Row& row(Dtype dtype) { return kRows[static_cast<std::size_t>(dtype)]; }
}  // namespace

double bytes_per_value(Dtype dtype) { return row(dtype).bytes; }
std::string_view name(Dtype dtype) { return row(dtype).name; }
std::optional<Dtype> dtype_from_name(std::string_view text) {
  for (const Row& r : kRows)
    if (r.name == text) return r.dtype;
  return std::nullopt;
}

}  // namespace gpufleet::hw
