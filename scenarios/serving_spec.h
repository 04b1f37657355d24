// What a scenario asks of a serving deployment, checked and typed; plan_serving.h turns it into the simulator's values.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "models/serving_work.h"
#include "sim/serving/job.h"

namespace gpufleet::scenarios {

struct ServingPoolSpec {
  std::string name;
  int pool = 0;  ///< index into the scenario's fleet pools
  sim::PoolRole role = sim::PoolRole::joint;
  int instances = 0;  ///< 0 = as many as the fleet pool holds
  models::ServingShard shard;
  models::ServingPrecision precision;
  std::string engine;
  sim::BatchOverlap prefill_overlap = sim::BatchOverlap::none, decode_overlap = sim::BatchOverlap::none;
  sim::Speculation speculation;
  bool offload_experts = false;
  sim::ExpertBalance balance = sim::ExpertBalance::natural;
  double kv_spread = 0;
  std::optional<int> max_batched_tokens, max_sequences, block;
  std::optional<double> memory_fraction;
  std::optional<sim::Preemption> preemption;
  std::optional<std::int64_t> kv_tokens;  ///< of one attention group, as the engine itself reports; else from memory
  bool front_end = true;                  ///< whether latencies hold what requests spend outside the engine
  sim::QueueOrder order = sim::QueueOrder::arrival;
  sim::PrefixCacheSpec prefix;
  double hidden_transfer = 0;
  sim::Autoscaler autoscaler;
  sim::InstanceFailures failures;
};

/// What is asked beside the simulation: nothing, the largest rate, or the fewest instances at which the SLO holds.
enum class CapacitySearch : std::uint8_t { none, rate, nodes };

struct ServingSpec {
  std::vector<ServingPoolSpec> pools;
  sim::RouterPolicy router = sim::RouterPolicy::least_loaded;
  sim::Workload workload;
  sim::Slo slo;
  CapacitySearch search = CapacitySearch::none;
  double attainment = 0.9;  ///< share of requests for which the SLO must hold in a search
  double warm_up = 0, horizon = 0, sample_period = 60;
  double max_context = 32768;
};

}  // namespace gpufleet::scenarios
