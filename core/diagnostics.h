// What is wrong with a user's input, as values: where, which key, what was seen, what was expected, and the nearest valid name.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace gpufleet {

enum class Severity : std::uint8_t { warning, error };
/// `usage` ends with exit code 2 (bad input); `infeasible` with 1 (the simulation says no).
enum class DiagnosticKind : std::uint8_t { usage, infeasible };

/// A place in a text file; line and column count from 1, 0 means unknown.
struct SourceLocation {
  std::string file;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  friend bool operator==(const SourceLocation&, const SourceLocation&) = default;
};

struct Diagnostic {
  Severity severity = Severity::error;
  DiagnosticKind kind = DiagnosticKind::usage;
  SourceLocation where;
  std::string key;      ///< dotted key, e.g. "training.layout.pp"; empty where there is none
  std::string message;  ///< one sentence: what was seen and what was expected
  std::string hint;     ///< optional second line, e.g. `did you mean "accelerator"?`
  friend bool operator==(const Diagnostic&, const Diagnostic&) = default;
};

using Diagnostics = std::vector<Diagnostic>;

/// "file:line:column: error: key: message\n  hint\n", one per diagnostic, in order.
std::string to_text(const Diagnostic& diagnostic);
std::string to_text(std::span<const Diagnostic> diagnostics);
bool has_errors(std::span<const Diagnostic> diagnostics);

/// The candidate nearest to `word` by Damerau-Levenshtein distance, ignoring case; empty if none is near enough to be meant.
std::string nearest_name(std::string_view word, std::span<const std::string> candidates);
/// `did you mean "x"?`, or empty.
std::string did_you_mean(std::string_view word, std::span<const std::string> candidates);

}  // namespace gpufleet
