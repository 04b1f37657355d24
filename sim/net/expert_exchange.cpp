// Two-hop expert exchange: bytes over the NIC by the expected number of distinct remote nodes of a token, bytes over NVLink by
// its distinct GPUs, both hops joined by their measured overlap. Counting: hypergeometric, as routing scores are exchangeable.
#include "sim/net/expert_exchange.h"

#include <algorithm>
#include <cmath>

#include "core/check.h"

namespace gpufleet::sim {
namespace {

/// ln C(n, k) for real n >= k >= 0; an impossible choice is minus infinity.
double log_choose(double n, double k) {
  if (k < 0 || k > n) return -INFINITY;
  const auto log_factorial = [](double x) {
    int sign = 0;  // std::lgamma leaves it in a variable that all threads share
    return lgamma_r(x + 1, &sign);
  };
  return log_factorial(n) - log_factorial(k) - log_factorial(n - k);
}

/// A unit owns `owned` whole groups.
double distinct_of_whole_groups(double units, double owned, const ExpertExchange& x) {
  const double group = static_cast<double>(x.experts) / x.groups;
  const double pool = group * x.group_limit;
  double miss = 0;
  for (double j = std::max(0.0, x.group_limit - (x.groups - owned)); j <= std::min(owned, double(x.group_limit)); ++j) {
    const double chosen =
        log_choose(owned, j) + log_choose(x.groups - owned, x.group_limit - j) - log_choose(x.groups, x.group_limit);
    miss += std::exp(chosen + log_choose(pool - j * group, x.top_k) - log_choose(pool, x.top_k));
  }
  return units * (1 - miss);
}

/// A p-norm of rates in series with a soft knee, as the copy engines of SMs and the link share the work.
double joined(double link, double engines) { return std::pow(std::pow(link, -4) + std::pow(engines, -4), -0.25); }

// What one SM copies was fitted on the fourth NVLink generation. Copies in flight are set by the link's buffers: on faster links
// an SM moves as much more (an estimate: kernels of the fifth generation fill it with no more SMs, DeepEP's hybrid-ep branch).
double link_generation(const hw::FabricModel& fabric) {
  constexpr double kFitted = 450e9;
  return std::max(1.0, fabric.up.rate.value() / kFitted);
}

double token_bytes(const ExpertExchange& x, ExchangeDirection direction) {
  const double value = direction == ExchangeDirection::dispatch ? x.dispatch_bytes : x.combine_bytes;
  const double scales = value < 2 ? 4.0 * x.hidden / 128 : 0;  // one FP32 scale for each 128 values of a narrow format
  return x.hidden * value + scales;
}

double doublings_after_two(int nodes) { return std::max(0.0, std::log2(static_cast<double>(nodes)) - 1); }

ExpertExchangeTime throughput(const hw::FabricModel& fabric, const ExpertExchange& x, ExchangeDirection direction, int nodes) {
  const hw::ExchangeFit& fit = fabric.exchange;
  const bool dispatch = direction == ExchangeDirection::dispatch;
  const double payload = token_bytes(x, direction) * x.tokens * x.imbalance;
  ExpertExchangeTime out;
  out.nvlink_bytes = payload * expected_distinct(x.ranks, x);
  const BytesPerSecond per_sm = nodes == 1 ? (dispatch ? fit.local_per_sm_dispatch : fit.local_per_sm_combine)
                                           : (dispatch ? fit.remote_per_sm_dispatch : fit.remote_per_sm_combine);
  out.nvlink = Seconds(out.nvlink_bytes / joined(fabric.up.exchange_efficiency * fabric.up.rate.value(),
                                                 per_sm.value() * link_generation(fabric) * x.sms));
  out.nvlink_busy = Seconds(out.nvlink_bytes / (fabric.up.exchange_efficiency * fabric.up.rate.value()));
  out.log_sigma = fit.log_sigma;
  if (nodes == 1) {
    out.startup = dispatch ? fit.local_dispatch : fit.local_combine;
    out.time = out.startup + out.nvlink;
    return out;
  }
  out.rdma_bytes = payload * expected_distinct(nodes, x) * (nodes - 1) / nodes;
  out.rdma = Seconds(out.rdma_bytes / (fabric.out.exchange_efficiency * fabric.out.rate.value()));
  out.startup = (dispatch ? fit.remote_dispatch : fit.remote_combine) + fit.remote_doubling * doublings_after_two(nodes);
  out.notify = fit.notify + fit.notify_doubling * doublings_after_two(nodes);
  out.time = out.startup + Seconds(std::pow(std::pow(out.nvlink.value(), fit.overlap) + std::pow(out.rdma.value(), fit.overlap),
                                            1 / fit.overlap));
  return out;
}

/// Every copy goes straight to its expert's GPU: top_k messages a token, 1/nodes of them inside the domain.
ExpertExchangeTime low_latency(const hw::FabricModel& fabric, const ExpertExchange& x, ExchangeDirection direction, int nodes) {
  const hw::ExchangeFit& fit = fabric.exchange;
  const double copies = (token_bytes(x, direction) + fit.message_header) * x.tokens * x.top_k * x.imbalance;
  ExpertExchangeTime out;
  const double inside = std::min(x.ranks, x.ranks_per_node);
  out.nvlink_bytes = copies * (inside - 1) / x.ranks;
  out.nvlink = Seconds(out.nvlink_bytes / (fabric.up.low_latency_efficiency * fabric.up.rate.value()));
  out.nvlink_busy = out.nvlink;
  out.startup = fit.low_latency_local;
  if (nodes > 1) {
    out.rdma_bytes = copies * (nodes - 1) / nodes;
    out.rdma = Seconds(out.rdma_bytes / (fabric.out.low_latency_efficiency * fabric.out.rate.value()));
    out.startup = fit.low_latency_remote + fit.low_latency_doubling * std::log2(static_cast<double>(nodes));
  }
  const double moving = std::max(out.nvlink.value(), out.rdma.value());
  out.time = Seconds(std::pow(std::pow(out.startup.value(), fit.low_latency_onset) + std::pow(moving, fit.low_latency_onset),
                              1 / fit.low_latency_onset));
  out.log_sigma = fit.low_latency_log_sigma;
  return out;
}

}  // namespace

double expected_distinct(int units, const ExpertExchange& x) {
  check(units >= 1 && x.groups >= 1 && x.group_limit >= 1 && x.group_limit <= x.groups, "routing groups out of range");
  check(x.top_k >= 1 && x.experts >= x.groups, "routing needs experts");
  if (units == 1) return 1;
  if (units > x.groups) {
    const double group = static_cast<double>(x.experts) / x.groups;
    const double pool = group * x.group_limit;
    const double own = static_cast<double>(x.experts) / units;
    const double miss = std::exp(log_choose(pool - own, x.top_k) - log_choose(pool, x.top_k));
    return units * (static_cast<double>(x.group_limit) / x.groups) * (1 - miss);
  }
  // Units that hold a broken number of groups are taken between the whole numbers around it.
  const double owned = static_cast<double>(x.groups) / units;
  const double low = std::floor(owned), share = owned - low;
  const double at_low = distinct_of_whole_groups(units, low, x);
  return share == 0 ? at_low : (1 - share) * at_low + share * distinct_of_whole_groups(units, low + 1, x);
}

Seconds exchange_bound(const ExpertExchange& x, BytesPerSecond rate) {
  return Seconds((x.dispatch_bytes + x.combine_bytes) * x.tokens * x.top_k * x.hidden / rate.value());
}

ExpertExchangeTime expert_exchange(const hw::FabricModel& fabric, const ExpertExchange& x, ExchangeDirection direction) {
  check(x.ranks >= 1 && x.ranks_per_node >= 1, "an expert-parallel group has ranks");
  if (x.ranks == 1 || x.tokens <= 0) return {};
  const int nodes = (x.ranks + x.ranks_per_node - 1) / x.ranks_per_node;
  check(nodes == 1 || fabric.out.rate.value() > 0, "expert exchange over several nodes needs a network");
  return x.mode == ExchangeMode::throughput ? throughput(fabric, x, direction, nodes) : low_latency(fabric, x, direction, nodes);
}

}  // namespace gpufleet::sim
