// Flows in time: how much is left of each, and the one event of each group of flows that were given rates together.
#include "sim/net/flow_network.h"

#include <algorithm>
#include <cmath>

#include "core/check.h"

namespace gpufleet::sim {
namespace {

std::vector<double> per_picosecond(std::span<const BytesPerSecond> capacities) {
  std::vector<double> out;
  for (const BytesPerSecond capacity : capacities) out.push_back(capacity.value() / kPicosecondsPerSecond);
  return out;
}

}  // namespace

FlowNetwork::FlowNetwork(std::span<const BytesPerSecond> capacities) : sharing_(per_picosecond(capacities)) {}

void FlowNetwork::reserve(std::size_t flows, std::size_t hops) {
  sharing_.reserve(flows, hops);
  progress_.reserve(flows);
  completed_.reserve(flows);
  ended_.reserve(flows);
}

FlowId FlowNetwork::start(std::span<const LinkId> route, double bytes, double weight, Time latency, std::uint32_t tag) {
  check(bytes >= 0, "a flow has bytes");
  const std::uint32_t slot = sharing_.add(route, weight);
  if (slot >= progress_.size()) progress_.emplace_back();
  progress_[slot] = {bytes, 0, now_.value(), kNever, kNone, tag};
  ++active_;
  if (latency.value() > 0)
    queue_.push(now_ + latency, slot | kArrival);
  else
    join(slot);
  return FlowId(slot);
}

void FlowNetwork::join(std::uint32_t slot) {
  progress_[slot].since = now_.value();
  sharing_.join(slot);
}

void FlowNetwork::set_capacity(LinkId link, BytesPerSecond capacity) {
  sharing_.set_capacity(link.index, capacity.value() / kPicosecondsPerSecond);
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
  ended_.clear();
  for (const Completion& done : completed_) ended_.push_back(done.flow.index);
  sharing_.leave(ended_);
  active_ -= ended_.size();
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
  return BytesPerSecond(sharing_.on_links(id.index) ? sharing_.rate(id.index) * kPicosecondsPerSecond : 0);
}

BytesPerSecond FlowNetwork::load(LinkId id) {
  solve();
  return BytesPerSecond(sharing_.load(id.index) * kPicosecondsPerSecond);
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

/// Takes over new rates: progress so far at the old one, a new end, and one event for all flows that changed.
void FlowNetwork::solve() {
  constexpr double kSame = 1e-12;  // of the rate: below it the end moves by less than a picosecond in a second
  const std::span<const std::uint32_t> solved = sharing_.solve();
  if (solved.empty()) return;
  std::uint32_t group = kNone;
  std::int64_t earliest = kNever;
  const std::int64_t now = now_.value();
  for (const std::uint32_t slot : solved) {
    Progress& progress = progress_[slot];
    const double rate = sharing_.rate(slot);
    if (progress.group != kNone && std::abs(rate - progress.rate) <= kSame * rate) continue;
    if (progress.since != now)
      progress.remaining = std::max(0.0, progress.remaining - progress.rate * static_cast<double>(now - progress.since));
    progress.since = now;
    progress.rate = rate;
    if (group == kNone) {
      group = new_group();
      groups_[group].flows.reserve(solved.size());
    }
    progress.group = group;
    groups_[group].flows.push_back(slot);
    const double duration = progress.remaining == 0 ? 0 : progress.remaining / rate;
    progress.finish = kNever;
    if (duration < 9e18 - static_cast<double>(now)) {
      const auto whole = static_cast<std::int64_t>(duration);
      progress.finish = now + whole + (static_cast<double>(whole) < duration ? 1 : 0);
    }
    earliest = std::min(earliest, progress.finish);
  }
  touches_ += solved.size();
  if (earliest != kNever) {
    queue_.push(Time(earliest), group);
  } else if (group != kNone) {
    for (const std::uint32_t slot : groups_[group].flows) progress_[slot].group = kWaiting;
    groups_[group].flows.clear();
    free_groups_.push_back(group);
  }
}

}  // namespace gpufleet::sim
