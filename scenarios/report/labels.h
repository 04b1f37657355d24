// Names short enough for a chart, long enough to tell scenarios apart: what their titles share is said once, in the heading.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "scenarios/report/phrases.h"
#include "scenarios/run_result.h"

namespace gpufleet::scenarios {

struct Labels {
  std::string heading;              ///< of the whole: "DeepSeek-V3 pre-training on 2,048 H800 / H20 / H100"
  std::vector<std::string> labels;  ///< one a result, all different: "H800", "H20", "H100"
};
Labels labels_of(std::span<const RunResult> results, Language language);

/// Columns a text takes, wide characters counted as two.
std::size_t columns_of(const std::string& text);
/// At most that many columns: the middle is left out, because names differ at their ends.
std::string elided(const std::string& text, std::size_t columns);

}  // namespace gpufleet::scenarios
