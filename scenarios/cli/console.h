// Where a command prints: results to stdout, diagnostics and progress to stderr. Colour and the progress bar only on a terminal.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/diagnostics.h"
#include "scenarios/cli/options.h"

namespace gpufleet::scenarios::cli {

class Console {
 public:
  explicit Console(Verbosity verbosity);

  void print(std::string_view text);
  void diagnose(std::span<const Diagnostic> diagnostics);
  void diagnose(const Diagnostic& diagnostic) { diagnose(std::span(&diagnostic, 1)); }
  /// A bar that redraws itself on a terminal; elsewhere a line at the beginning of each `what`; nothing when quiet.
  void progress(double fraction, std::string_view what);
  /// Removes the bar before other output.
  void end_progress();
  /// False once stdout could not be written (full disk, closed pipe).
  [[nodiscard]] bool flush();

 private:
  bool quiet_, terminal_, colour_;
  bool bar_shown_ = false;
  int last_percent_ = -1;
  std::string last_what_;
};

/// 2 for usage errors, 1 where only the simulation says no, 0 without errors.
int exit_code(std::span<const Diagnostic> diagnostics);

}  // namespace gpufleet::scenarios::cli
