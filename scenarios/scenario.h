// What the user asks, checked and typed: names are those of the catalogs, numbers are in range, the layout divides.
// validate.h is the only maker.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/diagnostics.h"
#include "core/quantity.h"
#include "hwprofiles/accelerator.h"
#include "models/architecture.h"
#include "models/training_choices.h"
#include "scenarios/claims_spec.h"
#include "scenarios/failures_spec.h"
#include "scenarios/fleet_spec.h"
#include "scenarios/horizon_spec.h"
#include "scenarios/plan_spec.h"
#include "scenarios/rl_spec.h"
#include "scenarios/serving_spec.h"
#include "sim/training/schedule.h"

namespace gpufleet::scenarios {

/// Overrides of the node type's fabric; empty members keep the node's.
struct FabricSpec {
  std::optional<std::string> kind;
  std::optional<int> layers, planes, links_per_node;
  std::optional<BytesPerSecond> link;
  std::optional<double> oversubscription;
  std::optional<Seconds> latency;
  friend bool operator==(const FabricSpec&, const FabricSpec&) = default;
};

struct PoolSpec {
  std::string name;
  std::string accelerator;  ///< catalog name
  std::string node;         ///< catalog name of the node type
  int count = 0;
  int gpus_per_node = 0;
  FabricSpec fabric;
  std::optional<double> rent_usd_per_hour;
  friend bool operator==(const PoolSpec&, const PoolSpec&) = default;
};

struct StageSpec {
  int pool = 0;  ///< index into Scenario::pools
  int tp = 1;
  int layers = 0;  ///< 0 in every stage = an even split
  friend bool operator==(const StageSpec&, const StageSpec&) = default;
};

/// Data-parallel replicas alike in hardware.
struct ReplicaSpec {
  int count = 1;
  std::int64_t micro_batches = 0;  ///< of each; 0 = balanced by speed
  std::vector<StageSpec> stages;
  friend bool operator==(const ReplicaSpec&, const ReplicaSpec&) = default;
};

struct LayoutSpec {
  int tp = 1, pp = 1, dp = 1, ep = 1, cp = 1, expert_tp = 1, virtual_stages = 1;
  int zero = 1, shard_group = 0;
  std::int64_t micro_batch = 1;
  sim::Schedule schedule = sim::Schedule::one_f_one_b;
  models::Recompute recompute;
  models::SequenceParallel sequence_parallel = models::SequenceParallel::on;
  bool tp_across_nodes = false;
  std::vector<StageSpec> stages;      ///< one per pipeline rank; of the first group where there are several
  std::vector<ReplicaSpec> replicas;  ///< groups of unlike replicas; empty = all run on `stages`
  friend bool operator==(const LayoutSpec&, const LayoutSpec&) = default;
};

struct RampPoint {
  double from_token = 0;
  std::int64_t sequences = 1;
  friend bool operator==(const RampPoint&, const RampPoint&) = default;
};

/// One stretch of training with one sequence length and layout; the main phase comes first.
struct PhaseSpec {
  std::string name;
  std::optional<double> tokens;       ///< either this
  std::optional<std::int64_t> steps;  ///< or this; neither: only the step is asked
  std::int64_t sequence = 1;
  std::int64_t global_batch = 1;
  std::vector<RampPoint> ramp;  ///< main phase only; empty = constant
  LayoutSpec layout;
  friend bool operator==(const PhaseSpec&, const PhaseSpec&) = default;
};

struct OverlapSpec {
  bool grad_reduce = true, param_gather = true, tensor_parallel = false, pipeline = true, expert = false;
  friend bool operator==(const OverlapSpec&, const OverlapSpec&) = default;
};

struct TrainingSpec {
  std::vector<PhaseSpec> phases;
  models::Precision precision;
  models::Implementation implementation;
  bool optimizer_on_host = false;
  bool train_mtp = true;  ///< whether the architecture's multi-token-prediction modules are trained
  OverlapSpec overlap;
  int comm_sms = 0;
  int node_limit = 0;
  double post_gpu_hours = 0;
  std::optional<RlSpec> rl;             ///< the run is reinforcement learning
  std::optional<FailureSpec> failures;  ///< nothing: the run is never interrupted
};

struct MeasuredFigure {
  std::string id, metric, unit, source, locator, note;
  double value = 0;
  std::optional<double> tolerance;
  friend bool operator==(const MeasuredFigure&, const MeasuredFigure&) = default;
};

/// At least one of the subjects (training, serving, fleet) is there.
struct Scenario {
  std::string name;  ///< the file as the user wrote it
  std::string title;
  std::vector<PoolSpec> pools;
  models::Architecture architecture;  ///< with the scenario's overrides
  std::optional<TrainingSpec> training;
  std::optional<ServingSpec> serving;
  std::optional<FleetSpec> fleet;      ///< lots over time; of the pools where nothing else is asked
  std::optional<HorizonSpec> horizon;  ///< with a fleet only
  std::optional<PlanSpec> plan;        ///< with a horizon only
  std::optional<ClaimsSpec> claims;
  std::vector<MeasuredFigure> measured;
  std::string canonical;  ///< the resolved scenario as JSON text, see canonical.h
  std::string hash;       ///< 16 hex digits, of what changes results
};

}  // namespace gpufleet::scenarios
