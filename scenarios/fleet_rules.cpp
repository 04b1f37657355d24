#include "scenarios/fleet_rules.h"

#include <algorithm>

#include "core/result.h"

namespace gpufleet::scenarios {

Result<hw::ExportRules> changed_rules(const hw::ExportRules& base, const std::string& file,
                                      const std::vector<std::string>& withdraw) {
  Result<hw::ExportRules> out = file.empty() ? Result<hw::ExportRules>(base) : hw::overlay_export_rules(base, file);
  if (!out) return out;
  hw::ExportRules rules = std::move(out).value();
  std::erase_if(rules.rules, [&](const hw::ExportRule& rule) {
    return std::find(withdraw.begin(), withdraw.end(), rule.id) != withdraw.end();
  });
  return rules;
}

std::vector<std::pair<std::string, std::string>> unknown_rules(const hw::ExportRules& rules,
                                                               const std::vector<std::string>& ids) {
  std::vector<std::string> known;
  for (const hw::ExportRule& rule : rules.rules) known.push_back(rule.id);
  std::vector<std::pair<std::string, std::string>> out;
  for (const std::string& id : ids)
    if (std::find(known.begin(), known.end(), id) == known.end()) out.emplace_back(id, did_you_mean(id, known));
  return out;
}

}  // namespace gpufleet::scenarios
