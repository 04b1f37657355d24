// Max-min fair rates by progressive filling: all open flows rise together until a link is full; its flows stop there, the others
// rise on (Bertsekas & Gallager 6.5.2). Two ways to choose which flows are opened: around the change, grown until every flow has
// its certificate; or all that a change can reach through links and flows whose rate per weight is not below the cut.
#include "sim/net/flow_network.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace gpufleet::sim {
namespace {

/// Rates per weight this close (relative) are one level: what rounding makes of equal shares.
constexpr double kEqual = 1e-10;
/// Beyond these the local way costs more than the component.
constexpr std::size_t kLocalFlows = 96;
constexpr int kLocalRounds = 8;

struct Higher {
  bool operator()(const std::pair<double, std::uint32_t>& a, const std::pair<double, std::uint32_t>& b) const {
    return a.first != b.first ? a.first > b.first : a.second > b.second;
  }
};

}  // namespace

void FlowNetwork::solve() {
  if (started_.empty() && loosened_.empty()) return;
  const bool few = !resized_ && flows_near_change() <= kLocalFlows;
  if (!few || !solve_locally()) {
    const bool mostly_new = started_.size() * 2 > active_;
    if (mostly_new)
      cut_ = 0;
    else
      lower_cut();
    if (mostly_new || global_solves_ > 0)
      solve_globally();
    else
      solve_component();
  }
  commit();
  resized_ = false;
  for (const std::uint32_t index : loosened_) links_[index].loose = false;
  started_.clear();
  loosened_.clear();
  cut_ = std::numeric_limits<double>::infinity();
}

/// Flows on the links that have changed, counted until they are too many for the local way.
std::size_t FlowNetwork::flows_near_change() const {
  std::size_t count = started_.size();
  for (const std::uint32_t index : loosened_) {
    count += links_[index].flows.size();
    if (count > kLocalFlows) return count;
  }
  return count;
}

/// A new flow cannot stop below an even share of any of its links: lower levels stay as they are.
void FlowNetwork::lower_cut() {
  for (const std::uint32_t slot : started_) {
    const Flow& flow = flows_[slot];
    for (std::uint32_t i = 0; i < flow.hops; ++i) {
      const Link& link = links_[hops_[flow.route + i]];
      cut_ = std::min(cut_, link.capacity / link.weight);
    }
  }
}

/// Marks of this epoch: open, then epoch_ + 1 has its rate, epoch_ + 2 joins in the next round.
void FlowNetwork::next_epoch() {
  epoch_ += 4;
  if (epoch_ < 0xFFFFFFF0U) return;
  epoch_ = 4;
  for (Link& link : links_) link.mark = 0;
  for (Flow& flow : flows_) flow.mark = 0;
}

void FlowNetwork::include(std::uint32_t slot) {
  Flow& flow = flows_[slot];
  if (flow.mark == epoch_) return;
  flow.mark = epoch_;
  set_.push_back(slot);
}

void FlowNetwork::visit(std::uint32_t index) {
  Link& link = links_[index];
  if (link.mark == epoch_) return;
  link.mark = epoch_;
  reached_.push_back(index);
}

/// Gives `slot` its rate: it stops at `level` on `bottleneck`, and its other links lose that much.
inline void FlowNetwork::give(std::uint32_t slot, std::uint32_t bottleneck, double level) {
  Flow& flow = flows_[slot];
  flow.mark = epoch_ + 1;  // has its rate
  solved_[slot] = {level, bottleneck};
  const double weight = flow.weight, rate = level * weight;
  const std::uint32_t* hop = &hops_[flow.route];
  for (std::uint32_t i = 0; i < flow.hops; ++i) {
    Filling& link = filling_[hop[i]];
    link.room -= rate;
    link.open -= weight;
  }
  --unsolved_;
}

/// All flows of a link that have no rate yet stop there.
void FlowNetwork::settle(std::uint32_t index, double level) {
  Link& link = links_[index];
  link.filled = true;
  link.level = level;
  for (const std::uint32_t slot : link.flows)
    if (flows_[slot].mark == epoch_) give(slot, index, level);
  filling_[index].open = 0;
}

/// Progressive filling of `set_` over `reached_`, whose rooms and open weights are set.
void FlowNetwork::fill() {
  unsolved_ = set_.size();
  const auto level_of = [&](std::uint32_t index) { return std::max(0.0, filling_[index].room) / filling_[index].open; };
  // The first level in one sweep: patterns of equal flows need no more.
  double lowest = std::numeric_limits<double>::infinity();
  heap_.clear();
  for (const std::uint32_t index : reached_) {
    if (filling_[index].open <= 0) continue;
    heap_.emplace_back(level_of(index), index);
    lowest = std::min(lowest, heap_.back().first);
  }
  const double first = lowest * (1 + kEqual);
  for (const auto& [level, index] : heap_) {
    if (unsolved_ == 0) return;
    if (level <= first && filling_[index].open > 0) settle(index, lowest);
  }
  if (unsolved_ == 0) return;
  // Keys only rise while filling, so a key that is out of date goes back with its new value.
  std::erase_if(heap_, [&](const auto& entry) { return filling_[entry.second].open <= 0; });
  for (auto& [level, index] : heap_) level = level_of(index);
  std::make_heap(heap_.begin(), heap_.end(), Higher{});
  double floor = lowest;
  while (unsolved_ > 0) {
    std::pop_heap(heap_.begin(), heap_.end(), Higher{});
    const auto [key, index] = heap_.back();
    heap_.pop_back();
    if (filling_[index].open <= 0) continue;
    const double level = level_of(index);
    if (level > key * (1 + kEqual)) {
      heap_.emplace_back(level, index);
      std::push_heap(heap_.begin(), heap_.end(), Higher{});
      continue;
    }
    // Rounding may put a level a hair below the one before.
    floor = level > floor * (1 + kEqual) ? level : floor;
    settle(index, floor);
  }
}

