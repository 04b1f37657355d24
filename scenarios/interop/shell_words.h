// A command line cut into words as a shell would (quotes, backslashes, continued lines, comments), and words quoted for a shell.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace gpufleet::scenarios {

/// Nothing if a quote is not closed. Variables and substitutions stay as they are written.
std::optional<std::vector<std::string>> shell_words(std::string_view text);

/// The word as any POSIX shell reads it back: bare where nothing in it is special, else in single quotes.
std::string shell_quoted(std::string_view word);
/// For a comment line or a quoted text: control characters, which could end the line, become spaces, bytes that are no UTF-8 "?".
std::string one_line(std::string_view text);

/// Flags of a command with what follows them: "--tp 8", "--tp=8", "--flag". Words that belong to no flag stand between, unnamed.
struct Flag {
  std::string name;   ///< with its dashes, "_" as "-"; empty for a word that follows no flag
  std::string value;  ///< empty for a bare flag
};
/// Whether a flag stands alone, so that the next word is not its value.
using BareFlag = bool (*)(std::string_view name);
std::vector<Flag> flags_of(const std::vector<std::string>& words, BareFlag bare);

}  // namespace gpufleet::scenarios
