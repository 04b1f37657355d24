#include "scenarios/report/inputs.h"

#include <algorithm>
#include <map>

#include "scenarios/report/background.h"

namespace gpufleet::scenarios {

std::vector<DifferentInput> different_inputs(std::span<const RunResult> results) {
  std::vector<DifferentInput> out;
  if (results.size() < 2) return out;
  std::map<std::string, std::size_t> rows;
  for (std::size_t i = 0; i < results.size(); ++i) {
    // Resolved, so that "1 Ki" does not differ from 1024 and a default not from the same value written out.
    for (const ExplainedKey& key : background_of(results[i]).keys) {
      if (key.key == "title" || key.key == "base") continue;
      const auto [found, first] = rows.emplace(key.key, out.size());
      if (first) out.push_back({key.key, std::vector<std::string>(results.size())});
      out[found->second].values[i] = key.value;
    }
  }
  std::erase_if(out, [](const DifferentInput& one) {
    return std::ranges::all_of(one.values, [&](const std::string& value) { return value == one.values.front(); });
  });
  return out;
}

}  // namespace gpufleet::scenarios
