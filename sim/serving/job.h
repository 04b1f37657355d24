// What a serving deployment is, as the simulator takes it: instances in pools, how requests find them, what users send and what
// they were promised. All values; scenarios/ makes them from files.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/serving/iteration_time.h"
#include "sim/serving/prefix_cache.h"
#include "sim/serving/workload.h"

namespace gpufleet::sim {

/// joint: prompts and answers on the same instance; prefill and decode: the halves, keys and values travel between.
enum class PoolRole : std::uint8_t { joint, prefill, decode };

/// central: instances take the next request from one queue when they have room.
enum class RouterPolicy : std::uint8_t { round_robin, least_loaded, cache_aware, session_affinity, central };

/// Instances follow the load: every `period`, as many as keep the busiest measure at `target` of what one can do, within bounds.
/// `hours`, if given, is the number by hour of the day instead.
struct Autoscaler {
  bool on = false;
  double period = 300;
  double target = 0.7;
  int least = 1;
  double start_seconds = 60;  ///< from the decision until an added instance takes requests
  std::vector<int> hours;
  friend bool operator==(const Autoscaler&, const Autoscaler&) = default;
};

/// Instances break down at random and come back; what they held starts again elsewhere.
struct InstanceFailures {
  double mean_time_between = 0;  ///< s for one instance; 0 = never
  double repair = 600;           ///< s
  friend bool operator==(const InstanceFailures&, const InstanceFailures&) = default;
};

/// Room and limits of one instance; per attention group where it says so.
struct InstanceLimits {
  std::int64_t kv_blocks = 0;  ///< of one attention group
  int block = 16;
  int groups = 1;                 ///< attention groups (data parallel)
  int max_batched_tokens = 8192;  ///< of one group
  int max_sequences = 1024;       ///< of one group
  IterationPolicy policy = IterationPolicy::mixed;
  Admission admission = Admission::prompt;
  Preemption preemption = Preemption::recompute;
  QueueOrder order = QueueOrder::arrival;
  double swap_seconds_per_token = 0;  ///< to bring a swapped token back
  friend bool operator==(const InstanceLimits&, const InstanceLimits&) = default;
};

struct ServingPool {
  std::string name;
  PoolRole role = PoolRole::joint;
  int instances = 1;
  int gpus_per_instance = 1;
  double nodes_per_instance = 1;
  IterationModel iteration;
  InstanceLimits limits;
  PrefixCacheSpec prefix;         ///< of each instance
  double kv_bytes_per_token = 0;  ///< over the whole instance, as it travels
  double transfer_bandwidth = 0;  ///< bytes/s that one prefill instance can send; 0 = at once
  double transfer_latency = 0;    ///< s
  double hidden_transfer = 0;     ///< share of the transfer that runs behind the prefill, layer by layer
  double request_overhead = 0;    ///< s before the queue
  double kv_spread = 0;           ///< residual imbalance of cached tokens between groups, share of the mean
  Autoscaler autoscaler;
  InstanceFailures failures;
  double cost_per_hour = 0;  ///< USD of one instance
  double power = 0;          ///< W of one busy instance with its hosts
  double idle_power = 0;
};

struct Slo {
  double ttft = 0;  ///< s; 0 = none
  double tpot = 0;
  double e2e = 0;
  friend bool operator==(const Slo&, const Slo&) = default;
};

struct ServingJob {
  std::vector<ServingPool> pools;
  RouterPolicy router = RouterPolicy::least_loaded;  ///< to joint and prefill instances
  Workload workload;
  Slo slo;
  double warm_up = 0;          ///< s; requests that arrive earlier do not count
  double horizon = 0;          ///< s after which throughput is no longer counted; 0 = until the last request ends
  double sample_period = 60;   ///< s of a time-series point
  bool keep_requests = false;  ///< per-request records in the result
};

}  // namespace gpufleet::sim
