// Tables of a function on a grid that is exact for small whole numbers and has a fixed count of steps an octave beyond, read by
// linear interpolation in constant time.
#pragma once

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace gpufleet::sim {

/// Points 0, 1, …, 15, 16, then 2^o·(1 + s/steps). `steps` a power of two.
class Grid {
 public:
  Grid() = default;
  /// Covers [0, last] and a little more. Precondition: steps in {1, 2, 4, 8, 16}.
  Grid(int steps, double last) : steps_(steps) {
    count_ = 1;
    while (point(count_ - 1) < last || count_ < 3) ++count_;
  }

  struct Place {
    std::size_t index = 0;
    double share = 0;  ///< of the way to the next point
  };
  /// Beyond the last point: extrapolated from the last two.
  [[nodiscard]] Place locate(double x) const {
    std::size_t index = 0;
    if (x < kExact) {
      index = x <= 0 ? 0 : static_cast<std::size_t>(x);
    } else {
      const auto octave = static_cast<int>((std::bit_cast<std::uint64_t>(x) >> 52) & 0x7FF) - 1023;
      const double scaled = x / static_cast<double>(std::int64_t{1} << octave);
      index = static_cast<std::size_t>(kExact + (octave - kFirstOctave) * steps_ + static_cast<int>((scaled - 1) * steps_));
    }
    index = std::min(index, count_ - 2);
    const double low = point(index), high = point(index + 1);
    return {index, (x - low) / (high - low)};
  }
  [[nodiscard]] double point(std::size_t index) const {
    if (index < kExact) return static_cast<double>(index);
    const auto beyond = static_cast<int>(index) - kExact;
    const double base = static_cast<double>(std::int64_t{1} << (kFirstOctave + beyond / steps_));
    return base * (1.0 + static_cast<double>(beyond % steps_) / steps_);
  }
  [[nodiscard]] std::size_t size() const { return count_; }

 private:
  static constexpr int kExact = 16, kFirstOctave = 4;
  int steps_ = 4;
  std::size_t count_ = 2;
};

/// A function of one variable with values of type V (needs + and · by a double).
template <class V>
class Curve {
 public:
  Curve() = default;
  template <class F>
  Curve(Grid grid, F&& f) : grid_(grid) {
    values_.reserve(grid_.size());
    for (std::size_t i = 0; i < grid_.size(); ++i) values_.push_back(f(grid_.point(i)));
  }
  [[nodiscard]] V at(double x) const {
    const auto [i, share] = grid_.locate(x);
    return values_[i] * (1 - share) + values_[i + 1] * share;
  }

 private:
  Grid grid_;
  std::vector<V> values_;
};

/// A function of two variables, bilinear.
class Surface {
 public:
  Surface() = default;
  template <class F>
  Surface(Grid x, Grid y, F&& f) : x_(x), y_(y) {
    values_.reserve(x_.size() * y_.size());
    for (std::size_t i = 0; i < x_.size(); ++i)
      for (std::size_t j = 0; j < y_.size(); ++j) values_.push_back(f(x_.point(i), y_.point(j)));
  }
  [[nodiscard]] double at(double x, double y) const {
    const auto [i, u] = x_.locate(x);
    const auto [j, v] = y_.locate(y);
    const double* row = &values_[i * y_.size() + j];
    const double* next = row + y_.size();
    return (1 - u) * ((1 - v) * row[0] + v * row[1]) + u * ((1 - v) * next[0] + v * next[1]);
  }

 private:
  Grid x_, y_;
  std::vector<double> values_;
};

}  // namespace gpufleet::sim
