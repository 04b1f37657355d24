// Strings and comments are passed over as the TOML 1.0 grammar delimits them (toml.io/en/v1.0.0); all else is counted by
// character.
#include "hwprofiles/toml_depth.h"

#include <vector>

namespace gpufleet::hw {
namespace {

// Index behind the string that opens at `at`; a one-line string that does not close ends with its line.
std::size_t behind_string(std::string_view text, std::size_t at) {
  const char quote = text[at];
  const bool escapes = quote == '"';
  const bool block = text.substr(at).starts_with(quote == '"' ? "\"\"\"" : "'''");
  const std::size_t width = block ? 3 : 1;
  for (std::size_t i = at + width; i < text.size(); ++i) {
    if (escapes && text[i] == '\\') {
      ++i;
    } else if (!block && text[i] == '\n') {
      return i;
    } else if (text[i] == quote && (!block || (i + 2 < text.size() && text[i + 1] == quote && text[i + 2] == quote))) {
      return i + width;
    }
  }
  return text.size();
}

}  // namespace

std::optional<SourceLocation> deeper_than(std::string_view text, int limit) {
  std::vector<int> outer;  // dots of the key in front of each open bracket
  int enclosing = 0, dots = 0;
  std::uint32_t line = 1;
  std::size_t line_begin = 0;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (c == '"' || c == '\'') {
      const std::size_t end = behind_string(text, i);
      for (; i < end; ++i)
        if (text[i] == '\n') ++line, line_begin = i + 1;
      continue;
    }
    if (c == '#') {
      while (i < text.size() && text[i] != '\n') ++i;
      continue;
    }
    if (c == '[' || c == '{') {
      outer.push_back(dots);
      enclosing += dots + 1;
      dots = 0;
    } else if ((c == ']' || c == '}') && !outer.empty()) {
      dots = outer.back();
      enclosing -= dots + 1;
      outer.pop_back();
    } else if (c == '.') {
      ++dots;
    } else if (c == ',' || c == '\n') {
      dots = 0;
    }
    if (c == '\n') ++line, line_begin = i + 1;
    if (enclosing + dots > limit) return SourceLocation{{}, line, static_cast<std::uint32_t>(i - line_begin + 1)};
    ++i;
  }
  return std::nullopt;
}

}  // namespace gpufleet::hw
