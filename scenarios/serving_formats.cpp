#include "scenarios/serving_formats.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <vector>

namespace gpufleet::scenarios {

std::string format_refusal(const hw::Accelerator& chip, const models::ServingPrecision& precision) {
  for (const hw::Dtype stored : {precision.linear, precision.experts}) {
    const bool widened = stored == hw::Dtype::int4;
    if (widened || chip.supports(stored)) continue;
    std::vector<std::string> offered;
    for (const hw::Dtype other : {hw::Dtype::bf16, hw::Dtype::fp16, hw::Dtype::fp8, hw::Dtype::int8, hw::Dtype::fp4})
      if (chip.supports(other)) offered.emplace_back(hw::name(other));
    if (offered.empty()) return fmt::format("it is not known in which formats {} multiplies", chip.name);
    return fmt::format("{} has no units for products in {}; it multiplies {}, and stores int4 widened", chip.name,
                       hw::name(stored), fmt::join(offered, ", "));
  }
  return "";
}

}  // namespace gpufleet::scenarios
