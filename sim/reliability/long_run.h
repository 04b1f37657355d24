// A training run of weeks under faults, one replica of chance: whole steps between saves, interruptions, recovery, spares,
// repair, waiting or shrinking, slow hosts. Between two events the run is periodic, so its cost is O(1) an event, whatever its
// length.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "sim/reliability/checkpoint.h"
#include "sim/reliability/faults.h"

namespace gpufleet::sim {

/// Steps of one length, one phase of the run after the other.
struct WorkPhase {
  std::int64_t steps = 0;
  double step_seconds = 0;
  double tokens_per_step = 0;
  double gpus = 0;
};

/// Mean seconds of what follows an interruption.
struct RecoveryTimes {
  double detection = 0;      ///< fault to the decision to restart; drawn uniformly between 0 and twice the mean
  double restart = 0;        ///< hosts chosen, processes started, groups made, checkpoint loaded
  double repair = 0;         ///< until a failed host is back as a spare; exponential
  double switch_repair = 0;  ///< the same after a switch fault
};

/// What a job does when it lacks hosts: it stands until one is repaired, or goes on with fewer data-parallel replicas.
enum class Shortage : std::uint8_t { wait, shrink };

/// Hosts that run slower than their kind. A synchronous job runs at the pace of the slowest.
struct Stragglers {
  double share = 0;        ///< of hosts
  double slowdown = 0;     ///< mean of an exponential distribution of extra time, over the usual step
  double evict_after = 0;  ///< seconds of running until slow hosts are found and replaced; 0 = never
  friend bool operator==(const Stragglers&, const Stragglers&) = default;
};

struct LongRun {
  std::vector<WorkPhase> work;
  std::optional<double> horizon;  ///< seconds of wall clock after which the run is cut off
  std::vector<FaultPool> pools;
  std::vector<Fault> trace;  ///< sorted by time
  RecoveryTimes recovery;
  CheckpointCost checkpoint;
  double interval = 0;  ///< seconds of work between saves
  Shortage shortage = Shortage::wait;
  int replicas = 1;  ///< data-parallel
  Stragglers stragglers;
};

/// Where the wall clock went; the parts add up to it.
struct WallClock {
  double trained = 0;     ///< steps that count, at their usual length
  double lost = 0;        ///< steps done again, and the step an interruption cut off
  double slow = 0;        ///< longer steps of counted work: slow hosts, missing replicas
  double checkpoint = 0;  ///< standing still for saves
  double recovery = 0;    ///< detection and restart
  double waiting = 0;     ///< for repaired hosts
  [[nodiscard]] double total() const { return trained + lost + slow + checkpoint + recovery + waiting; }
};

struct LongRunResult {
  double wall = 0;  ///< seconds
  WallClock parts;
  double tokens_in = 0, tokens_trained = 0, tokens_lost = 0;  ///< in = trained + lost
  double gpu_seconds = 0;                                     ///< held by the job, spares included
  std::array<std::int64_t, kFaultKinds> interruptions{};
  std::uint64_t events = 0;
  [[nodiscard]] std::int64_t unplanned() const;
  /// Share of the wall clock spent on steps that count.
  [[nodiscard]] double effective_ratio() const { return wall > 0 ? parts.trained / wall : 1; }
};

/// Precondition: interval > 0; every phase has steps of positive length.
LongRunResult simulate_long_run(const LongRun& run, std::uint64_t seed);

}  // namespace gpufleet::sim
