// Keys that stand twice in one JSON object: parsers keep the last one without a word.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace gpufleet::models {

struct RepeatedKey {
  std::string key;
  std::size_t offset = 0;  ///< of its second appearance, in bytes
};

/// The first of them; nothing where there is none or the text is not JSON.
std::optional<RepeatedKey> repeated_json_key(std::string_view text);

}  // namespace gpufleet::models
