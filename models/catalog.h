// The model catalog: one TOML file a model (models/data/README part of the room's README says which keys).
// Everything wrong with a file is reported at once, with file:line:column.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "models/architecture.h"

namespace gpufleet::models {

/// One catalog file's text; `file` is the name that diagnostics show. Unknown keys, wrong types and unsound shapes are errors.
Result<Architecture> parse_architecture(std::string_view text, const std::string& file);

/// All *.toml files of `folder`, sorted by file name. Errors: unreadable folder or file, any bad file, a name or alias taken
/// twice.
Result<std::vector<Architecture>> load_architectures(const std::filesystem::path& folder);

/// The model of that name or alias, ignoring case; nullptr if there is none.
const Architecture* find_architecture(std::span<const Architecture> catalog, std::string_view name);
/// `did you mean "x"?` over names and aliases, or empty.
std::string suggest_architecture(std::span<const Architecture> catalog, std::string_view name);

}  // namespace gpufleet::models
