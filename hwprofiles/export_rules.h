// Export rules as data: who may not sell what to whom from which day, as expressions over a chip's numbers. Data:
// hwprofiles/data/export_rules.toml; a user's what-if file has the same form and is laid over it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "hwprofiles/expression.h"

namespace gpufleet::hw {

/// Every caller that shows a status prints this with it.
inline constexpr std::string_view kExportNotice = "Information, not legal advice.";

/// Ordered by strictness: the strictest outcome of all rules in force wins.
enum class ExportOutcome : std::uint8_t { allowed, notification, licence_granted, case_by_case, quota, licence_required, denied };
/// `restricts` imposes its outcome where its expression holds; `relieves` replaces the outcomes of the rules it names; `levies`
/// only adds a cost; `gates` is the buyer's own government, reported beside the seller's.
enum class RuleEffect : std::uint8_t { restricts, relieves, levies, gates };
/// What a buyer's government does, by what a purchase meets.
enum class GateOutcome : std::uint8_t { encouraged, discouraged, conditional, barred_if_state_funded, stop_order, blocked };
std::string_view name(GateOutcome outcome);
/// What the expression speaks of; only `accelerator` rules are asked about chips.
enum class RuleSubject : std::uint8_t { accelerator, memory_stack, foundry_order };

/// Order of the values given to a rule's expression.
enum class RuleInput : std::uint8_t {
  tpp,
  pd,
  io,
  dram,
  dram_plus_io,
  dc,
  name,
  designer,
  destination,
  hq,
  state_funded,
  tier,
  country_tpp,
  hbm_bandwidth_density,
  transistors,
  d5,
  count
};

struct ExportRule {
  std::string id;
  std::string title;
  RuleEffect effect = RuleEffect::restricts;
  RuleSubject subject = RuleSubject::accelerator;
  bool enforced = true;                   ///< false: applied only when a query asks for it by id
  std::string published, from, to;        ///< complete ISO dates, `to` included; empty `to` = open
  std::vector<std::string> destinations;  ///< countries after groups are resolved; empty = everywhere
  std::vector<std::string> headquarters;  ///< also applies when the buyer is from one of these, wherever it takes delivery
  Expression when;
  std::string when_text;
  ExportOutcome outcome = ExportOutcome::allowed;
  GateOutcome gate = GateOutcome::encouraged;
  std::vector<std::string> relieves;  ///< ids
  double cost_share = 0;              ///< of the price, to a government
  std::string policy, source, note;
  bool soft = false;
};

struct ExportRules {
  std::vector<ExportRule> rules;                                                           ///< in file order
  std::vector<std::pair<std::string, std::vector<std::string>>> groups;                    ///< named sets of countries
  [[nodiscard]] const std::vector<std::string>& group(std::string_view group_name) const;  ///< empty if unknown
  [[nodiscard]] const ExportRule* find(std::string_view id) const;
};

/// Errors: all diagnostics at once, expressions with the column of the offending character.
Result<ExportRules> load_export_rules(const std::filesystem::path& file);
/// `extra` laid over `base`: a rule of the same id replaces, a new one is added, ids under `withdraw` are removed; groups
/// likewise.
Result<ExportRules> overlay_export_rules(const ExportRules& base, const std::filesystem::path& extra);

}  // namespace gpufleet::hw
