// Rewrites figures of hwprofiles/data/sustained.toml in place, so that its comments and sources stay.
#pragma once

#include <string>
#include <string_view>

namespace gpufleet::scenarios {

/// `text` with `key = value` in its `row`-th [[chip]] table (-1: above the first). Precondition: the key is there.
std::string with_figure(std::string_view text, int row, std::string_view key, double value);

}  // namespace gpufleet::scenarios
