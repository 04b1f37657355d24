// What a metric owes to each key: a tornado (one key at a time) and Sobol indices (first order by Saltelli et al. 2010, total by
// Jansen 1999; doi 10.1016/j.cpc.2009.09.018, table 2).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "scenarios/store/store.h"
#include "scenarios/sweep/design.h"

namespace gpufleet::scenarios {

struct TornadoBar {
  std::string key, low_value, high_value;
  std::optional<double> at_low, at_high;  ///< the metric there; nothing where the point could not run
  [[nodiscard]] double swing() const { return at_low && at_high ? *at_high - *at_low : 0.0; }
};
struct Tornado {
  double base = 0;
  std::vector<TornadoBar> bars;  ///< widest swing first
};

struct SobolIndex {
  std::string key;
  double first = 0;  ///< share of the variance that the key explains alone
  double total = 0;  ///< with all its interactions
};

/// Rows are those of the design's points. Errors: the scenario itself could not run, or lacks the metric.
Result<Tornado> make_tornado(const std::vector<Axis>& axes, const DesignPoints& points, const std::vector<StoredPoint>& rows,
                             const std::string& metric);

/// Errors: fewer than two points, or one that could not run (the estimators need every one).
Result<std::vector<SobolIndex>> sobol_indices(const std::vector<Axis>& axes, const std::vector<StoredPoint>& rows,
                                              const std::string& metric);

}  // namespace gpufleet::scenarios
