// The report's fixed words in the languages it speaks. Numbers, symbols of units, sources, and the names of metrics, keys and
// parts, by which other outputs and the scenario format call them, are the same in all.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
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

/// Units that are words ("requests"), provenances of kernel times, kinds of catalog entries; any other text as it is.
std::string_view word_in(std::string_view word, Language language);
/// A key's value: "(derived)" is a word of ours, all others are the format's.
std::string_view value_in(std::string_view value, Language language);
/// Where a key's value comes from: that it is a default is said in the language, whose default it is stays as it is.
std::string origin_in(std::string_view from, Language language);

}  // namespace gpufleet::scenarios
