// Ring order of channel c: within each node from local rank c round to c − 1, then on to local rank c of the next node, so that
// every NIC of the node carries one channel in and one out (as NCCL's rings over rails).
#include "sim/net/collective_pattern.h"

#include <algorithm>
#include <tuple>

#include "core/check.h"

namespace gpufleet::sim {
namespace {

class Adder {
 public:
  Adder(const RoutedFabric& fabric, const RankedGroup& group, double weight, FlowPattern& pattern)
      : fabric_(fabric), group_(group), weight_(weight), pattern_(pattern) {}

  /// From rank a to rank b of the group.
  void flow(std::uint32_t a, std::uint32_t b, double bytes, std::uint32_t key) {
    if (bytes <= 0) return;
    links_.clear();
    if (!hw::append_route(fabric_.graph, fabric_.failures, fabric_.routing, group_.gpus[a], group_.gpus[b], key, links_)) {
      result_ = PatternResult::unreachable;
      return;
    }
    route_.clear();
    for (const std::uint32_t link : links_) route_.emplace_back(link);
    pattern_.add(route_, bytes, weight_);
  }
  /// From a rank to the switch of its node, and as much from there to the rank.
  void to_switch_and_back(std::uint32_t rank, double bytes) {
    const std::uint32_t other = rank == 0 ? 1 : 0;
    for (const auto& [from, to, hop] : {std::tuple{rank, other, 0U}, std::tuple{other, rank, 1U}}) {
      links_.clear();
      if (!hw::append_route(fabric_.graph, fabric_.failures, fabric_.routing, group_.gpus[from], group_.gpus[to], 0, links_)) {
        result_ = PatternResult::unreachable;
        return;
      }
      check(links_.size() == 2, "ranks of one node meet at its switch");
      route_.assign(1, LinkId(links_[hop]));
      pattern_.add(route_, bytes, weight_);
    }
  }
  [[nodiscard]] std::uint32_t ranks() const { return static_cast<std::uint32_t>(group_.gpus.size()); }
  [[nodiscard]] std::uint32_t local() const { return std::min(ranks(), group_.ranks_per_node); }
  [[nodiscard]] std::uint32_t nodes() const { return (ranks() + local() - 1) / local(); }
  [[nodiscard]] PatternResult result() const { return result_; }

