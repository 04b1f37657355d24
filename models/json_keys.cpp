// The parser tells keys without places, so a key is found again as the n-th one of its name. nlohmann/json's exceptions end here.
#include "models/json_keys.h"

#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <vector>

namespace gpufleet::models {
namespace {

// Start of the `wanted`-th `"key" :` of the text, from 1.
std::size_t key_offset(std::string_view text, const std::string& key, int wanted) {
  const std::string quoted = '"' + key + '"';
  for (std::size_t at = text.find(quoted); at != std::string_view::npos; at = text.find(quoted, at + 1)) {
    const std::size_t next = text.find_first_not_of(" \t\r\n", at + quoted.size());
    if (next != std::string_view::npos && text[next] == ':' && --wanted == 0) return at;
  }
  return 0;
}

}  // namespace

std::optional<RepeatedKey> repeated_json_key(std::string_view text) {
  using nlohmann::json;
  std::vector<std::set<std::string>> open;
  std::map<std::string, int> seen;
  std::optional<RepeatedKey> out;
  const json::parser_callback_t watch = [&](int, json::parse_event_t event, json& value) {
    if (event == json::parse_event_t::object_start) open.emplace_back();
    if (event == json::parse_event_t::object_end && !open.empty()) open.pop_back();
    if (event == json::parse_event_t::key && !open.empty() && !out) {
      const std::string key = value.get<std::string>();
      const int count = ++seen[key];
      if (!open.back().insert(key).second) out = RepeatedKey{key, key_offset(text, key, count)};
    }
    return true;
  };
  try {
    const json whole = json::parse(text, watch);
    if (whole.is_discarded()) return std::nullopt;
  } catch (const json::exception&) {
    return std::nullopt;
  }
  return out;
}

}  // namespace gpufleet::models
