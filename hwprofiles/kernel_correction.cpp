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

double Correction::at(const Features& features) const {
  if (values_.empty()) return 0;
  // Corners of the cell and their shares, doubled axis by axis; an axis on a knot or beyond the edge doubles nothing.
  std::array<std::size_t, std::size_t{1} << kMaxAxes> corner{};
  std::array<double, std::size_t{1} << kMaxAxes> share{};
  share[0] = 1;
  std::size_t corners = 1, stride = values_.size();
  for (std::size_t axis = 0; axis < knots_.size(); ++axis) {
    const std::vector<double>& knots = knots_[axis];
    stride /= knots.size();
    const double x = features.at[axis];
    if (knots.size() == 1 || x <= knots.front()) continue;
    std::size_t cell = knots.size() - 2;
    while (cell > 0 && knots[cell] > x) --cell;
    const double upper = std::min(1.0, (x - knots[cell]) / (knots[cell + 1] - knots[cell]));
    for (std::size_t i = 0; i < corners; ++i) corner[i] += cell * stride;
    if (upper == 0) continue;
    for (std::size_t i = 0; i < corners; ++i) {
      corner[corners + i] = corner[i] + stride;
      share[corners + i] = share[i] * upper;
      share[i] *= 1 - upper;
    }
    corners *= 2;
  }
  double sum = 0;
  for (std::size_t i = 0; i < corners; ++i) sum += share[i] * static_cast<double>(values_[corner[i]]);
  return sum;
}

}  // namespace gpufleet::hw
