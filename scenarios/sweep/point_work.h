// One point of a sweep worked out: its scenario with the point's values laid on, validated, keyed, simulated. The same on every
// thread and every rank.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "core/run_control.h"
#include "scenarios/catalogs.h"
#include "scenarios/plan_training.h"
#include "scenarios/scenario.h"
#include "scenarios/store/point.h"
#include "scenarios/sweep/fingerprint.h"
#include "scenarios/sweep/sweep.h"

namespace gpufleet::scenarios {

struct PreparedPoint {
  std::optional<Scenario> scenario;  ///< nothing where validate refuses the point
  std::string key;      ///< of the scenario, the files it names and what else the figures depend on; empty without a scenario
  StoredPoint refused;  ///< the row of a point without scenario
};

class PointWork {
 public:
  /// All three must outlive it.
  PointWork(const SweepRequest& request, const Catalogs& catalogs, const HardwareData& hardware);

  /// Every key of this sweep ends with it: seed, program version, draws, fingerprint of the data.
  [[nodiscard]] const std::string& suffix() const { return suffix_; }
  [[nodiscard]] PreparedPoint prepare(std::size_t index) const;
  /// Precondition: the point has a scenario. After a stop the result is cut short and must not be kept.
  [[nodiscard]] StoredPoint simulate(const PreparedPoint& point, const RunControl& control) const;

 private:
  const SweepRequest& request_;
  const Catalogs& catalogs_;
  const HardwareData& hardware_;
  std::string suffix_;
  mutable NamedFiles files_;  ///< remembers what it has read
};

}  // namespace gpufleet::scenarios
