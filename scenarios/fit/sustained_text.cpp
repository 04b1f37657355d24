#include "scenarios/fit/sustained_text.h"

#include <fmt/format.h>

#include "core/check.h"

namespace gpufleet::scenarios {

std::string with_figure(std::string_view text, int row, std::string_view key, double value) {
  std::string out;
  int at = -1;
  bool found = false;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end);
    if (line.starts_with("[[chip]]")) ++at;
    if (at == row && !found && line.starts_with(key) && line.substr(key.size()).starts_with(" = ")) {
      found = true;
      const bool time = line.find("us\"") != std::string_view::npos;
      out += time ? fmt::format("{} = \"{:.3g} us\"\n", key, value * 1e6) : fmt::format("{} = {:.3g}\n", key, value);
      continue;
    }
    out += line;
  }
  check(found, "a fitted figure has its line in the file");
  return out;
}

}  // namespace gpufleet::scenarios
