// A command line cut into words as a shell would: quotes, backslashes, continued lines; comments end a line.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gpufleet::scenarios {

/// Nothing if a quote is not closed. Variables and substitutions stay as they are written.
std::optional<std::vector<std::string>> shell_words(std::string_view text);

/// Flags of a command with what follows them: "--tp 8", "--tp=8", "--flag". Words before the first flag come first, unnamed.
struct Flag {
  std::string name;   ///< with its dashes; empty for a word that follows no flag
  std::string value;  ///< empty for a bare flag
};
std::vector<Flag> flags_of(const std::vector<std::string>& words);

}  // namespace gpufleet::scenarios
