// The accelerator catalog: reads hwprofiles/data/accelerators/*.toml (one file a chip) and finds chips by name or alias.
#pragma once

#include <filesystem>
#include <span>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "hwprofiles/accelerator.h"

namespace gpufleet::hw {

/// Every *.toml of `folder`, ordered by file name. Errors: all diagnostics of all files at once (missing or unknown keys, wrong
/// units, a `soft` entry that names no key, names or aliases that two chips share).
Result<std::vector<Accelerator>> load_accelerators(const std::filesystem::path& folder);

/// One such file. Errors: its own diagnostics.
Result<Accelerator> load_accelerator(const std::filesystem::path& file);

/// The chip whose name or alias is `name`, ignoring case, spaces, '-', '_' and '/'; a remark in parentheses at the end is
/// ignored when nothing has it in its name ("T4 (4x g4dn.12xlarge)"). Error: "did you mean". The caller adds the place.
Result<Accelerator> find_accelerator(std::span<const Accelerator> catalog, std::string_view name);

}  // namespace gpufleet::hw
