// Flows of one instance always share its rate evenly, so one running sum of bytes stands for all of them (generalised processor
// sharing, Parekh & Gallager 1993): a start or an end costs a heap operation and a look at the instances that send.
#include "sim/serving/transfer_links.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/check.h"

namespace gpufleet::sim {
namespace {

constexpr double kPicoseconds = 1e12;  // a second

}  // namespace

TransferLinks::TransferLinks(std::vector<double> rates, double receivers) : sources_(rates.size()), receivers_(receivers) {
  for (std::size_t i = 0; i < rates.size(); ++i) sources_[i].most = rates[i];
}

void TransferLinks::advance(Source& source, std::int64_t now) {
  source.sent += source.rate * (static_cast<double>(now - source.since) / kPicoseconds);
  source.since = now;
}

// Water-filling: instances in ascending order of what one of their flows could get at most.
double TransferLinks::level() const {
  constexpr double kNone = std::numeric_limits<double>::infinity();
  if (receivers_ <= 0) return kNone;
  double asked = 0, flows = 0;
  for (const std::size_t i : active_) {
    asked += sources_[i].most;
    flows += static_cast<double>(sources_[i].flows.size());
  }
  if (asked <= receivers_) return kNone;
  std::vector<std::size_t> order = active_;
  const auto most = [&](std::size_t i) { return sources_[i].most / static_cast<double>(sources_[i].flows.size()); };
  std::ranges::stable_sort(order, {}, most);
  double left = receivers_;
  for (const std::size_t i : order) {
    if (most(i) * flows >= left) break;
    left -= sources_[i].most;
    flows -= static_cast<double>(sources_[i].flows.size());
  }
  return flows > 0 ? left / flows : kNone;
}

void TransferLinks::share(std::int64_t now) {
  const double most = level();
  next_end_ = -1;
  for (const std::size_t i : active_) {
    Source& source = sources_[i];
    const double rate = std::min(source.most / static_cast<double>(source.flows.size()), most);
    if (rate != source.rate) {
      advance(source, now);
      source.rate = rate;
    }
    const double left = std::max(0.0, source.flows.front().end - source.sent) / rate;
    const std::int64_t end = std::max(now, source.since + static_cast<std::int64_t>(std::ceil(left * kPicoseconds)));
    if (next_end_ < 0 || end < next_end_) next_end_ = end;
  }
}

void TransferLinks::start(std::size_t source_index, Slot32 slot, double bytes, std::int64_t now) {
  Source& source = sources_[source_index];
  check(source.most > 0 && bytes > 0, "a flow has bytes and a link");
  if (source.flows.empty()) {
    active_.insert(std::ranges::lower_bound(active_, source_index), source_index);
    source.since = now;
    source.sent = source.rate = 0;
  } else {
    advance(source, now);
  }
  source.flows.push_back({source.sent + bytes, started_++, slot});
  std::ranges::push_heap(source.flows, later);
}

void TransferLinks::finish(std::int64_t now, std::vector<Slot32>& ended) {
  check(now == next_end_, "flows end when they said they would");
  // The clock's grain: what would end within the picosecond ends now.
  constexpr double kGrain = 2 / kPicoseconds;
  for (const std::size_t i : active_) {
    Source& source = sources_[i];
    advance(source, now);
    while (!source.flows.empty() && source.flows.front().end <= source.sent + source.rate * kGrain) {
      ended.push_back(source.flows.front().slot);
      std::ranges::pop_heap(source.flows, later);
      source.flows.pop_back();
    }
  }
  std::erase_if(active_, [&](std::size_t i) { return sources_[i].flows.empty(); });
  share(now);
}

}  // namespace gpufleet::sim
