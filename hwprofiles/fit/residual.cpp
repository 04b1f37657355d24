// Kriging with an exponential kernel: between points on a lattice its mean is nearly linear, as the grid's reading is.
#include "hwprofiles/fit/residual.h"

#include <Eigen/Dense>
#include <algorithm>
#include <array>
#include <cmath>

#include "core/statistics.h"

namespace gpufleet::hw::fit {

namespace {

constexpr std::array<double, 6> kLengths{1, 2, 4, 8, 16, 64};  // octaves; 64 = the axis hardly matters
constexpr std::array<double, 4> kNoises{0.02, 0.08, 0.25, 0.8};
constexpr std::size_t kMostForChoice = 250;  // rows that choose the lengths; more change nothing and cost their cube
constexpr std::size_t kMostKnots = 14;
constexpr double kNearestKnots = 0.35;  // octaves
constexpr double kBeyond = 3;           // octaves past the data where one more knot lets the correction fade

double covariance(const Features& a, const Features& b, const std::vector<double>& lengths) {
  double distance = 0;
  for (std::size_t axis = 0; axis < lengths.size(); ++axis) distance += std::abs(a.at[axis] - b.at[axis]) / lengths[axis];
  return std::exp(-distance);
}

Eigen::MatrixXd gram(std::span<const ResidualPoint> points, const std::vector<double>& lengths) {
  const auto n = static_cast<Eigen::Index>(points.size());
  Eigen::MatrixXd k(n, n);
  for (Eigen::Index i = 0; i < n; ++i)
    for (Eigen::Index j = 0; j <= i; ++j)
      k(i, j) = k(j, i) = covariance(points[static_cast<std::size_t>(i)].at, points[static_cast<std::size_t>(j)].at, lengths);
  return k;
}

Eigen::VectorXd residuals_of(std::span<const ResidualPoint> points) {
  Eigen::VectorXd y(static_cast<Eigen::Index>(points.size()));
  for (std::size_t i = 0; i < points.size(); ++i) y[static_cast<Eigen::Index>(i)] = points[i].residual;
  return y;
}

// Leave-one-out errors in closed form: [K^-1 y]_i / [K^-1]_ii.
Eigen::VectorXd left_out_errors(const Eigen::MatrixXd& k, const Eigen::VectorXd& noise, const Eigen::VectorXd& y) {
  Eigen::MatrixXd noisy = k;
  noisy.diagonal() += noise;
  const Eigen::LLT<Eigen::MatrixXd> factor(noisy);
  const Eigen::MatrixXd inverse = factor.solve(Eigen::MatrixXd::Identity(k.rows(), k.cols()));
  return (inverse * y).cwiseQuotient(inverse.diagonal());
}

// Rows whose own left-out error is far off count as noisier: a weight of knee / |error|.
Eigen::VectorXd robust_noise(const Eigen::MatrixXd& k, double noise, const Eigen::VectorXd& y) {
  Eigen::VectorXd per_row = Eigen::VectorXd::Constant(y.size(), noise);
  for (int round = 0; round < 2; ++round) {
    const Eigen::VectorXd errors = left_out_errors(k, per_row, y);
    std::vector<double> sizes;
    for (const double e : errors) sizes.push_back(std::abs(e));
    const double knee = 3 * std::max(1.4826 * median(sizes), 1e-4);
    for (Eigen::Index i = 0; i < y.size(); ++i) {
      const double excess = std::max(1.0, std::abs(errors[i]) / knee);
      per_row[i] = noise * excess * excess;
    }
  }
  return per_row;
}

// Mean of the capped absolute error: what the median and the ninetieth percentile reward, unmoved by a few wild rows.
double score(const Eigen::VectorXd& errors, double cap) {
  double sum = 0;
  for (const double e : errors) sum += std::min(std::abs(e), cap);
  return sum / static_cast<double>(errors.size());
}

std::vector<double> knots_of(std::span<const ResidualPoint> points, std::size_t axis) {
  std::vector<double> values;
  for (const ResidualPoint& point : points) values.push_back(point.at.at[axis]);
  std::ranges::sort(values);
  std::vector<double> knots;
  double apart = kNearestKnots;
  do {
    knots.clear();
    for (const double v : values)
      if (knots.empty() || v - knots.back() >= apart) knots.push_back(v);
    // The last value is a knot even where it is near its neighbour.
    if (values.back() - knots.back() > 1e-9) {
      if (knots.size() > 1 && values.back() - knots.back() < apart / 2) knots.pop_back();
      knots.push_back(values.back());
    }
    apart *= 1.3;
  } while (knots.size() > kMostKnots);
  if (knots.size() > 1) {
    knots.insert(knots.begin(), knots.front() - kBeyond);
    knots.push_back(knots.back() + kBeyond);
  }
  for (double& knot : knots) knot = std::round(knot * 100) / 100;
  return knots;
}

}  // namespace

Smoothing choose_smoothing(std::span<const ResidualPoint> points) {
  std::vector<ResidualPoint> some;
  const std::size_t stride = points.size() / kMostForChoice + 1;
  for (std::size_t i = 0; i < points.size(); i += stride) some.push_back(points[i]);
  const auto axes = static_cast<std::size_t>(points.front().at.count);
  const Eigen::VectorXd y = residuals_of(some);
  std::vector<double> sizes;
  for (const double r : y) sizes.push_back(std::abs(r));
  const double cap = 4 * std::max(median(sizes), 0.01);
  Smoothing best{std::vector<double>(axes, 4.0), 0.08};
  const auto try_all = [&](auto candidates, auto&& set) {
    double best_score = 1e30;
    Smoothing chosen = best;
    for (const double candidate : candidates) {
      Smoothing trial = best;
      set(trial, candidate);
      const double s =
          score(left_out_errors(gram(some, trial.lengths), Eigen::VectorXd::Constant(y.size(), trial.noise), y), cap);
      if (s < best_score - 1e-9) best_score = s, chosen = trial;
    }
    best = chosen;
  };
  for (int round = 0; round < 2; ++round) {
    for (std::size_t axis = 0; axis < axes; ++axis) try_all(kLengths, [&](Smoothing& s, double x) { s.lengths[axis] = x; });
    try_all(kNoises, [](Smoothing& s, double x) { s.noise = x; });
  }
  return best;
}

Correction smooth_residuals(std::span<const ResidualPoint> points, const Smoothing& smoothing) {
  if (points.size() < kFewestRows) return {};
  const Eigen::VectorXd y = residuals_of(points);
  Eigen::MatrixXd k = gram(points, smoothing.lengths);
  const Eigen::VectorXd noise = robust_noise(k, smoothing.noise, y);
  k.diagonal() += noise;
  const Eigen::VectorXd weights = k.llt().solve(y);
  std::vector<std::vector<double>> knots;
  std::size_t cells = 1;
  for (std::size_t axis = 0; axis < smoothing.lengths.size(); ++axis) {
    knots.push_back(knots_of(points, axis));
    cells *= knots.back().size();
  }
  std::vector<float> values(cells);
  for (std::size_t cell = 0; cell < cells; ++cell) {
    Features at{.count = points.front().at.count};
    std::size_t rest = cell;
    for (std::size_t axis = knots.size(); axis-- > 0;) {
      at.at[axis] = knots[axis][rest % knots[axis].size()];
      rest /= knots[axis].size();
    }
    double sum = 0;
    for (std::size_t i = 0; i < points.size(); ++i)
      sum += weights[static_cast<Eigen::Index>(i)] * covariance(at, points[i].at, smoothing.lengths);
    values[cell] = static_cast<float>(std::round(sum * 1000) / 1000);
  }
  return {std::move(knots), std::move(values)};
}

}  // namespace gpufleet::hw::fit
