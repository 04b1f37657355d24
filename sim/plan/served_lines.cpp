// S(c) = sum over hours of min(demand, c) · 3600 s; its tangent at c0 is S(c0) + 3600 s · (hours above c0) · (c - c0).
#include <algorithm>
#include <cmath>

#include "sim/plan/problem.h"

namespace gpufleet::sim {

std::vector<ServedLine> served_lines(std::vector<double> hourly) {
  constexpr double kSecondsPerHour = 3600;
  constexpr int kTangents = 10;
  std::sort(hourly.begin(), hourly.end());
  std::vector<ServedLine> out;
  const auto hours = static_cast<double>(hourly.size());
  double below = 0;  // sum of the hours under the level
  std::size_t done = 0;
  for (int i = 0; i <= kTangents; ++i) {
    // At a level that is the i-th quantile; hours that equal it count as met, so that the last line is flat.
    const auto rank = static_cast<std::size_t>(std::floor(hours * i / kTangents));
    std::size_t met = rank == 0 ? 0 : rank - 1;
    if (rank > 0) {
      const double level = hourly[met];
      while (met < hourly.size() && hourly[met] <= level) ++met;
    }
    for (; done < met; ++done) below += hourly[done];
    const ServedLine line{below * kSecondsPerHour, (hours - static_cast<double>(met)) * kSecondsPerHour};
    if (out.empty() || out.back().slope > line.slope) out.push_back(line);
  }
  return out;
}

}  // namespace gpufleet::sim
