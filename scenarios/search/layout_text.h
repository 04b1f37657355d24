// The answer of a layout search as table, CSV and JSON.
#pragma once

#include <cstdint>
#include <string>

#include "scenarios/search/layout_search.h"

namespace gpufleet::scenarios {

enum class LayoutForm : std::uint8_t { table, csv, json };

std::string layout_text(const LayoutAnswer& answer, LayoutForm form);

/// Why `other` is slower than `best`: the parts of the step that differ most, "bubble +0.41 s, gradient +0.02 s".
std::string why_slower(const FoundLayout& best, const FoundLayout& other);

}  // namespace gpufleet::scenarios
