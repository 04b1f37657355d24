// Quantiles of a stream in bounded memory: counts in buckets whose width is a fixed share of their value. Two sketches merge by
// adding counts, in any order, to the same bytes. Error: a quantile is off by at most kRelativeError of itself.
// After DDSketch (Masson, Rim, Lee 2019), with buckets cut from a float's own exponent and mantissa instead of logarithms.
#pragma once

#include <bit>
#include <cstdint>
#include <vector>

namespace gpufleet::sim {

class QuantileSketch {
 public:
  /// Buckets an octave: 2^7. A bucket's middle is within 1/256 of any value in it.
  static constexpr int kMantissaBits = 7;
  static constexpr double kRelativeError = 1.0 / 256;

  /// Values below 2^-40 (a picosecond, in seconds) count as zero. Precondition: x is finite and not negative.
  void add(double x) { add(x, 1); }
  void add(double x, std::uint64_t times) {
    const std::int64_t index = bucket(x);
    if (index >= static_cast<std::int64_t>(counts_.size())) counts_.resize(static_cast<std::size_t>(index) + 1, 0);
    counts_[static_cast<std::size_t>(index)] += times;
    count_ += times;
    sum_ += x * static_cast<double>(times);
  }
  void merge(const QuantileSketch& other);

  [[nodiscard]] std::uint64_t count() const { return count_; }
  [[nodiscard]] double mean() const { return count_ == 0 ? 0.0 : sum_ / static_cast<double>(count_); }
  /// 0 when empty. Precondition: 0 <= q <= 1.
  [[nodiscard]] double quantile(double q) const;
  /// Share of values at most `x`, up to the bucket that holds x. 1 when empty.
  [[nodiscard]] double share_below(double x) const;
  friend bool operator==(const QuantileSketch&, const QuantileSketch&) = default;

 private:
  static constexpr int kFirstExponent = -40;
  static std::int64_t bucket(double x) {
    const auto bits = std::bit_cast<std::uint64_t>(x);
    const auto cut = static_cast<std::int64_t>(bits >> (52 - kMantissaBits));
    constexpr std::int64_t kOrigin = static_cast<std::int64_t>(1023 + kFirstExponent) << kMantissaBits;
    return cut <= kOrigin ? 0 : cut - kOrigin;
  }
  static double middle(std::int64_t index);

  std::vector<std::uint64_t> counts_;
  std::uint64_t count_ = 0;
  double sum_ = 0;
};

}  // namespace gpufleet::sim
