// What measured rows add to a physical form: the smoothed residual ln(measured / form) on a coarse grid over the logarithms of
// the shape, interpolated linearly; it fades to nothing away from data because the smoothing does (see fit/residual.h).
#pragma once

#include <array>
#include <span>
#include <vector>

#include "hwprofiles/kernel.h"

namespace gpufleet::hw {

inline constexpr int kMaxAxes = 4;

/// Where a shape lies: log2 of what matters to its class. GEMM: m, n, k. Grouped: rows a group, groups, n, k. Attention: q_len,
/// batch·q_heads, kv_len/q_len, q_heads/kv_heads. MLA decode: kv_len, batch, heads·q_len. GQA decode: kv_len, batch,
/// q_heads/kv_heads·q_len, kv_heads·head_dim. Collective: bytes, ranks. Stream: bytes.
struct Features {
  std::array<double, kMaxAxes> at{};
  int count = 0;
};
Features features_of(const Gemm& gemm);
Features features_of(const GroupedGemm& gemm);
Features features_of(const Attention& attention);
Features features_of(const MlaDecode& decode);
Features features_of(const GqaDecode& decode);
Features features_of(const Stream& stream);
Features features_of(const Collective& collective);
Features features_of(const Kernel& kernel);

class Correction {
 public:
  /// Empty: corrects nothing.
  Correction() = default;
  /// One strictly increasing knot list per axis (1 to kMaxAxes axes); values row-major with the last axis fastest.
  Correction(std::vector<std::vector<double>> knots, std::vector<float> values);

  [[nodiscard]] bool empty() const { return values_.empty(); }
  [[nodiscard]] const std::vector<std::vector<double>>& knots() const { return knots_; }
  [[nodiscard]] const std::vector<float>& values() const { return values_; }
  /// Interpolated ln(measured / form); the edge's value beyond the grid. Allocates nothing.
  [[nodiscard]] double at(const Features& features) const;

  friend bool operator==(const Correction&, const Correction&) = default;

 private:
  std::vector<std::vector<double>> knots_;
  std::vector<float> values_;
};

}  // namespace gpufleet::hw
