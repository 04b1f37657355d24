#include "scenarios/output/breakdown_part.h"

#include <string_view>

namespace gpufleet::scenarios {
namespace {

// "stage 12 forward": what follows the number; nothing for other names.
std::optional<std::string_view> behind_stage(std::string_view name) {
  constexpr std::string_view kStage = "stage ";
  if (!name.starts_with(kStage)) return std::nullopt;
  const std::size_t end = name.find_first_not_of("0123456789", kStage.size());
  if (end == kStage.size() || end == std::string_view::npos || name[end] != ' ') return std::nullopt;
  return name.substr(end + 1);
}

}  // namespace

std::optional<BreakdownPart> breakdown_part(const BreakdownItem& item) {
  using enum BreakdownWhole;
  constexpr std::string_view kBusy = "busy: ", kMemory = "memory: ", kCritical = "critical path: ", kShare = " share of ";
  const auto behind = [](std::string_view text, std::string_view start) { return std::string(text.substr(start.size())); };
  const std::string_view name = item.name;
  if (const std::optional<std::string_view> rest = behind_stage(name)) {
    if (*rest == "memory: capacity" || *rest == "exposed communication") return std::nullopt;
    if (rest->starts_with(kBusy)) return BreakdownPart{work, behind(*rest, kBusy), {}};
    if (rest->starts_with(kMemory)) return BreakdownPart{memory, behind(*rest, kMemory), {}};
    return BreakdownPart{step, std::string(*rest), {}};
  }
  if (name.starts_with(kCritical)) return BreakdownPart{waited, behind(name, kCritical), {}};
  if (const std::size_t at = name.find(kShare); at != std::string_view::npos && at > 0)
    return BreakdownPart{share, std::string(name.substr(0, at)), behind(name.substr(at), kShare)};
  constexpr std::string_view kColon = ": ";
  const std::size_t colon = name.find(kColon);
  if (colon == std::string_view::npos) return BreakdownPart{other, item.name, {}};
  return BreakdownPart{other, behind(name.substr(colon), kColon), std::string(name.substr(0, colon))};
}

}  // namespace gpufleet::scenarios
