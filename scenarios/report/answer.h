// The report's first sentence, and the suites in four numbers each: shared by its forms.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "scenarios/report/report.h"

namespace gpufleet::scenarios {

/// How a form writes a scenario's name, which users chose, and words of ours.
struct Dress {
  std::function<std::string(const std::string&)> name, words;
};

/// One result: its name with up to three telling figures. Several: the best by the most telling metric, its figures, and whose
/// difference from it lies within the uncertainty. `labels`: one a result.
std::string answer_sentence(const Report& report, const std::vector<std::string>& labels, const Dress& dress);

struct SuiteLine {
  std::string suite;
  std::string compared, median, p90, bias, coverage;  ///< as text; empty where the suite has none
};
std::vector<SuiteLine> suite_lines(const Report& report);

}  // namespace gpufleet::scenarios