/// Opens what the changed links reach through flows at or above the cut.
void FlowNetwork::solve_component() {
  const double cut = cut_ * (1 - 2 * kEqual);
  next_epoch();
  set_.clear();
  reached_.clear();
  for (const std::uint32_t index : loosened_) visit(index);
  for (const std::uint32_t slot : started_) {
    for (std::uint32_t i = 0; i < flows_[slot].hops; ++i) visit(hops_[flows_[slot].route + i]);
  }
  for (std::size_t next = 0; next < reached_.size(); ++next) {
    const Link& link = links_[reached_[next]];
    double room = link.capacity, open = 0;
    for (const std::uint32_t slot : link.flows) {
      Flow& flow = flows_[slot];
      if (flow.level < cut) {
        room -= flow.level * flow.weight;
        continue;
      }
      open += flow.weight;
      if (flow.mark == epoch_) continue;
      flow.mark = epoch_;
      set_.push_back(slot);
      for (std::uint32_t i = 0; i < flow.hops; ++i) visit(hops_[flow.route + i]);
    }
    filling_[reached_[next]] = {room, open};
  }
  // Where one component is most of the network, finding it again each time costs more than a plain sweep.
  constexpr int kSweeps = 64;
  if (set_.size() * 4 > active_) global_solves_ = kSweeps;
  fill();
}

/// Opens every flow at or above the cut, in one sweep over all.
void FlowNetwork::solve_globally() {
  const double cut = cut_ * (1 - 2 * kEqual);
  global_solves_ = std::max(0, global_solves_ - 1);
  next_epoch();
  set_.clear();
  reached_.clear();
  for (std::uint32_t index = 0; index < links_.size(); ++index) filling_[index] = {links_[index].capacity, 0};
  for (std::uint32_t slot = 0; slot < flows_.size(); ++slot) {
    Flow& flow = flows_[slot];
    if (flow.level < 0) continue;
    const std::uint32_t* hop = &hops_[flow.route];
    if (flow.level < cut) {
      const double rate = flow.level * flow.weight;
      for (std::uint32_t i = 0; i < flow.hops; ++i) filling_[hop[i]].room -= rate;
    } else {
      flow.mark = epoch_;
      set_.push_back(slot);
      for (std::uint32_t i = 0; i < flow.hops; ++i) filling_[hop[i]].open += flow.weight;
    }
  }
  for (std::uint32_t index = 0; index < links_.size(); ++index)
    if (filling_[index].open > 0) reached_.push_back(index);
  fill();
}

/// Rooms and open weights of all links of `set_`, the flows outside keeping their rates.
void FlowNetwork::open_links() {
  reached_.clear();
  for (const std::uint32_t slot : set_) {
    const Flow& flow = flows_[slot];
    for (std::uint32_t i = 0; i < flow.hops; ++i) visit(hops_[flow.route + i]);
  }
  for (const std::uint32_t index : reached_) {
    Link& link = links_[index];
    link.filled = false;
    double room = link.capacity, open = 0;
    for (const std::uint32_t slot : link.flows) {
      const Flow& flow = flows_[slot];
      if (flow.mark == epoch_)
        open += flow.weight;
      else
        room -= flow.level * flow.weight;
    }
    filling_[index] = {room, open};
  }
}

/// Adds to the set the flows outside it that have lost their certificate, or that keep another from having one.
bool FlowNetwork::grow_where_unfair() {
  const std::size_t before = set_.size();
  for (const std::uint32_t index : reached_) {
    const Link& link = links_[index];
    double highest = 0, used = 0;
    for (const std::uint32_t slot : link.flows) {
      const Flow& flow = flows_[slot];
      const double level = flow.mark == epoch_ + 1 ? solved_[slot].level : flow.level;
      highest = std::max(highest, level);
      used += level * flow.weight;
    }
    const bool full = used >= link.capacity * (1 - kEqual);
    for (const std::uint32_t slot : link.flows) {
      const Flow& flow = flows_[slot];
      if (flow.mark == epoch_ + 1 || flow.mark == epoch_ + 2) continue;
      const bool above = link.filled && flow.level > link.level * (1 + kEqual);
      const bool lost = flow.bottleneck == index && (!full || highest > flow.level * (1 + kEqual));
      if (!above && !lost) continue;
      flows_[slot].mark = epoch_ + 2;
      set_.push_back(slot);
    }
  }
  return set_.size() > before;
}

bool FlowNetwork::solve_locally() {
  next_epoch();
  set_.clear();
  for (const std::uint32_t slot : started_) include(slot);
  for (const std::uint32_t index : loosened_) {
    for (const std::uint32_t slot : links_[index].flows)
      if (flows_[slot].bottleneck == index || flows_[slot].mark == epoch_) include(slot);
    if (set_.size() > kLocalFlows) return false;
  }
  for (int round = 0; round < kLocalRounds; ++round) {
    open_links();
    fill();
    if (!grow_where_unfair()) return true;
    if (set_.size() > kLocalFlows) return false;
    next_epoch();
    for (const std::uint32_t slot : set_) flows_[slot].mark = epoch_;
  }
  return false;
}

}  // namespace gpufleet::sim
