// One training step: micro-batches through the pipeline, gradient reduction, optimiser. Pure: the same job gives the same
// picoseconds.
#pragma once

#include <optional>
#include <string>

#include "core/run_control.h"
#include "sim/training/job.h"
#include "sim/training/partition.h"
#include "sim/training/pipeline.h"
#include "sim/training/step_result.h"
#include "sim/training/timed_work.h"

namespace gpufleet::sim {

/// Ranks that must behave alike are simulated once (folded), or every rank by itself (unfolded); both give the same times.
enum class Folding : std::uint8_t { folded, unfolded };

/// Transfers of a GPU that run at once share its links, or each has them to itself (a bound from below).
enum class Links : std::uint8_t { shared, exclusive };

struct StepOptions {
  Folding folding = Folding::folded;
  Links links = Links::shared;
  Recording recording = Recording::none;
  Perturbation perturbation;
};

/// Micro-batches of one replica in a step; 0 if the batch does not divide.
std::int64_t micro_batches_per_replica(const TrainingJob& job);

/// Why the job's schedule cannot run, in one clause; nothing if it can. Shapes and degrees are checked by models/layout.h.
std::optional<std::string> step_refusal(const TrainingJob& job);

/// The order of work of every pipeline rank, and what each of its chunks holds.
struct StepPlan {
  Program program;
  std::vector<std::vector<Segment>> segments;  ///< [rank][chunk]
};
/// Precondition: as for simulate_step.
StepPlan plan_step(const TrainingJob& job);

/// Precondition: step_refusal() gave nothing, and job.layout.stages has one entry a pipeline rank.
StepResult simulate_step(const TrainingJob& job, const StepOptions& options, const RunControl& control);

}  // namespace gpufleet::sim
