// Changes to a scenario's text that leave everything else as it was, comments and spacing included: what the form does when the
// text beside it must stay the user's own.
#pragma once

#include <string>
#include <string_view>

#include "core/result.h"
#include "scenarios/schema.h"

namespace gpufleet::gui {

/// Paths are those of `--set`: "fleet.pool.0.count". `toml` is a value as TOML writes it. A key that the text lacks is added to
/// its table, a table that it lacks at the end. Errors: a text that does not parse; a place that only the text's author can
/// change (a member of a list that another file holds).
Result<std::string> set_value(std::string_view text, std::string_view path, std::string_view toml);
/// The text without the key; unchanged if it is not there.
Result<std::string> remove_value(std::string_view text, std::string_view path);

/// What a person typed, as TOML writes a value of that key: quotes where it is text, lists from commas.
std::string toml_value(std::string_view typed, const scenarios::KeySpec& key);
/// "fleet.pool.0.count" as the schema writes it: "fleet.pool[].count".
std::string schema_path(std::string_view path);

}  // namespace gpufleet::gui
