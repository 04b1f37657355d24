// The report's first sentence, and the suites in four numbers each: shared by its forms.
#pragma once

#include <string>
#include <vector>

#include "scenarios/report/report.h"

namespace gpufleet::scenarios {

/// One result: its name with up to three telling figures. Several: the best by the most telling metric, and its figures.
std::string answer_sentence(const Report& report);

struct SuiteLine {
  std::string suite;
  std::string compared, median, p90, bias, coverage;  ///< as text; empty where the suite has none
};
std::vector<SuiteLine> suite_lines(const Report& report);

}  // namespace gpufleet::scenarios
