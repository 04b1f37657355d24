#include "scenarios/stage_split.h"

#include <cstddef>

namespace gpufleet::scenarios {

std::optional<std::vector<int>> split_layers(int layers, const std::vector<std::optional<int>>& given) {
  int left = layers;
  std::vector<std::size_t> open;
  std::vector<int> out(given.size());
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (given[i]) {
      out[i] = *given[i];
      left -= *given[i];
    } else {
      open.push_back(i);
    }
  }
  if (left < 0 || (open.empty() && left != 0)) return std::nullopt;
  if (open.empty()) return out;
  const int stages = static_cast<int>(open.size());
  const int rounded_up = (left + stages - 1) / stages;
  for (const std::size_t i : open) out[i] = rounded_up;
  int missing = rounded_up * stages - left;  // fewer than `stages`
  for (std::size_t step = 0; missing > 0; ++step, --missing) {
    const std::size_t inward = step / 2;
    const std::size_t at = step % 2 == 0 ? open.size() - 1 - inward : inward;
    --out[open[at]];
  }
  return out;
}

}  // namespace gpufleet::scenarios