 private:
  const RoutedFabric& fabric_;
  const RankedGroup& group_;
  double weight_ = 1;
  FlowPattern& pattern_;
  std::vector<std::uint32_t> links_;
  std::vector<LinkId> route_;
  PatternResult result_ = PatternResult::complete;
};

/// Every link of the ring carries `bytes`, split over as many channels as a node has ranks.
void ring(Adder& add, double bytes) {
  const std::uint32_t n = add.ranks(), r = add.local();
  if (n % r != 0 || add.nodes() == 1) {
    for (std::uint32_t i = 0; i < n; ++i) add.flow(i, (i + 1) % n, bytes, i);
    return;
  }
  for (std::uint32_t c = 0; c < r; ++c)
    for (std::uint32_t node = 0; node < n / r; ++node) {
      for (std::uint32_t step = 0; step + 1 < r; ++step)
        add.flow(node * r + (c + step) % r, node * r + (c + step + 1) % r, bytes / r, c);
      const std::uint32_t last = node * r + (c + r - 1) % r, next = (node + 1) % (n / r) * r + c;
      add.flow(last, next, bytes / r, c);
    }
}

/// Reduce up to the root of each of two trees and broadcast down again, half of the buffer each, a channel a local rank: a chain
/// through the node, then the node's edge to its parent.
void trees(Adder& add, double bytes) {
  const std::uint32_t r = add.local(), nodes = add.nodes();
  const double share = bytes / 2 / r;
  const auto both_ways = [&](std::uint32_t child, std::uint32_t parent, std::uint32_t channel) {
    add.flow(child, parent, share, channel);
    add.flow(parent, child, share, channel);
  };
  for (std::uint32_t tree = 0; tree < 2; ++tree)
    for (std::uint32_t c = 0; c < r; ++c) {
      for (std::uint32_t node = 0; node < nodes; ++node)
        for (std::uint32_t step = 1; step < r; ++step) both_ways(node * r + (c + step) % r, node * r + (c + step - 1) % r, c);
      // A binary heap over nodes; the second tree is shifted by half, so that the leaves of one work in the other.
      const std::uint32_t shift = tree * (nodes / 2);
      for (std::uint32_t position = 1; position < nodes; ++position)
        both_ways((position + shift) % nodes * r + c, ((position - 1) / 2 + shift) % nodes * r + c, c);
    }
}

/// Reduce-scatter in each node, all-reduce of a rank's share along its rail, all-gather in each node: rings, pipelined.
void hierarchy(Adder& add, double bytes) {
  const std::uint32_t r = add.local(), nodes = add.nodes();
  const double inside = 2.0 * (r - 1) / r * bytes, between = 2.0 * (nodes - 1) / nodes * bytes / r;
  for (std::uint32_t node = 0; node < nodes; ++node)
    for (std::uint32_t rank = 0; rank < r; ++rank) {
      if (r > 1) add.flow(node * r + rank, node * r + (rank + 1) % r, inside, rank);
      if (nodes > 1) add.flow(node * r + rank, (node + 1) % nodes * r + rank, between, rank);
    }
}

/// Every rank sends its buffer up once to be added, and its share of the sum to be multicast; the same comes down.
void multicast(Adder& add, double bytes) {
  check(add.nodes() == 1, "a node's switch serves one node");
  const double share = bytes / add.ranks();
  for (std::uint32_t rank = 0; rank < add.ranks(); ++rank) add.to_switch_and_back(rank, bytes + share);
}

}  // namespace

PatternResult add_collective(const RoutedFabric& fabric, CollectiveOp op, double bytes, const RankedGroup& group, double weight,
                             FlowPattern& pattern) {
  Adder add(fabric, group, weight, pattern);
  const std::uint32_t n = add.ranks();
  if (n < 2) return PatternResult::complete;
  const double others = static_cast<double>(n - 1) / n;
  switch (op) {
    case CollectiveOp::all_reduce: ring(add, 2 * others * bytes); break;
    case CollectiveOp::all_gather:
    case CollectiveOp::reduce_scatter: ring(add, others * bytes); break;
    case CollectiveOp::broadcast: ring(add, bytes); break;
    case CollectiveOp::all_to_all:
      for (std::uint32_t i = 0; i < n; ++i)
        for (std::uint32_t k = 1; k < n; ++k) add.flow(i, (i + k) % n, bytes / n, k);
      break;
    case CollectiveOp::send_recv:
      for (std::uint32_t i = 0; i + 1 < n; ++i) add.flow(i, i + 1, bytes, i);
      break;
  }
  return add.result();
}

PatternResult add_all_reduce(const RoutedFabric& fabric, Algorithm algorithm, double bytes, const RankedGroup& group,
                             double weight, FlowPattern& pattern) {
  Adder add(fabric, group, weight, pattern);
  switch (algorithm) {
    case Algorithm::tree: trees(add, bytes); break;
    case Algorithm::hierarchical: hierarchy(add, bytes); break;
    case Algorithm::nvls: multicast(add, bytes); break;
    default: check(false, "a pattern of its own for trees, hierarchies and multicast only");
  }
  return add.result();
}

PatternResult add_expert_exchange(const RoutedFabric& fabric, double rdma_bytes, double nvlink_bytes, const RankedGroup& group,
                                  double weight, FlowPattern& pattern) {
  Adder add(fabric, group, weight, pattern);
  const std::uint32_t r = add.local(), nodes = add.nodes();
  for (std::uint32_t node = 0; node < nodes; ++node)
    for (std::uint32_t rank = 0; rank < r; ++rank) {
      for (std::uint32_t other = 1; other < nodes; ++other)
        add.flow(node * r + rank, (node + other) % nodes * r + rank, rdma_bytes / (nodes - 1), other);
      for (std::uint32_t other = 1; other < r; ++other)
        add.flow(node * r + rank, node * r + (rank + other) % r, nvlink_bytes / (r - 1), other);
    }
  return add.result();
}

}  // namespace gpufleet::sim
