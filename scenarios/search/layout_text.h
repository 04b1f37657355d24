// The answer of a layout search as table, CSV and JSON.
#pragma once

#include <string>

#include "scenarios/output/format.h"
#include "scenarios/search/layout_search.h"

namespace gpufleet::scenarios {

std::string layout_text(const LayoutAnswer& answer, Format format);

/// Why `other` is slower than `best`: the parts of the step that differ most, "bubble +0.41 s, gradient +0.02 s".
std::string why_slower(const FoundLayout& best, const FoundLayout& other);

}  // namespace gpufleet::scenarios
