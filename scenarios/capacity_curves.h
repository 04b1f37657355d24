// Capacity curves from the training and serving simulators: run as a horizon needs them, remembered by the hash of what was
// asked.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/run_control.h"
#include "scenarios/horizon_spec.h"
#include "scenarios/plan_training.h"

namespace gpufleet::scenarios {

struct KnownCurve {
  sim::CapacityCurve curve;
  std::int64_t unit = 1;
  double log_sigma = 0;            ///< spread of the rate
  double active_parameters = 0;    ///< of the scenario's model; 0 for given points
  std::vector<std::string> notes;  ///< numbers of accelerators that cannot run it, and why
};

/// Curves worked out so far, by hash of scenario, chip and counts; scenarios that are run together share one.
class CurveMemory {
 public:
  [[nodiscard]] const KnownCurve* find(const std::string& key) const;
  const KnownCurve& keep(const std::string& key, KnownCurve curve);

 private:
  std::map<std::string, KnownCurve> curves_;
};

/// Errors: a scenario that cannot be read, or that runs on none of the counts.
Result<KnownCurve> capacity_curve(const CurveSpec& spec, const Catalogs& catalogs, const HardwareData& hardware,
                                  CurveMemory& memory, const RunControl& control);

/// Answer tokens/s of one instance (or the smallest whole group of prefill and decode instances), and its accelerators, as far as
/// the promised time a token and the memory allow: prefill and decode iterations in the proportion of the workload. `headroom`:
/// share of the time that instances work, the rest takes the unevenness of arrivals.
struct ServingCapacity {
  double rate = 0;
  std::int64_t gpus = 0;
  double batch = 0;  ///< sequences a decode iteration of one attention group
};
Result<ServingCapacity> serving_capacity(const Scenario& scenario, const Catalogs& catalogs, const HardwareData& hardware,
                                         double headroom);

}  // namespace gpufleet::scenarios
