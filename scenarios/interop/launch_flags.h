// The flags that scenarios and launch commands share, as tables.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "scenarios/interop/launch_command.h"

namespace gpufleet::scenarios {

enum class FlagKind : std::uint8_t {
  number,  ///< the flag's number is the key's
  text,    ///< the flag's word is the key's, in quotes
  on,      ///< the bare flag sets the key to `value`
};

struct FlagRow {
  std::string_view flag, other;  ///< long form, and another spelling or empty
  std::string_view key;          ///< below the tool's table ([training] or [[serving.pool]])
  FlagKind kind = FlagKind::number;
  std::string_view value;  ///< TOML; for `on`
};

/// Rows that translate one to one; what needs more is in launch_command.cpp.
std::span<const FlagRow> flag_rows(LaunchTool tool);

}  // namespace gpufleet::scenarios
