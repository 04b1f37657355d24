// Many runs of one scenario with varied keys. Threads take points from one counter; one writer, the caller's thread, puts each
// finished point into the store, so a sweep that was ended in any way goes on where it stopped. The rows do not depend on the
// number of threads.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/run_control.h"
#include "scenarios/catalogs.h"
#include "scenarios/plan_training.h"
#include "scenarios/store/store.h"
#include "scenarios/sweep/design.h"

namespace gpufleet::scenarios {

struct SweepRequest {
  std::string scenario;                ///< file
  std::vector<std::string> overrides;  ///< of every point, "key=value"
  std::vector<Axis> axes;
  DesignPoints points;
  std::uint64_t seed = 1;
  int draws = 24;  ///< behind the intervals of training metrics; 0 = medians alone
  int jobs = 0;    ///< threads; 0 = one a core
};

struct SweepResults {
  std::vector<StoredPoint> rows;  ///< in the order of the request's points
  std::size_t simulated = 0, reused = 0;
};

/// `store` may be null: nothing is kept. Points that validate refuses, or that do not fit in memory, are rows too. After a stop
/// the rows of points not reached have status `pending`.
/// Errors: the scenario cannot be read at all, the store cannot be written.
Result<SweepResults> run_sweep(const SweepRequest& request, const Catalogs& catalogs, const HardwareData& hardware, Store* store,
                               const RunControl& control);

}  // namespace gpufleet::scenarios
