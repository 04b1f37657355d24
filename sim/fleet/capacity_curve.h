// How fast some accelerators do a kind of work, by their number: a curve through points that the training and serving simulators
// gave.
#pragma once

#include <vector>

namespace gpufleet::sim {

struct CurvePoint {
  double gpus = 0, rate = 0;  ///< rate: tokens/s of all of them
  friend bool operator==(const CurvePoint&, const CurvePoint&) = default;
};

class CapacityCurve {
 public:
  CapacityCurve() = default;
  /// Points in order of gpus, each larger than the one before. `proportional` holds beyond the last point (serving: more
  /// instances); otherwise the last is the most that can be put to use (a training batch is shared out once).
  enum class Beyond : unsigned char { flat, proportional };
  CapacityCurve(std::vector<CurvePoint> points, Beyond beyond);

  /// tokens/s: linear between points, 0 below the first.
  [[nodiscard]] double at(double gpus) const;
  [[nodiscard]] double least() const { return points_.empty() ? 0 : points_.front().gpus; }
  /// Largest number that helps; infinity where more always do.
  [[nodiscard]] double most() const;
  [[nodiscard]] bool empty() const { return points_.empty(); }
  [[nodiscard]] const std::vector<CurvePoint>& points() const { return points_; }
  /// The same with every rate times `factor`.
  [[nodiscard]] CapacityCurve faster(double factor) const;

 private:
  std::vector<CurvePoint> points_;
  Beyond beyond_ = Beyond::flat;
};

}  // namespace gpufleet::sim
