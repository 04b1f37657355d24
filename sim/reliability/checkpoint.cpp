#include "sim/reliability/checkpoint.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace gpufleet::sim {

double expected_stretch(double interval, const CheckpointCost& cost, double recovery, double rate) {
  const double cycle = interval + cost.stall;
  if (rate <= 0) return cycle / interval;
  const double lag = std::max(0.0, cost.durable - cost.stall);
  return std::exp((recovery + lag) * rate) * std::expm1(cycle * rate) / (rate * interval);
}

double best_interval(const CheckpointCost& cost, double recovery, double rate, double shortest) {
  if (rate <= 0) return std::numeric_limits<double>::infinity();
  // Golden-section search on the logarithm: the stretch has one minimum.
  constexpr double kGolden = 0.6180339887498949;
  constexpr int kSteps = 80;
  constexpr double kWidest = 50;  // mean times between faults; the minimum lies far below
  double low = std::log(shortest), high = std::log(std::max(shortest, kWidest / rate));
  const auto stretch = [&](double x) { return expected_stretch(std::exp(x), cost, recovery, rate); };
  double left = high - kGolden * (high - low), right = low + kGolden * (high - low);
  double at_left = stretch(left), at_right = stretch(right);
  for (int i = 0; i < kSteps; ++i) {
    if (at_left <= at_right) {
      high = right;
      right = left;
      at_right = at_left;
      left = high - kGolden * (high - low);
      at_left = stretch(left);
    } else {
      low = left;
      left = right;
      at_left = at_right;
      right = low + kGolden * (high - low);
      at_right = stretch(right);
    }
  }
  return std::exp((low + high) / 2);
}

double young_interval(const CheckpointCost& cost, double rate) { return std::sqrt(2 * cost.stall / rate); }

double daly_interval(const CheckpointCost& cost, double rate) {
  const double half = cost.stall * rate / 2;
  if (half >= 1) return 1 / rate;
  return std::sqrt(2 * cost.stall / rate) * (1 + std::sqrt(half) / 3 + half / 9) - cost.stall;
}

}  // namespace gpufleet::sim
