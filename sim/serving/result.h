// What a serving simulation gives: latencies as mergeable sketches, token counts, what was promised and kept, how full and how
// busy the instances were.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/serving/quantile_sketch.h"

namespace gpufleet::sim {

/// One point of a time series; rates are means over the sample period that ends at `time`.
struct ServingSample {
  double time = 0;                                                            ///< s
  double arrivals = 0, completions = 0, output_tokens = 0, input_tokens = 0;  ///< a second
  double waiting = 0, running = 0;                                            ///< requests, at `time`
  double kv_used = 0;                                                         ///< share, mean over instances in service
  double instances = 0;                                                       ///< in service
  double active_nodes = 0;
  friend bool operator==(const ServingSample&, const ServingSample&) = default;
};

struct PoolResult {
  std::string name;
  double busy_share = 0;      ///< of the instances' time in service
  double instance_hours = 0;  ///< in service, draining included
  double nodes_mean = 0, nodes_peak = 0;
  double kv_used_mean = 0, kv_used_peak = 0;  ///< share of KV blocks; mean over busy iterations
  double batch_mean = 0;                      ///< sequences of a decode iteration, whole instance
  std::uint64_t iterations = 0, preemptions = 0, failures = 0;
  double cost = 0;    ///< USD
  double energy = 0;  ///< J
  friend bool operator==(const PoolResult&, const PoolResult&) = default;
};

/// One request's own history, seconds.
struct RequestRecord {
  double arrival = 0, ttft = 0, e2e = 0, tpot = 0;
  std::int32_t prompt = 0, cached = 0, output = 0;
  friend bool operator==(const RequestRecord&, const RequestRecord&) = default;
};

/// Why a run was given up: its requests took more than twice kLongestWorkload, or more than kMostAtOnce stood in line.
enum class Overrun : std::uint8_t { none, time, crowd };

struct ServingResult {
  QuantileSketch ttft, tpot, e2e, queueing;
  std::uint64_t arrived = 0, completed = 0, refused = 0;
  std::uint64_t counted = 0;                               ///< completed requests that arrived after the warm-up
  std::uint64_t slo_met = 0;                               ///< of those
  double window = 0;                                       ///< s between warm-up and horizon, over which tokens are counted
  double makespan = 0;                                     ///< s until the last request ended
  double input_tokens = 0;                                 ///< of prompts prefilled in the window, cached ones included
  double cached_tokens = 0;                                ///< of them
  double output_tokens = 0;                                ///< generated in the window
  double total_output_tokens = 0, total_input_tokens = 0;  ///< of the whole simulation
  double requests_in_system = 0;                           ///< time average over the makespan (Little's law)
  double residence = 0;                                    ///< sum of times in the system over all requests, s
  std::uint64_t leaked_blocks = 0;                         ///< KV blocks still held at the end: 0
  std::uint64_t events = 0;
  std::vector<PoolResult> pools;
  std::vector<ServingSample> samples;
  std::vector<RequestRecord> requests;
  bool stopped = false;
  Overrun overrun = Overrun::none;
  friend bool operator==(const ServingResult&, const ServingResult&) = default;
};

}  // namespace gpufleet::sim
