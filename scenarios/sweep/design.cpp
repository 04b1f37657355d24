#include "scenarios/sweep/design.h"

#include <fmt/format.h>
#include <numeric>

#include "core/random.h"

namespace gpufleet::scenarios {
namespace {

constexpr std::size_t kMostPoints = 10'000'000;
constexpr double kLowEnd = 0.1, kHighEnd = 0.9;

Diagnostic design_error(std::string message, std::string hint) {
  return {.where = {"--vary", 0, 0}, .message = std::move(message), .hint = std::move(hint)};
}

Result<DesignPoints> grid(const std::vector<Axis>& axes) {
  std::size_t count = 1;
  for (const Axis& axis : axes) {
    if (axis.distribution)
      return design_error(fmt::format("{} is a distribution, which a grid cannot walk", axis.key),
                          "give --points N for a Latin hypercube of N points");
    count *= axis.values.size();
    if (count > kMostPoints) return design_error(fmt::format("the grid has more than {} points", kMostPoints), {});
  }
  DesignPoints points(count);
  for (std::size_t i = 0; i < count; ++i) {
    std::size_t rest = i;  // the last axis runs fastest
    points[i].resize(axes.size());
    for (std::size_t a = axes.size(); a-- > 0;) {
      points[i][a] = axes[a].values[rest % axes[a].values.size()];
      rest /= axes[a].values.size();
    }
  }
  return points;
}

// Uniform numbers in (0, 1), one a point; in a Latin hypercube each of `count` equal strata is hit once.
std::vector<double> column(const Axis& axis, Sampling sampling, std::size_t count, std::uint64_t seed, std::string_view purpose) {
  RandomStream stream(seed, fmt::format("sweep/{}/{}", purpose, axis.key));
  std::vector<double> out(count);
  std::vector<std::size_t> stratum(count);
  std::iota(stratum.begin(), stratum.end(), std::size_t{0});
  if (sampling == Sampling::latin)
    for (std::size_t i = count; i > 1; --i) std::swap(stratum[i - 1], stratum[stream.below(i)]);
  constexpr double kEdge = 1e-12;
  for (std::size_t i = 0; i < count; ++i) {
    const double u = stream.uniform();
    const double placed = sampling == Sampling::latin ? (static_cast<double>(stratum[i]) + u) / static_cast<double>(count) : u;
    out[i] = std::min(1.0 - kEdge, std::max(kEdge, placed));
  }
  return out;
}

DesignPoints sampled(const std::vector<Axis>& axes, Sampling sampling, std::size_t count, std::uint64_t seed) {
  DesignPoints points(count, std::vector<std::string>(axes.size()));
  for (std::size_t a = 0; a < axes.size(); ++a) {
    const std::vector<double> u = column(axes[a], sampling, count, seed, "points");
    for (std::size_t i = 0; i < count; ++i) points[i][a] = value_at(axes[a], u[i]);
  }
  return points;
}

DesignPoints tornado(const std::vector<Axis>& axes) {
  DesignPoints points(1 + 2 * axes.size(), std::vector<std::string>(axes.size()));
  for (std::size_t a = 0; a < axes.size(); ++a) {
    points[1 + 2 * a][a] = axes[a].distribution ? value_at(axes[a], kLowEnd) : axes[a].values.front();
    points[2 + 2 * a][a] = axes[a].distribution ? value_at(axes[a], kHighEnd) : axes[a].values.back();
  }
  return points;
}

// A, B, then for each axis A with that column from B.
DesignPoints saltelli(const std::vector<Axis>& axes, std::size_t count, std::uint64_t seed) {
  std::vector<std::vector<double>> a(axes.size()), b(axes.size());
  for (std::size_t k = 0; k < axes.size(); ++k) {
    a[k] = column(axes[k], Sampling::latin, count, seed, "A");
    b[k] = column(axes[k], Sampling::latin, count, seed, "B");
  }
  DesignPoints points;
  for (std::size_t block = 0; block < axes.size() + 2; ++block)
    for (std::size_t i = 0; i < count; ++i) {
      std::vector<std::string>& point = points.emplace_back(axes.size());
      for (std::size_t k = 0; k < axes.size(); ++k)
        point[k] = value_at(axes[k], block == 1 || block == k + 2 ? b[k][i] : a[k][i]);
    }
  return points;
}

}  // namespace

Result<DesignPoints> make_design(const std::vector<Axis>& axes, Sampling sampling, std::size_t count, std::uint64_t seed) {
  if (axes.empty()) return design_error("nothing varies", "e.g. --vary training.layout.pp=4,8,16");
  for (std::size_t i = 0; i < axes.size(); ++i)
    for (std::size_t k = 0; k < i; ++k)
      if (axes[i].key == axes[k].key) return design_error(fmt::format("{} is varied twice", axes[i].key), {});
  switch (sampling) {
    case Sampling::grid: return grid(axes);
    case Sampling::tornado: return tornado(axes);
    default: break;
  }
  if (count == 0 || count > kMostPoints) return design_error("how many points?", "--points N");
  return sampling == Sampling::sobol ? saltelli(axes, count, seed) : sampled(axes, sampling, count, seed);
}

}  // namespace gpufleet::scenarios
