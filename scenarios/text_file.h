// Whole small text files, bounded in size.
#pragma once

#include <filesystem>
#include <string>

#include "core/result.h"

namespace gpufleet::scenarios {

/// Larger files are refused: what a user writes by hand is a page or two.
inline constexpr std::size_t kLargestFile = std::size_t{4} << 20;

/// `name` is what diagnostics call the file. Errors: missing, a folder, unreadable, larger than kLargestFile.
Result<std::string> read_text_file(const std::filesystem::path& file, const std::string& name);

}  // namespace gpufleet::scenarios
