// A whole training run: phases of steps with a batch-size ramp, then fixed post-training hours. Its answers are metrics with a
// 10-90 % interval from the spreads of the kernel fits, the network and what the step model itself leaves out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/run_control.h"
#include "core/statistics.h"
#include "sim/training/job.h"
#include "sim/training/memory.h"
#include "sim/training/rl.h"
#include "sim/training/run_failures.h"
#include "sim/training/step.h"

namespace gpufleet::sim {

/// Batch size at a point of the run; between two points it grows linearly.
struct RampPoint {
  double from_token = 0;
  std::int64_t sequences = 1;
};

struct TrainingPhase {
  std::string name;
  TrainingJob job;               ///< layout, sequence length and final global batch of the phase
  std::optional<double> tokens;  ///< length of the phase; nothing: only the step is asked
  std::vector<RampPoint> ramp;   ///< empty = job.global_batch throughout
};

/// Spread of the step time that no kernel or link explains: software versions, stragglers, what the model leaves out. Measured as
/// the residual of the shipped validation cases; see the data file for the source.
struct StepSpread {
  double log_sigma = 0;
  double memory_log_sigma = 0;  ///< likewise of the memory held
};

struct TrainingRun {
  std::vector<TrainingPhase> phases;  ///< the first is the main one
  double post_gpu_hours = 0;
  std::optional<double> usd_per_gpu_hour;  ///< mean over the GPUs of all pools
  StepSpread spread;
  std::optional<RlPlan> rl;             ///< the run is reinforcement learning, its updates those of the main phase
  std::optional<FailurePlan> failures;  ///< nothing: the run is never interrupted
};

/// One result figure; names and units as in the metric table of scenarios/.
struct TrainingMetric {
  std::string_view name;
  Estimate estimate;
};

struct TrainingReport {
  std::vector<TrainingMetric> metrics;
  StepResult step;                                       ///< of the main phase, at the medians
  MemoryReport memory;                                   ///< of the main phase, fullest stage
  hw::Provenance provenance = hw::Provenance::measured;  ///< weakest of what stands behind the step
};

struct RunOptions {
  std::uint64_t seed = 1;
  int draws = 24;  ///< of the spreads; more narrow the noise of low and high
  Folding folding = Folding::folded;
  Recording recording = Recording::none;
  int replicas = 15;  ///< of the chance that faults are, behind a run's middle value
};

/// Precondition: step_refusal() gave nothing for any phase.
TrainingReport simulate_run(const TrainingRun& run, const RunOptions& options, const RunControl& control);

}  // namespace gpufleet::sim
