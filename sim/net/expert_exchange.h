// Dispatch and combine of a mixture of experts among the GPUs of an expert-parallel group: each token goes once to every node
// that holds one of its experts (over the NIC) and from there to the GPUs (over NVLink), as DeepEP does; in low-latency mode
// every copy goes straight to its expert's GPU.
#pragma once

#include "core/quantity.h"
#include "hwprofiles/fabric/fabric_model.h"

namespace gpufleet::sim {

enum class ExchangeDirection : std::uint8_t { dispatch, combine };
enum class ExchangeMode : std::uint8_t { throughput, low_latency };

struct ExpertExchange {
  double tokens = 0;          ///< tokens of one rank
  int hidden = 0;             ///< values of one token
  int top_k = 0;              ///< routed experts of one token
  int experts = 0;            ///< routed experts of the layer
  int groups = 1;             ///< routing groups of experts
  int group_limit = 1;        ///< groups that one token may use; groups = no limit
  int ranks = 1;              ///< expert-parallel ranks, one GPU each
  int ranks_per_node = 8;     ///< of them in one scale-up domain
  double dispatch_bytes = 1;  ///< a value: 1 = FP8 (plus one 4-byte scale per 128 values), 2 = BF16
  double combine_bytes = 2;
  double imbalance = 1;  ///< load of the busiest rank over the mean
  int sms = 20;          ///< SMs given to the exchange (throughput mode)
  ExchangeMode mode = ExchangeMode::throughput;
  friend bool operator==(const ExpertExchange&, const ExpertExchange&) = default;
};

struct ExpertExchangeTime {
  Seconds time;    ///< transfer, start-up included
  Seconds rdma;    ///< its NIC part alone
  Seconds nvlink;  ///< its NVLink part alone
  Seconds startup;
  Seconds notify;  ///< exchange of counts before it (zero when the layout is known, as in a backward pass or low-latency mode)
  Seconds nvlink_busy;                      ///< that the bytes need on NVLink, were the SMs that copy them not in the way
  double rdma_bytes = 0, nvlink_bytes = 0;  ///< sent by one rank
  double log_sigma = 0;
};

ExpertExchangeTime expert_exchange(const hw::FabricModel& fabric, const ExpertExchange& exchange, ExchangeDirection direction);

/// What the copies of all tokens need on links of `rate` when each crosses one and nothing else costs time: the ideal of
/// arXiv 2505.09343 section 2.3.2, dispatch and combine together, without scales.
Seconds exchange_bound(const ExpertExchange& exchange, BytesPerSecond rate);

/// Expected number of distinct units (nodes, GPUs), out of `units` equal shares of the experts, that hold one of a token's top_k
/// experts, when the token first picks group_limit of the groups and then its experts among theirs, all equally likely.
/// Preconditions: experts divide evenly over groups and over units; units divide groups or groups divide units.
double expected_distinct(int units, const ExpertExchange& exchange);

}  // namespace gpufleet::sim
