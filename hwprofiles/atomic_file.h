// Files that appear whole or not at all: written to a temporary name in the same folder, synced, then renamed (POSIX rename is
// atomic within a file system). An interrupted program leaves the old file, or none, never half of one.
#pragma once

#include <filesystem>
#include <string_view>

#include "core/diagnostics.h"

namespace gpufleet::hw {

/// Replaces `file` by `bytes`; the folder must exist. A link stays and its target is replaced; a file keeps its rights; what is
/// no regular file (a pipe, a device) is written to and never replaced. Empty if done; else one error, and no file is changed.
Diagnostics write_file_atomically(const std::filesystem::path& file, std::string_view bytes);

}  // namespace gpufleet::hw
