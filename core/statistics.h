// Small statistics used everywhere: running moments, exact quantiles of a sample, and an estimate with its 10-90 % interval.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace gpufleet {

/// Running mean and variance (Welford 1962), mergeable (Chan et al. 1979).
class Moments {
 public:
  void add(double x);
  void merge(const Moments& other);
  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] double mean() const { return mean_; }
  /// Unbiased; 0 below two values.
  [[nodiscard]] double variance() const;
  [[nodiscard]] double standard_deviation() const;

 private:
  std::uint64_t count_ = 0;
  double mean_ = 0;
  double squares_ = 0;
};

/// Linear-interpolated quantile of sorted values (Hyndman & Fan type 7). Precondition: not empty, 0 <= q <= 1.
double quantile_sorted(std::span<const double> sorted, double q);
double quantile(std::vector<double> values, double q);
double median(std::vector<double> values);

/// A result's central value with its 10 % and 90 % quantiles.
struct Estimate {
  double value = 0, low = 0, high = 0;
  friend bool operator==(const Estimate&, const Estimate&) = default;
};

/// The 90 % quantile of the standard normal: half-width of a 10-90 % interval in sigmas.
inline constexpr double kNormalQuantile90 = 1.2815515655446004;

}  // namespace gpufleet
