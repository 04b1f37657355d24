// Who is on which link. Lists of a link's flows are made only when a solve needs them: traffic that starts and ends together
// never does.
#include "sim/net/max_min.h"

#include <algorithm>

#include "core/check.h"

namespace gpufleet::sim {

MaxMin::MaxMin(std::vector<double> capacities)
    : links_(capacities.size()), loads_(capacities.size()), filling_(capacities.size()), tight_(capacities.size()) {
  for (std::size_t i = 0; i < capacities.size(); ++i) {
    check(capacities[i] >= 0, "a link's capacity is not negative");
    links_[i].capacity = capacities[i];
  }
}

void MaxMin::reserve(std::size_t flows, std::size_t hops) {
  flows_.reserve(flows);
  hops_.reserve(hops);
  started_.reserve(flows);
  unlisted_.reserve(flows);
  free_.reserve(flows);
}

std::uint32_t MaxMin::add(std::span<const LinkId> route, double weight) {
  check(!route.empty() && route.size() < 256 && weight > 0, "a flow has a route and a weight");
  std::uint32_t slot = 0;
  if (free_.empty()) {
    slot = static_cast<std::uint32_t>(flows_.size());
    flows_.emplace_back();
  } else {
    slot = free_.back();
    free_.pop_back();
  }
  Flow& flow = flows_[slot];
  if (flow.block < route.size()) {
    flow.route = static_cast<std::uint32_t>(hops_.size());
    flow.block = static_cast<std::uint8_t>(route.size());
    hops_.resize(hops_.size() + route.size());
  }
  for (std::size_t i = 0; i < route.size(); ++i) hops_[flow.route + i] = route[i].index;
  flow.hops = static_cast<std::uint8_t>(route.size());
  flow.weight = weight;
  flow.level = kAbsent;
  flow.bottleneck = kNone;
  flow.listed = false;
  return slot;
}

void MaxMin::join(std::uint32_t slot) {
  Flow& flow = flows_[slot];
  flow.level = 0;
  for (const std::uint32_t index : hops(flow)) {
    Load& load = loads_[index];
    load.weight += flow.weight;
    ++load.count;
  }
  ++present_;
  started_.push_back(slot);
  unlisted_.push_back(slot);
}

void MaxMin::loosen(std::uint32_t index) {
  if (links_[index].loose) return;
  links_[index].loose = true;
  loosened_.push_back(index);
}

/// What its links owe to a flow goes back to them.
void MaxMin::release(std::uint32_t slot) {
  Flow& flow = flows_[slot];
  const double rate = flow.level * flow.weight;
  for (const std::uint32_t index : hops(flow)) {
    Load& load = loads_[index];
    Filling& link = filling_[index];
    // An empty link is exactly empty, whatever rounding has left.
    load.weight = --load.count == 0 ? 0 : load.weight - flow.weight;
    link.room = load.count == 0 ? links_[index].capacity : link.room + rate;
    loosen(index);
  }
  if (rooms_kept_ && flow.bottleneck != kNone) --links_[flow.bottleneck].bound;
  cut_ = std::min(cut_, flow.level);
  flow.level = kAbsent;
  free_.push_back(slot);
  --present_;
  if (flow.listed) --listed_;
}

void MaxMin::set_position(std::uint32_t slot, std::uint32_t link, std::uint32_t position) {
  std::uint32_t k = flows_[slot].route;
  while (hops_[k] != link) ++k;
  positions_[k] = position;
}

void MaxMin::unlist(std::uint32_t slot) {
  const Flow& flow = flows_[slot];
  for (std::uint32_t k = flow.route; k < flow.route + flow.hops; ++k) {
    std::vector<std::uint32_t>& list = links_[hops_[k]].flows;
    const std::uint32_t last = list.back();
    list[positions_[k]] = last;
    list.pop_back();
    if (last != slot) set_position(last, hops_[k], positions_[k]);
  }
}

/// The same for all flows that are gone, in one pass over the links that have lost any.
void MaxMin::unlist_absent() {
  for (const std::uint32_t index : loosened_) {
    std::vector<std::uint32_t>& list = links_[index].flows;
    std::uint32_t kept = 0;
    for (const std::uint32_t slot : list) {
      if (!on_links(slot)) continue;
      if (list[kept] != slot) set_position(slot, index, kept);
      list[kept++] = slot;
    }
    list.resize(kept);
  }
}

/// All flows leave at once: nothing is left to be kept, and no rate to be changed.
void MaxMin::empty() {
  std::fill(loads_.begin(), loads_.end(), Load{});
  if (listed_ > 0)
    for (Link& link : links_) link.flows.clear();
  for (const std::uint32_t index : loosened_) links_[index].loose = false;
  loosened_.clear();
  unlisted_.clear();
  present_ = listed_ = 0;
  rooms_kept_ = false;
}

void MaxMin::leave(std::span<const std::uint32_t> flows) {
  if (flows.size() == present_ && flows.size() * 16 > links_.size()) {
    for (const std::uint32_t slot : flows) flows_[slot].level = kAbsent;
    free_.insert(free_.end(), flows.begin(), flows.end());
    empty();
    return;
  }
  const bool together = flows.size() * 2 > listed_;
  for (const std::uint32_t slot : flows) {
    if (flows_[slot].listed && !together) unlist(slot);
    release(slot);
  }
  if (together) unlist_absent();
  if (unlisted_.size() > 64 && unlisted_.size() > 2 * (present_ - listed_)) {
    std::erase_if(unlisted_, [&](std::uint32_t slot) { return !on_links(slot) || flows_[slot].listed; });
    std::sort(unlisted_.begin(), unlisted_.end());
    unlisted_.erase(std::unique(unlisted_.begin(), unlisted_.end()), unlisted_.end());
  }
}

void MaxMin::set_capacity(std::uint32_t index, double capacity) {
  check(capacity >= 0, "a link's capacity is not negative");
  filling_[index].room += capacity - links_[index].capacity;
  links_[index].capacity = capacity;
  loosen(index);
  cut_ = 0;
  resized_ = true;
}

void MaxMin::list_flows() {
  if (unlisted_.empty()) return;
  positions_.resize(hops_.size());
  for (const std::uint32_t slot : unlisted_) {
    Flow& flow = flows_[slot];
    if (flow.listed || flow.level < 0) continue;
    flow.listed = true;
    ++listed_;
    for (std::uint32_t k = flow.route; k < flow.route + flow.hops; ++k) {
      std::vector<std::uint32_t>& list = links_[hops_[k]].flows;
      positions_[k] = static_cast<std::uint32_t>(list.size());
      list.push_back(slot);
    }
  }
  unlisted_.clear();
}

/// Rooms and bounds from the levels as they are: at first, and now and then, before rounding adds up.
void MaxMin::keep_rooms() {
  constexpr std::size_t kSolves = 256;
  if (rooms_kept_ && ++kept_solves_ < std::max({kSolves, flows_.size(), links_.size() / 16})) return;
  kept_solves_ = 0;
  rooms_kept_ = true;
  for (std::size_t l = 0; l < links_.size(); ++l) {
    filling_[l].room = links_[l].capacity;
    links_[l].bound = 0;
  }
  for (const Flow& flow : flows_) {
    if (flow.level < 0) continue;
    for (const std::uint32_t index : hops(flow)) filling_[index].room -= flow.level * flow.weight;
    if (flow.bottleneck == kNone) continue;
    ++links_[flow.bottleneck].bound;
    links_[flow.bottleneck].level = flow.level;
  }
}

double MaxMin::load(std::uint32_t index) {
  list_flows();
  double sum = 0;
  for (const std::uint32_t slot : links_[index].flows) sum += rate(slot);
  return sum;
}

}  // namespace gpufleet::sim
