// Ring order of channel c: within each node from local rank c round to c − 1, then on to local rank c of the next node, so that
// every NIC of the node carries one channel in and one out (as NCCL's rings over rails).
#include "sim/net/collective_pattern.h"

#include <algorithm>

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

PatternResult add_tree_all_reduce(const RoutedFabric& fabric, double bytes, const RankedGroup& group, double weight,
                                  FlowPattern& pattern) {
  Adder add(fabric, group, weight, pattern);
  const std::uint32_t r = add.local(), nodes = add.nodes();
  for (std::uint32_t tree = 0; tree < 2; ++tree)
    for (std::uint32_t c = 0; c < r; ++c)
      for (std::uint32_t position = 1; position < nodes; ++position) {
        // A binary heap over nodes; the second tree is shifted by half, so that the leaves of one work in the other.
        const std::uint32_t shift = tree * (nodes / 2);
        const std::uint32_t child = (position + shift) % nodes * r + c, parent = ((position - 1) / 2 + shift) % nodes * r + c;
        add.flow(child, parent, bytes / 2 / r, c);
        add.flow(parent, child, bytes / 2 / r, c);
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
