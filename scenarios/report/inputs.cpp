#include "scenarios/report/inputs.h"

#include <algorithm>
#include <map>

namespace gpufleet::scenarios {

std::vector<DifferentInput> different_inputs(const Report& report) {
  std::vector<DifferentInput> out;
  if (report.results.size() < 2 || report.backgrounds.size() != report.results.size()) return out;
  std::map<std::string, std::size_t> rows;
  for (std::size_t i = 0; i < report.backgrounds.size(); ++i) {
    for (const ExplainedKey& key : report.backgrounds[i].keys) {
      if (key.key == "title" || key.key == "base") continue;
      const auto [found, first] = rows.emplace(key.key, out.size());
      if (first) out.push_back({key.key, std::vector<std::string>(report.results.size())});
      out[found->second].values[i] = key.value;
    }
  }
  std::erase_if(out, [](const DifferentInput& one) {
    return std::ranges::all_of(one.values, [&](const std::string& value) { return value == one.values.front(); });
  });
  return out;
}

}  // namespace gpufleet::scenarios
