// Flows in time: who is on which link, how much is left, and the one event of each group of flows that were solved together.
#include "sim/net/flow_network.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/check.h"

namespace gpufleet::sim {

FlowNetwork::FlowNetwork(std::span<const BytesPerSecond> capacities) : links_(capacities.size()), filling_(capacities.size()) {
  for (std::size_t i = 0; i < capacities.size(); ++i) {
    check(capacities[i].value() >= 0, "a link's capacity is not negative");
    links_[i].capacity = capacities[i].value() / kPicosecondsPerSecond;
  }
}

FlowId FlowNetwork::start(std::span<const LinkId> route, double bytes, double weight, Time latency, std::uint32_t tag) {
  check(!route.empty() && bytes >= 0 && weight > 0, "a flow has a route, bytes and a weight");
  std::uint32_t slot = 0;
  const auto hops = static_cast<std::uint32_t>(route.size());
  if (free_.empty()) {
    slot = static_cast<std::uint32_t>(flows_.size());
    flows_.emplace_back();
    progress_.emplace_back();
    solved_.emplace_back();
    block_.push_back(0);
  } else {
    slot = free_.back();
    free_.pop_back();
  }
  Flow& flow = flows_[slot];
  if (block_[slot] < hops) {
    flow.route = static_cast<std::uint32_t>(hops_.size());
    hops_.resize(hops_.size() + hops);
    positions_.resize(hops_.size());
    block_[slot] = hops;
  }
  for (std::uint32_t i = 0; i < hops; ++i) hops_[flow.route + i] = route[i].index;
  flow.hops = hops;
  flow.weight = weight;
  flow.level = kAbsent;
  flow.bottleneck = kNone;
  progress_[slot] = {bytes, now_.value(), kNever, kNone, tag};
  ++active_;
  if (latency.value() > 0)
    queue_.push(now_ + latency, slot | kArrival);
  else
    join(slot);
  return FlowId(slot);
}

void FlowNetwork::join(std::uint32_t slot) {
  Flow& flow = flows_[slot];
  flow.level = std::numeric_limits<double>::infinity();
  progress_[slot].since = now_.value();
  for (std::uint32_t i = 0; i < flow.hops; ++i) {
    Link& link = links_[hops_[flow.route + i]];
    positions_[flow.route + i] = static_cast<std::uint32_t>(link.flows.size());
    link.flows.push_back(slot);
    link.weight += flow.weight;
  }
  started_.push_back(slot);
}

void FlowNetwork::loosen(std::uint32_t index) {
  if (links_[index].loose) return;
  links_[index].loose = true;
  loosened_.push_back(index);
}

void FlowNetwork::set_position(std::uint32_t slot, std::uint32_t link, std::uint32_t position) {
  std::uint32_t k = flows_[slot].route;
  while (hops_[k] != link) ++k;
  positions_[k] = position;
}

void FlowNetwork::retire(std::uint32_t slot) {
  cut_ = std::min(cut_, flows_[slot].level);
  flows_[slot].level = kAbsent;
  free_.push_back(slot);
  --active_;
}

void FlowNetwork::leave(std::uint32_t slot) {
  const Flow& flow = flows_[slot];
  for (std::uint32_t i = 0; i < flow.hops; ++i) {
    const std::uint32_t index = hops_[flow.route + i], position = positions_[flow.route + i];
    Link& link = links_[index];
    const std::uint32_t last = link.flows.back();
    link.flows[position] = last;
    link.flows.pop_back();
    link.weight = link.flows.empty() ? 0 : link.weight - flow.weight;
    loosen(index);
    if (last != slot) set_position(last, index, position);
  }
  retire(slot);
}

/// The same for all of `completed_`, by one pass over the links: cheaper where most flows end together.
void FlowNetwork::leave_together() {
  for (const Completion& done : completed_) retire(done.flow.index);
  for (std::uint32_t index = 0; index < links_.size(); ++index) {
    Link& link = links_[index];
    if (link.flows.empty()) continue;
    std::uint32_t kept = 0;
    double weight = 0;
    if (active_ > 0) {
      for (const std::uint32_t slot : link.flows) {
        if (flows_[slot].level < 0) continue;
        weight += flows_[slot].weight;
        set_position(slot, index, kept);
        link.flows[kept++] = slot;
      }
      if (kept == link.flows.size()) continue;
    }
    link.flows.resize(kept);
    link.weight = weight;
    loosen(index);
  }
}

void FlowNetwork::set_capacity(LinkId link, BytesPerSecond capacity) {
  check(capacity.value() >= 0, "a link's capacity is not negative");
  links_[link.index].capacity = capacity.value() / kPicosecondsPerSecond;
  loosen(link.index);
  cut_ = 0;
  resized_ = true;
}

void FlowNetwork::handle(const Event& event) {
  if ((event.payload & kArrival) != 0) {
    join(event.payload & ~kArrival);
    return;
  }
  end_members(event.payload, event.time.value());
  Group& group = groups_[event.payload];
  if (!group.flows.empty()) return;
  group.events = 0;
  group.sorted = false;
  free_groups_.push_back(event.payload);
}

/// Ends the members whose time has come and plans the group's next event. Flows that have moved to another group are dropped, so
/// the event may find that none of its own ends now. A group that lives on is sorted, to spare the search each time; most are
/// solved anew after their first event.
void FlowNetwork::end_members(std::uint32_t index, std::int64_t now) {
  constexpr std::size_t kWorthSorting = 16;
  Group& group = groups_[index];
  std::int64_t earliest = kNever;
  const auto finish = [&](std::uint32_t slot) {
    progress_[slot].group = kNone;
    completed_.push_back({FlowId(slot), progress_[slot].tag});
  };
  if (group.sorted) {
    for (; !group.flows.empty(); group.flows.pop_back()) {
      const std::uint32_t slot = group.flows.back();
      if (progress_[slot].group != index) continue;
      earliest = progress_[slot].finish;
      if (earliest > now) break;
      finish(slot);
    }
    if (!group.flows.empty() && earliest != kNever) queue_.push(Time(earliest), index);
    return;
  }
  std::size_t kept = 0;
  for (const std::uint32_t slot : group.flows) {
    if (progress_[slot].group != index) continue;
    if (progress_[slot].finish <= now) {
      finish(slot);
    } else {
      group.flows[kept++] = slot;
      earliest = std::min(earliest, progress_[slot].finish);
    }
  }
  group.flows.resize(kept);
  if (++group.events > 1 && kept > kWorthSorting) sort_by_end(group);
  if (earliest != kNever) queue_.push(Time(earliest), index);
}

void FlowNetwork::sort_by_end(Group& group) {
  std::sort(group.flows.begin(), group.flows.end(), [&](std::uint32_t a, std::uint32_t b) {
    const std::int64_t first = progress_[a].finish, second = progress_[b].finish;
    return first != second ? first > second : a > b;
  });
  group.sorted = true;
}

std::span<const Completion> FlowNetwork::finish_instant() {
  if (completed_.size() * 2 > active_ && completed_.size() > links_.size() / 8) {
    leave_together();
  } else {
    for (const Completion& done : completed_) leave(done.flow.index);
  }
  return completed_;
}

std::span<const Completion> FlowNetwork::run_next() {
  completed_.clear();
  while (completed_.empty()) {
    solve();
    if (active_ == 0 || queue_.empty()) break;
    do {
      const Event event = queue_.pop();
      now_ = event.time;
      handle(event);
    } while (queue_.more_now());
  }
  return finish_instant();
}

std::optional<Time> FlowNetwork::next_time() {
  solve();
  if (queue_.empty()) return std::nullopt;
  return queue_.next_time();
}

std::span<const Completion> FlowNetwork::advance(Time to) {
  completed_.clear();
  solve();
  check(to >= now_ && (queue_.empty() || to <= queue_.next_time()), "a network cannot be moved past its next event");
  now_ = to;
  while (!queue_.empty() && queue_.next_time() == to) handle(queue_.pop());
  return finish_instant();
}

BytesPerSecond FlowNetwork::rate(FlowId id) {
  solve();
  const Flow& flow = flows_[id.index];
  return BytesPerSecond(std::max(0.0, flow.level) * flow.weight * kPicosecondsPerSecond);
}

BytesPerSecond FlowNetwork::load(LinkId id) {
  solve();
  double sum = 0;
  for (const std::uint32_t slot : links_[id.index].flows) sum += flows_[slot].level * flows_[slot].weight;
  return BytesPerSecond(sum * kPicosecondsPerSecond);
}

std::uint32_t FlowNetwork::new_group() {
  if (free_groups_.empty()) {
    groups_.emplace_back();
    return static_cast<std::uint32_t>(groups_.size() - 1);
  }
  const std::uint32_t group = free_groups_.back();
  free_groups_.pop_back();
  return group;
}

/// Takes over the rates of `set_`: progress so far at the old rate, a new end, and one event for all that changed.
void FlowNetwork::commit() {
  constexpr double kSame = 1e-12;  // of the rate: below it the end moves by less than a picosecond in a second
  std::uint32_t group = kNone;
  std::int64_t earliest = kNever;
  const std::int64_t now = now_.value();
  for (const std::uint32_t slot : set_) {
    Flow& flow = flows_[slot];
    const double level = solved_[slot].level;
    flow.bottleneck = solved_[slot].bottleneck;
    if (std::abs(level - flow.level) <= kSame * level) continue;
    Progress& progress = progress_[slot];
    if (progress.since != now && progress.group != kNone)
      progress.remaining =
          std::max(0.0, progress.remaining - flow.level * flow.weight * static_cast<double>(now - progress.since));
    progress.since = now;
    flow.level = level;
    if (group == kNone) group = new_group();
    progress.group = group;
    groups_[group].flows.push_back(slot);
    const double duration = progress.remaining == 0 ? 0 : std::ceil(progress.remaining / (level * flow.weight));
    progress.finish = duration < 9e18 - static_cast<double>(now) ? now + static_cast<std::int64_t>(duration) : kNever;
    earliest = std::min(earliest, progress.finish);
  }
  touches_ += set_.size();
  if (earliest != kNever) {
    queue_.push(Time(earliest), group);
  } else if (group != kNone) {
    for (const std::uint32_t slot : groups_[group].flows) progress_[slot].group = kWaiting;
    groups_[group].flows.clear();
    free_groups_.push_back(group);
  }
}

}  // namespace gpufleet::sim
