// Levenberg-Marquardt with numerical derivatives; small enough problems (some ten parameters, a thousand rows) for plain dense
// algebra.
#include "hwprofiles/fit/robust_fit.h"

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

#include "core/statistics.h"

namespace gpufleet::hw::fit {

namespace {

constexpr int kIterations = 30;
constexpr double kPull = 0.06;  // residual of ln 1.06 for one logit unit away from the start: decides what rows leave open
constexpr double kHuberInScales =
    1.5;  // the usual 95 % efficiency on normal residuals is at 1.345; a little wider for heavy tails
constexpr double kLeastScale = 0.01;
constexpr double kStep = 1e-4;

double to_logit(double value, const ParameterInfo& info) {
  const double share = std::clamp((value - info.low) / (info.high - info.low), 1e-4, 1 - 1e-4);
  return std::log(share / (1 - share));
}
double from_logit(double z, const ParameterInfo& info) {
  return info.low + (info.high - info.low) / (1 + std::exp(-std::clamp(z, -12.0, 12.0)));
}

class Problem {
 public:
  Problem(std::span<const ParameterInfo> bounds, std::span<const double> seconds, const Predict& predict)
      : bounds_(bounds), predict_(predict) {
    for (const double s : seconds) logs_.push_back(std::log(s));
  }
  [[nodiscard]] Parameters parameters(const Eigen::VectorXd& z) const {
    Parameters p{};
    for (std::size_t i = 0; i < bounds_.size(); ++i) p[i] = from_logit(z[static_cast<Eigen::Index>(i)], bounds_[i]);
    return p;
  }
  [[nodiscard]] Eigen::VectorXd residuals(const Eigen::VectorXd& z) const {
    const Parameters p = parameters(z);
    Eigen::VectorXd r(static_cast<Eigen::Index>(logs_.size()));
    for (std::size_t i = 0; i < logs_.size(); ++i) r[static_cast<Eigen::Index>(i)] = logs_[i] - std::log(predict_(p, i));
    return r;
  }

 private:
  std::span<const ParameterInfo> bounds_;
  const Predict& predict_;
  std::vector<double> logs_;
};

double scale_of(const Eigen::VectorXd& r) { return std::max(kLeastScale, robust_scale({r.begin(), r.end()})); }

double huber_loss(const Eigen::VectorXd& r, double knee) {
  double sum = 0;
  for (const double x : r) sum += std::abs(x) <= knee ? 0.5 * x * x : knee * (std::abs(x) - 0.5 * knee);
  return sum;
}

}  // namespace

double robust_scale(std::vector<double> residuals) {
  for (double& r : residuals) r = std::abs(r);
  return 1.4826 * median(std::move(residuals));
}

RobustFit fit_parameters(std::span<const ParameterInfo> bounds, const Parameters& start, std::span<const double> seconds,
                         const Predict& predict) {
  return fit_parameters(bounds, start, std::vector<double>(bounds.size(), 1.0), seconds, predict);
}

RobustFit fit_parameters(std::span<const ParameterInfo> bounds, const Parameters& start, std::span<const double> stiffness,
                         std::span<const double> seconds, const Predict& predict) {
  const Problem problem(bounds, seconds, predict);
  const auto count = static_cast<Eigen::Index>(bounds.size());
  Eigen::VectorXd origin(count);
  for (Eigen::Index i = 0; i < count; ++i)
    origin[i] = to_logit(start[static_cast<std::size_t>(i)], bounds[static_cast<std::size_t>(i)]);
  Eigen::VectorXd z = origin;
  Eigen::VectorXd r = problem.residuals(z);
  double knee = kHuberInScales * scale_of(r);
  const double each = kPull * kPull * static_cast<double>(seconds.size()) / 100 + kPull * kPull;
  const Eigen::VectorXd pull = each * Eigen::Map<const Eigen::VectorXd>(stiffness.data(), count);
  const auto loss_at = [&](const Eigen::VectorXd& at, const Eigen::VectorXd& residuals) {
    return huber_loss(residuals, knee) + 0.5 * pull.dot((at - origin).cwiseAbs2());
  };
  double damping = 1e-2;
  double loss = loss_at(z, r);
  for (int iteration = 0; iteration < kIterations; ++iteration) {
    Eigen::MatrixXd jacobian(r.size(), count);
    for (Eigen::Index i = 0; i < count; ++i) {
      Eigen::VectorXd up = z, down = z;
      up[i] += kStep * 100;
      down[i] -= kStep * 100;
      jacobian.col(i) = (problem.residuals(up) - problem.residuals(down)) / (200 * kStep);
    }
    Eigen::VectorXd weights(r.size());
    for (Eigen::Index i = 0; i < r.size(); ++i) weights[i] = std::abs(r[i]) <= knee ? 1.0 : knee / std::abs(r[i]);
    Eigen::MatrixXd normal = jacobian.transpose() * weights.asDiagonal() * jacobian;
    normal.diagonal() += pull;
    const Eigen::VectorXd gradient = jacobian.transpose() * weights.asDiagonal() * r + pull.cwiseProduct(z - origin);
    bool moved = false;
    for (int attempt = 0; attempt < 8 && !moved; ++attempt) {
      Eigen::MatrixXd damped = normal;
      damped.diagonal() *= 1 + damping;
      Eigen::VectorXd step = damped.ldlt().solve(-gradient);
      step = step.cwiseMax(-2.0).cwiseMin(2.0);
      const Eigen::VectorXd trial = z + step;
      const Eigen::VectorXd trial_residuals = problem.residuals(trial);
      const double trial_loss = loss_at(trial, trial_residuals);
      if (trial_loss < loss) {
        moved = true;
        z = trial;
        r = trial_residuals;
        damping = std::max(damping * 0.3, 1e-9);
      } else {
        damping *= 4;
      }
    }
    if (!moved) break;
    // The knee follows the residuals' core as it narrows; the loss is then that of the new knee.
    knee = std::min(knee, std::max(kHuberInScales * scale_of(r), 0.5 * knee));
    loss = loss_at(z, r);
  }
  return {problem.parameters(z), huber_loss(r, knee) / static_cast<double>(std::max<std::size_t>(seconds.size(), 1))};
}

}  // namespace gpufleet::hw::fit
