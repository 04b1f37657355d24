// From a training job to its life over weeks: which hosts it holds and how they fail, what a save and a restart move over host
// links, storage and fabric, and the interval between saves.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "sim/reliability/long_run.h"
#include "sim/training/job.h"

namespace gpufleet::sim {

enum class SaveMode : std::uint8_t { synchronous, asynchronous };
/// How a restarting job gets its state: every replica reads storage, or one does and passes the weights on over the fabric.
enum class LoadPath : std::uint8_t { storage, fabric };

struct PoolFailures {
  FaultRates rates;
  int nodes_per_switch = 1;
  int spare_nodes = 0;
};

/// What a scenario says about failures; times are means, in seconds.
struct FailurePlan {
  std::vector<PoolFailures> pools;  ///< as the job's
  std::vector<Fault> trace;         ///< sorted; with a trace the rates are usually 0
  double detection = 0;
  double launch = 0;               ///< of processes, before groups are made and state is loaded
  double group_setup_per_gpu = 0;  ///< seconds of making communicators, an accelerator of the job
  double repair = 0, switch_repair = 0;
  double storage_rate = 0;  ///< bytes a second of the storage for the whole job; 0 = storage_per_gpu times the accelerators
  double storage_per_gpu = 0;
  SaveMode save = SaveMode::asynchronous;
  LoadPath load = LoadPath::fabric;
  std::optional<double> interval;  ///< between saves; nothing: the best
  std::optional<double> horizon;   ///< wall clock to look at, whatever the tokens
  Shortage shortage = Shortage::wait;
  Stragglers stragglers;
};

/// Accelerators that a job holds of each of its pools.
std::vector<int> gpus_by_pool(const TrainingJob& job);

/// Bytes of a whole checkpoint: weights, master weights, both moments.
double checkpoint_bytes(const TrainingJob& job);
CheckpointCost checkpoint_cost(const TrainingJob& job, const FailurePlan& plan);
/// Seconds from the decision to restart until the first step: processes, communicators, state.
double restart_seconds(const TrainingJob& job, const FailurePlan& plan);

/// The run as simulate_long_run takes it. `job` is the main phase's; `work` lists all phases.
LongRun long_run(const TrainingJob& job, const FailurePlan& plan, std::vector<WorkPhase> work);

/// One figure of a long run; names as in the metric table of scenarios/.
struct LongRunFigure {
  std::string_view name;
  double value;
};
std::vector<LongRunFigure> figures(const LongRun& run, const LongRunResult& result);

}  // namespace gpufleet::sim
