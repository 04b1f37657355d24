#include "scenarios/cli/console.h"

#include <fmt/format.h>
#include <unistd.h>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <span>

namespace gpufleet::scenarios::cli {
namespace {

constexpr int kBarWidth = 30;

bool set(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

void write(std::FILE* file, std::string_view text) { std::fwrite(text.data(), 1, text.size(), file); }

}  // namespace

Console::Console(Verbosity verbosity)
    : quiet_(verbosity == Verbosity::quiet), terminal_(isatty(STDERR_FILENO) != 0), colour_(terminal_ && !set("NO_COLOR")) {}

void Console::print(std::string_view text) {
  end_progress();
  write(stdout, text);
}

void Console::diagnose(std::span<const Diagnostic> diagnostics) {
  end_progress();
  for (const Diagnostic& diagnostic : diagnostics) {
    std::string text = to_text(diagnostic);
    if (colour_) {
      const bool error = diagnostic.severity == Severity::error;
      const std::string_view word = error ? "error:" : "warning:";
      const std::size_t at = text.find(word);
      if (at != std::string::npos) text.replace(at, word.size(), fmt::format("\x1b[1;{}m{}\x1b[0m", error ? 31 : 33, word));
    }
    write(stderr, text);
  }
}

void Console::progress(double fraction, std::string_view what) {
  if (quiet_) return;
  const int percent = static_cast<int>(std::lround(std::clamp(fraction, 0.0, 1.0) * 100));
  if (!terminal_) {
    if (what == last_what_) return;
    last_what_ = what;
    write(stderr, fmt::format("{}\n", what));
    return;
  }
  if (percent == last_percent_ && what == last_what_) return;
  last_percent_ = percent;
  last_what_ = what;
  const int filled = percent * kBarWidth / 100;
  write(stderr, fmt::format("\r\x1b[2K[{:#<{}}{:.<{}}] {:3} %  {}", "", filled, "", kBarWidth - filled, percent, what));
  bar_shown_ = true;
}

void Console::end_progress() {
  if (!bar_shown_) return;
  write(stderr, "\r\x1b[2K");
  bar_shown_ = false;
}

bool Console::flush() { return std::fflush(stdout) == 0 && std::ferror(stdout) == 0; }

int exit_code(std::span<const Diagnostic> diagnostics) {
  if (!has_errors(diagnostics)) return 0;
  const auto usage = [](const Diagnostic& d) { return d.severity == Severity::error && d.kind == DiagnosticKind::usage; };
  return std::any_of(diagnostics.begin(), diagnostics.end(), usage) ? 2 : 1;
}

}  // namespace gpufleet::scenarios::cli
