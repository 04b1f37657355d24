// Robust bounded least squares in log space: Levenberg-Marquardt on logit-transformed parameters with Huber weights.
// Source of the weights: Huber (1964); of the damping: Marquardt (1963). Deterministic.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "hwprofiles/kernel_forms.h"

namespace gpufleet::hw::fit {

/// Predicted seconds of row `index` under the parameters; positive.
using Predict = std::function<double(const Parameters&, std::size_t index)>;

struct RobustFit {
  Parameters parameters{};
  double loss = 0;  ///< mean Huber loss of ln(measured / predicted)
};

/// Minimises over the rows the Huber loss of ln(seconds / predicted). A weak pull toward `start` (in units of the bounds' logit)
/// keeps parameters that the rows do not inform where they were. Precondition: seconds positive, start within the bounds.
RobustFit fit_parameters(std::span<const ParameterInfo> bounds, const Parameters& start, std::span<const double> seconds,
                         const Predict& predict);

/// The same with `stiffness` times the pull on each parameter. Precondition: one a parameter.
RobustFit fit_parameters(std::span<const ParameterInfo> bounds, const Parameters& start, std::span<const double> stiffness,
                         std::span<const double> seconds, const Predict& predict);

/// Scale of the residuals' core: 1.4826 times the median absolute value. Precondition: not empty.
double robust_scale(std::vector<double> residuals);

}  // namespace gpufleet::hw::fit
