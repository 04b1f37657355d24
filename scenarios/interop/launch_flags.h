// The flags that scenarios and launch commands share, as tables.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "scenarios/interop/launch_command.h"

namespace gpufleet::scenarios {

enum class FlagKind : std::uint8_t {
  count,    ///< the flag's whole number, at least 1, is the key's
  natural,  ///< the same, at least 0
  share,    ///< a number above 0, at most 1
  on,       ///< the bare flag sets the key to `value`; without it the tool does as `absent` says
};

struct FlagRow {
  std::string_view flag, other;  ///< long form, and another spelling or empty
  std::string_view key;          ///< below the tool's table ([training] or [[serving.pool]])
  FlagKind kind = FlagKind::count;
  std::string_view value, absent;  ///< TOML; for `on`; no `absent` where it is the scenario's default too
};

/// Rows that translate one to one; what needs more is in launch_command.cpp and launch_megatron.cpp.
std::span<const FlagRow> flag_rows(LaunchTool tool);

/// Whether a flag of one of the tools stands without a value: one of the rows `on`, or named as switches are ("--enable-...").
bool is_bare_flag(std::string_view name);

/// `did you mean "--tensor-parallel-size"?` where a flag that is not taken over is one that is, but for a slip of a letter or
/// two.
std::string meant_flag(LaunchTool tool, std::string_view name);

}  // namespace gpufleet::scenarios
