// The report's fixed words in the languages it speaks. Numbers, units, metric names and sources are the same in all.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace gpufleet::scenarios {

enum class Language : std::uint8_t { english, french, chinese };

/// "en", "fr", "zh".
std::optional<Language> language_from_name(std::string_view name);
std::string_view language_code(Language language);

enum class Phrase : std::uint8_t {
  answer,
  best_by,
  within_uncertainty,  ///< with one place for names
  bold_note,
  above_one,  ///< with one place for a metric
  comparison,
  baseline,
  to_baseline,
  metric,
  value,
  unit,
  interval,
  provenance,
  published,
  error,
  source,
  charts,
  trade_off,
  parts,
  part,
  parts_step,
  parts_work,
  parts_waited,
  parts_memory,
  parts_shares,
  parts_cost,
  parts_smaller,
  timeline,
  timeline_note,
  timeline_communication,
  timeline_critical,
  timeline_shown,
  scenario,
  scenarios,
  assumptions,
  assumptions_note,
  differences,
  key,
  from,
  catalog,
  scenario_text,
  resolved_text,
  file,
  uncertainty,
  uncertainty_note,
  validation,
  suite,
  compared,
  median_error,
  p90_error,
  bias,
  coverage,
  notes,
  made_by,
  seed,
  not_advice
};
inline constexpr int kPhrases = static_cast<int>(Phrase::not_advice) + 1;

std::string_view phrase(Phrase what, Language language);

}  // namespace gpufleet::scenarios
