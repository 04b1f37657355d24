// Names in catalogs: one spelling rule for lookups of chips and nodes.
#pragma once

#include <string>
#include <string_view>

namespace gpufleet::hw {

/// Lower case without spaces, '-', '_' and '/': "H800-SXM-80GB" and "h800_sxm 80gb" are the same name.
std::string catalog_key(std::string_view name);
/// `name` without a trailing "(remark)" and the spaces before it; the same text if there is none.
std::string_view without_remark(std::string_view name);

}  // namespace gpufleet::hw
