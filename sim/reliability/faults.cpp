#include "sim/reliability/faults.h"

#include <algorithm>
#include <limits>

namespace gpufleet::sim {
namespace {

constexpr double kNoFault = std::numeric_limits<double>::infinity();

int switches(const FaultPool& pool) { return (pool.nodes + pool.nodes_per_switch - 1) / std::max(1, pool.nodes_per_switch); }

int nodes_hit(const FaultPool& pool, FaultKind kind) {
  switch (kind) {
    case FaultKind::gpu:
    case FaultKind::node: return 1;
    case FaultKind::network_switch: return std::min(pool.nodes_per_switch, pool.nodes);
    default: return 0;
  }
}

}  // namespace

std::string_view name(FaultKind kind) {
  constexpr std::array<std::string_view, kFaultKinds> kNames{"gpu", "node", "switch", "software", "planned"};
  return kNames[static_cast<std::size_t>(kind)];
}

double total_rate(const FaultPool& pool, FaultKind kind) {
  switch (kind) {
    case FaultKind::gpu: return pool.rates.gpu * pool.gpus;
    case FaultKind::node: return pool.rates.node * pool.nodes;
    case FaultKind::network_switch: return pool.rates.network_switch * switches(pool);
    case FaultKind::software: return pool.rates.software * pool.gpus;
    case FaultKind::planned: return pool.rates.planned * pool.gpus;
  }
  return 0;
}

double unplanned_rate(const std::vector<FaultPool>& pools) {
  double total = 0;
  for (const FaultPool& pool : pools)
    for (int kind = 0; kind < kFaultKinds; ++kind)
      if (static_cast<FaultKind>(kind) != FaultKind::planned) total += total_rate(pool, static_cast<FaultKind>(kind));
  return total;
}

FaultStream::FaultStream(const std::vector<FaultPool>& pools, const std::vector<Fault>& trace, std::uint64_t seed)
    : pools_(pools), trace_(trace), times_(seed, "fault times"), kinds_(seed, "fault kinds") {
  double sum = 0;
  for (const FaultPool& pool : pools_)
    for (int kind = 0; kind < kFaultKinds; ++kind) cumulative_.push_back(sum += total_rate(pool, static_cast<FaultKind>(kind)));
  draw();
  choose();
}

void FaultStream::draw() {
  const double rate = cumulative_.empty() ? 0.0 : cumulative_.back();
  if (rate <= 0) {
    drawn_.at = kNoFault;
    return;
  }
  drawn_.at += times_.exponential() / rate;
  const double mark = kinds_.uniform() * rate;
  const auto found = std::upper_bound(cumulative_.begin(), cumulative_.end(), mark);
  const auto index = std::min<std::ptrdiff_t>(found - cumulative_.begin(), std::ssize(cumulative_) - 1);
  drawn_.pool = static_cast<std::int32_t>(index / kFaultKinds);
  drawn_.kind = static_cast<FaultKind>(index % kFaultKinds);
  drawn_.nodes = nodes_hit(pools_[static_cast<std::size_t>(drawn_.pool)], drawn_.kind);
}

void FaultStream::choose() { next_ = traced_ < trace_.size() && trace_[traced_].at <= drawn_.at ? trace_[traced_] : drawn_; }

void FaultStream::postpone(double seconds) {
  drawn_.at += seconds;
  choose();
}

void FaultStream::pop() {
  if (traced_ < trace_.size() && trace_[traced_].at <= drawn_.at)
    ++traced_;
  else
    draw();
  choose();
}

}  // namespace gpufleet::sim
