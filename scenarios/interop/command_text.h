// A shell command as it is put together: one flag a line, every word quoted where a shell needs it.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include "scenarios/interop/shell_words.h"

namespace gpufleet::scenarios {

class CommandText {
 public:
  /// The program's words, which are the caller's own.
  explicit CommandText(std::string program) : text_(std::move(program)) {}

  void word(std::string_view value) { text_ += fmt::format(" {}", shell_quoted(value)); }
  void flag(std::string_view name) { text_ += fmt::format(" \\\n  {}", name); }
  template <class Value>
  void flag(std::string_view name, const Value& value) {
    text_ += fmt::format(" \\\n  {} {}", name, shell_quoted(fmt::format("{}", value)));
  }
  /// Degrees of 1 go without saying.
  void degree(std::string_view name, int value) {
    if (value > 1) flag(name, value);
  }
  /// A comment line below the command: what it does not say.
  void lost(std::string_view what) { lost_.emplace_back(what); }

  [[nodiscard]] std::string take() const {
    std::string out = fmt::format("{}\n", text_);
    for (const std::string& what : lost_) out += fmt::format("# not said: {}\n", one_line(what));
    return out;
  }

 private:
  std::string text_;
  std::vector<std::string> lost_;
};

}  // namespace gpufleet::scenarios
