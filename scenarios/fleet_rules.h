// Export rules as a fleet or a question changes them: a user's file laid over the shipped rules, some withdrawn.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "core/result.h"
#include "hwprofiles/export_rules.h"

namespace gpufleet::scenarios {

/// `file` (may be empty) laid over `base`, without the rules of `withdraw`. Errors: those of the file.
Result<hw::ExportRules> changed_rules(const hw::ExportRules& base, const std::string& file,
                                      const std::vector<std::string>& withdraw);

/// Those of `ids` that name no rule, each with the name probably meant (may be empty).
std::vector<std::pair<std::string, std::string>> unknown_rules(const hw::ExportRules& rules, const std::vector<std::string>& ids);

}  // namespace gpufleet::scenarios
