// How deeply a TOML text nests, before a parser sees it: the parser bounds brackets, but builds a table for each dot of a dotted
// key, and everything that walks the result calls itself once a level.
#pragma once

#include <optional>
#include <string_view>

#include "core/diagnostics.h"

namespace gpufleet::hw {

/// No honest file comes near; a thread's stack carries many times this.
inline constexpr int kDeepestToml = 100;

/// The place (without file) where brackets, braces and dots of keys first nest deeper than `limit`; nothing if they never do.
/// JSON is read alike; other text gives some answer.
std::optional<SourceLocation> deeper_than(std::string_view text, int limit);

}  // namespace gpufleet::hw
