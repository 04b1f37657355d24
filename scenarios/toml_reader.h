// A scenario's text to a RawTable. The parser itself is hwprofiles/toml_document; here is what a user's file needs beside it: one
// clear sentence for anything that is not a text file, a bound on its size, and the values of --set.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "core/result.h"
#include "scenarios/raw_value.h"

namespace gpufleet::scenarios {

/// `name` is what diagnostics call the file.
Result<RawTable> parse_toml(std::string_view text, const std::string& name);

/// Reads and parses; errors: missing, not a regular file, too large, not UTF-8 text, not TOML.
Result<RawTable> read_toml(const std::filesystem::path& file, const std::string& name);

/// The value of `--set key=value`: a TOML value ("16", "\"fp8\"", "[1, 2]", "{ tp = 2 }"); anything else is taken as text.
RawValue parse_override_value(std::string_view text, const SourceLocation& where);

}  // namespace gpufleet::scenarios
