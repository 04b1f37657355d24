// Published network measurements against the models: one row a figure, with its interval.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sim/net/collective_time.h"
#include "sim/net/expert_exchange.h"

namespace gpufleet::sim {

/// `…_bandwidth` counts bytes as DeepEP prints them: all copies of a token that a node (one node: a GPU) receives, the sender's
/// own among them, over the time. `exchange_bound` is the ideal of exchange_bound(), times `repeats`.
enum class NetworkMetric : std::uint8_t {
  collective_time,
  dispatch_time,
  combine_time,
  dispatch_bandwidth,
  combine_bandwidth,
  message_latency,
  exchange_bound
};
std::string_view name(NetworkMetric metric);
std::optional<NetworkMetric> network_metric_from_name(std::string_view text);

struct NetworkMeasurement {
  std::string id, unit, source;
  NetworkMetric metric = NetworkMetric::collective_time;
  double measured = 0;  ///< in seconds or bytes per second
  FabricModel fabric;
  CollectiveOp op = CollectiveOp::all_reduce;
  double bytes = 0;
  GroupPlacement placement;
  CollectiveLibrary library = CollectiveLibrary::nccl;
  ExpertExchange exchange;
  int node_distance = 0;
  double repeats = 1;
};

struct NetworkRow {
  std::string id, metric, unit, source;
  double measured = 0, predicted = 0, low = 0, high = 0;  ///< in seconds or bytes per second; 10 % and 90 % quantiles
};

std::vector<NetworkRow> validate_network(std::span<const NetworkMeasurement> cases);

}  // namespace gpufleet::sim
