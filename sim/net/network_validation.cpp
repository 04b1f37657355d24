// Predictions for measurements, by metric.
#include "sim/net/network_validation.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/statistics.h"

namespace gpufleet::sim {
namespace {

constexpr std::array<std::string_view, 7> kNames{"collective_time",   "dispatch_time",   "combine_time",  "dispatch_bandwidth",
                                                 "combine_bandwidth", "message_latency", "exchange_bound"};

struct Prediction {
  double value = 0, log_sigma = 0;
};

Prediction exchange(const NetworkMeasurement& m, ExchangeDirection direction, bool as_bandwidth) {
  const ExpertExchangeTime time = expert_exchange(m.fabric, m.exchange, direction);
  if (!as_bandwidth) return {time.time.value(), time.log_sigma};
  // Bytes of all copies, the sender's own node among them.
  const int nodes = std::max(1, m.exchange.ranks / m.exchange.ranks_per_node);
  double bytes = time.nvlink_bytes;
  if (m.exchange.mode == ExchangeMode::low_latency)
    bytes = nodes == 1 ? time.nvlink_bytes * m.exchange.ranks / (m.exchange.ranks - 1) : time.rdma_bytes * nodes / (nodes - 1);
  else if (nodes > 1)
    bytes = time.rdma_bytes * nodes / (nodes - 1);
  return {bytes / time.time.value(), time.log_sigma};
}

Prediction predict(const NetworkMeasurement& m) {
  /// Latencies are one measured figure a class; other switches and cables of the class differ by about this much.
  constexpr double kLatencySigma = 0.1;
  switch (m.metric) {
    case NetworkMetric::collective_time: {
      const CollectiveTime time = collective(m.fabric, m.op, m.bytes, m.placement, m.library);
      return {time.time.value(), time.log_sigma};
    }
    case NetworkMetric::dispatch_time: return exchange(m, ExchangeDirection::dispatch, false);
    case NetworkMetric::combine_time: return exchange(m, ExchangeDirection::combine, false);
    case NetworkMetric::dispatch_bandwidth: return exchange(m, ExchangeDirection::dispatch, true);
    case NetworkMetric::combine_bandwidth: return exchange(m, ExchangeDirection::combine, true);
    case NetworkMetric::message_latency: return {message_latency(m.fabric, m.node_distance).value(), kLatencySigma};
    case NetworkMetric::exchange_bound: return {m.repeats * exchange_bound(m.exchange, m.fabric.out.rate).value(), 0};
  }
  return {};
}

}  // namespace

std::string_view name(NetworkMetric metric) { return kNames[static_cast<std::size_t>(metric)]; }

std::optional<NetworkMetric> network_metric_from_name(std::string_view text) {
  const auto found = std::find(kNames.begin(), kNames.end(), text);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<NetworkMetric>(found - kNames.begin());
}

std::vector<NetworkRow> validate_network(std::span<const NetworkMeasurement> cases) {
  std::vector<NetworkRow> out;
  for (const NetworkMeasurement& m : cases) {
    const Prediction p = predict(m);
    const double factor = std::exp(kNormalQuantile90 * p.log_sigma);
    out.push_back({m.id, std::string(name(m.metric)), m.unit, m.source, m.measured, p.value, p.value / factor, p.value * factor});
  }
  return out;
}

}  // namespace gpufleet::sim
