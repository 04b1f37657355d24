// Multilinear interpolation on a rectilinear grid in log2 of the shape.
#include "hwprofiles/kernel_correction.h"

#include <algorithm>
#include <cmath>

#include "core/check.h"

namespace gpufleet::hw {

namespace {

double log2_of(std::int64_t value) { return std::log2(static_cast<double>(value)); }
double log2_ratio(std::int64_t a, std::int64_t b) { return std::log2(static_cast<double>(a) / static_cast<double>(b)); }

}  // namespace

Features features_of(const Gemm& g) { return {{log2_of(g.m), log2_of(g.n), log2_of(g.k)}, 3}; }
Features features_of(const GroupedGemm& g) {
  return {{log2_ratio(std::max(g.rows, g.groups), g.groups), log2_of(g.groups), log2_of(g.n), log2_of(g.k)}, 4};
}
Features features_of(const Attention& a) {
  return {{log2_of(a.q_len), log2_of(a.batch * a.q_heads), log2_ratio(a.kv_len, a.q_len), log2_ratio(a.q_heads, a.kv_heads)}, 4};
}
Features features_of(const MlaDecode& d) { return {{log2_of(d.kv_len), log2_of(d.batch), log2_of(d.heads * d.q_len)}, 3}; }
Features features_of(const GqaDecode& d) {
  return {{log2_of(d.kv_len), log2_of(d.batch), log2_ratio(d.q_heads * d.q_len, d.kv_heads), log2_of(d.kv_heads * d.head_dim)},
          4};
}
Features features_of(const Stream& s) { return {{std::log2(s.bytes)}, 1}; }
Features features_of(const Collective& c) { return {{std::log2(c.bytes), log2_of(c.ranks)}, 2}; }
Features features_of(const Kernel& kernel) {
  return std::visit([](const auto& k) { return features_of(k); }, kernel);
}

Correction::Correction(std::vector<std::vector<double>> knots, std::vector<float> values)
    : knots_(std::move(knots)), values_(std::move(values)) {
  check(!knots_.empty() && knots_.size() <= kMaxAxes, "a correction has one to four axes");
  std::size_t cells = 1;
  for (const auto& axis : knots_) {
    check(!axis.empty(), "a correction's axis has knots");
    check(std::adjacent_find(axis.begin(), axis.end(), std::greater_equal<>()) == axis.end(), "knots increase");
    cells *= axis.size();
  }
  check(cells == values_.size(), "a correction has one value a grid point");
}

namespace {

// The place of a shape in the grid: the first corner of its cell, and the axes along which it lies between two knots. Axes on a
// knot or beyond the edge have no second corner: nothing of no weight is read.
struct Place {
  std::size_t first = 0, between = 0;
  std::array<std::size_t, kMaxAxes> step{};
  std::array<double, kMaxAxes> upper{};
};

Place place_of(const std::vector<std::vector<double>>& axes, const Features& features) {
  Place place;
  std::size_t stride = 1;
  for (std::size_t axis = axes.size(); axis-- > 0;) {
    const std::vector<double>& knots = axes[axis];
    const double x = features.at[axis];
    if (knots.size() > 1 && x > knots.front()) {
      std::size_t cell = 0;  // counted, not searched: where a search ends is not predictable
      for (std::size_t i = 1; i + 1 < knots.size(); ++i) cell += knots[i] <= x ? 1 : 0;
      const double upper = std::min(1.0, (x - knots[cell]) / (knots[cell + 1] - knots[cell]));
      place.first += cell * stride;
      place.step[place.between] = stride;
      place.upper[place.between] = upper;
      place.between += upper > 0 ? 1 : 0;
    }
    stride *= knots.size();
  }
  return place;
}

// The corners' mean, axis by axis.
template <std::size_t kBetween>
double mean(const float* values, const Place& place) {
  std::array<double, std::size_t{1} << kBetween> corner;
  for (std::size_t c = 0; c < corner.size(); ++c) {
    std::size_t offset = place.first;
    for (std::size_t axis = 0; axis < kBetween; ++axis) offset += (c >> axis & 1) != 0 ? place.step[axis] : 0;
    corner[c] = static_cast<double>(values[offset]);
  }
  for (std::size_t axis = kBetween; axis-- > 0;)
    for (std::size_t c = 0; c < std::size_t{1} << axis; ++c)
      corner[c] = (1 - place.upper[axis]) * corner[c] + place.upper[axis] * corner[c + (std::size_t{1} << axis)];
  return corner[0];
}

}  // namespace

double Correction::at(const Features& features) const {
  if (values_.empty()) return 0;
  const Place place = place_of(knots_, features);
  switch (place.between) {
    case 0: return static_cast<double>(values_[place.first]);
    case 1: return mean<1>(values_.data(), place);
    case 2: return mean<2>(values_.data(), place);
    case 3: return mean<3>(values_.data(), place);
    default: return mean<4>(values_.data(), place);
  }
}

}  // namespace gpufleet::hw
