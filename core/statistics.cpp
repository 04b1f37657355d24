#include "core/statistics.h"

#include <algorithm>
#include <cmath>

#include "core/check.h"

namespace gpufleet {

void Moments::add(double x) {
  ++count_;
  const double delta = x - mean_;
  mean_ += delta / static_cast<double>(count_);
  squares_ += delta * (x - mean_);
}

void Moments::merge(const Moments& other) {
  if (other.count_ == 0) return;
  const double n = static_cast<double>(count_), m = static_cast<double>(other.count_);
  const double delta = other.mean_ - mean_;
  mean_ += delta * m / (n + m);
  squares_ += other.squares_ + delta * delta * n * m / (n + m);
  count_ += other.count_;
}

double Moments::variance() const { return count_ < 2 ? 0.0 : squares_ / static_cast<double>(count_ - 1); }
double Moments::standard_deviation() const { return std::sqrt(variance()); }

double quantile_sorted(std::span<const double> sorted, double q) {
  check(!sorted.empty(), "quantile of nothing");
  check(q >= 0 && q <= 1, "quantile outside [0, 1]");
  const double position = q * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  const std::size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (position - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

double quantile(std::vector<double> values, double q) {
  std::sort(values.begin(), values.end());
  return quantile_sorted(values, q);
}

double median(std::vector<double> values) { return quantile(std::move(values), 0.5); }

}  // namespace gpufleet
