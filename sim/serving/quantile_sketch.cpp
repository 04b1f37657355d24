#include "sim/serving/quantile_sketch.h"

#include <algorithm>
#include <cmath>

namespace gpufleet::sim {

void QuantileSketch::merge(const QuantileSketch& other) {
  if (other.counts_.size() > counts_.size()) counts_.resize(other.counts_.size(), 0);
  for (std::size_t i = 0; i < other.counts_.size(); ++i) counts_[i] += other.counts_[i];
  count_ += other.count_;
  sum_ += other.sum_;
}

double QuantileSketch::middle(std::int64_t index) {
  if (index == 0) return 0;
  constexpr std::int64_t kPerOctave = std::int64_t{1} << kMantissaBits;
  const double low = 1.0 + static_cast<double>(index % kPerOctave) / static_cast<double>(kPerOctave);
  return std::ldexp(low + 0.5 / static_cast<double>(kPerOctave), kFirstExponent + static_cast<int>(index / kPerOctave));
}

double QuantileSketch::quantile(double q) const {
  if (count_ == 0) return 0;
  const double rank = q * static_cast<double>(count_ - 1);
  double seen = 0;
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    seen += static_cast<double>(counts_[i]);
    if (seen > rank) return middle(static_cast<std::int64_t>(i));
  }
  return middle(static_cast<std::int64_t>(counts_.size()) - 1);
}

double QuantileSketch::share_below(double x) const {
  if (count_ == 0) return 1;
  const std::int64_t last = bucket(x);
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < counts_.size() && static_cast<std::int64_t>(i) <= last; ++i) seen += counts_[i];
  return static_cast<double>(seen) / static_cast<double>(count_);
}

}  // namespace gpufleet::sim
