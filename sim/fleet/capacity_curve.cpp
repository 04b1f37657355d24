#include "sim/fleet/capacity_curve.h"

#include <algorithm>
#include <limits>

#include "core/check.h"

namespace gpufleet::sim {

CapacityCurve::CapacityCurve(std::vector<CurvePoint> points, Beyond beyond) : points_(std::move(points)), beyond_(beyond) {
  for (std::size_t i = 0; i < points_.size(); ++i) {
    check(points_[i].gpus > 0 && points_[i].rate >= 0, "a capacity curve has positive numbers of accelerators");
    check(i == 0 || points_[i].gpus > points_[i - 1].gpus, "a capacity curve's points are in order");
  }
}

double CapacityCurve::at(double gpus) const {
  if (points_.empty() || gpus < points_.front().gpus) return 0;
  const CurvePoint& last = points_.back();
  if (gpus >= last.gpus) return beyond_ == Beyond::flat ? last.rate : last.rate * gpus / last.gpus;
  const auto after =
      std::upper_bound(points_.begin(), points_.end(), gpus, [](double g, const CurvePoint& p) { return g < p.gpus; });
  const CurvePoint &a = *(after - 1), &b = *after;
  return a.rate + (b.rate - a.rate) * (gpus - a.gpus) / (b.gpus - a.gpus);
}

double CapacityCurve::most() const {
  if (points_.empty()) return 0;
  return beyond_ == Beyond::flat ? points_.back().gpus : std::numeric_limits<double>::infinity();
}

CapacityCurve CapacityCurve::faster(double factor) const {
  CapacityCurve out = *this;
  for (CurvePoint& point : out.points_) point.rate *= factor;
  return out;
}

}  // namespace gpufleet::sim
