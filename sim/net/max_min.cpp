// Max-min fair rates by progressive filling: all open flows rise together until a link is full; its flows stop there, the others
// rise on (Bertsekas & Gallager 6.5.2). Two ways to choose which flows are opened: around the change, grown until every flow has
// its certificate; or all that a change can reach through links and flows whose rate per weight is not below the cut.
#include <algorithm>
#include <cmath>
#include <limits>

#include "sim/net/flow_network.h"

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
  if (resized_ || !solve_locally()) solve_component();
  resized_ = false;
  commit();
  started_.clear();
  loosened_.clear();
  cut_ = std::numeric_limits<double>::infinity();
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
void FlowNetwork::give(std::uint32_t slot, std::uint32_t bottleneck, double level) {
  Flow& flow = flows_[slot];
  flow.mark = epoch_ + 1;  // has its rate
  solved_[slot] = {level, bottleneck};
  const double rate = level * flow.weight;
  const Hop* hop = &hops_[flow.route];
  for (std::uint32_t i = 0; i < flow.hops; ++i) {
    Link& link = links_[hop[i].link];
    link.room -= rate;
    link.open -= flow.weight;
  }
  --unsolved_;
}

/// Progressive filling of `set_` over `reached_`, whose rooms and open weights are set.
void FlowNetwork::fill() {
  unsolved_ = set_.size();
  const auto level_of = [](const Link& link) { return std::max(0.0, link.room) / link.open; };
  const auto settle = [&](std::uint32_t index, double level) {
    Link& link = links_[index];
    link.filled = true;
    link.level = level;
    for (const std::uint32_t slot : link.flows)
      if (flows_[slot].mark == epoch_) give(slot, index, level);
    link.open = 0;
  };
  // The first level in one sweep: patterns of equal flows need no more.
  double lowest = std::numeric_limits<double>::infinity();
  heap_.clear();
  for (const std::uint32_t index : reached_) {
    const Link& link = links_[index];
    if (link.open <= 0) continue;
    heap_.emplace_back(level_of(link), index);
    lowest = std::min(lowest, heap_.back().first);
  }
  const double first = lowest * (1 + kEqual);
  for (const auto& [level, index] : heap_) {
    if (unsolved_ == 0) return;
    if (level <= first && links_[index].open > 0) settle(index, lowest);
  }
  if (unsolved_ == 0) return;
  // Keys only rise while filling, so a key that is out of date goes back with its new value.
  std::erase_if(heap_, [&](const auto& entry) { return links_[entry.second].open <= 0; });
  for (auto& [level, index] : heap_) level = level_of(links_[index]);
  std::make_heap(heap_.begin(), heap_.end(), Higher{});
  double floor = lowest;
  while (unsolved_ > 0) {
    std::pop_heap(heap_.begin(), heap_.end(), Higher{});
    const auto [key, index] = heap_.back();
    heap_.pop_back();
    const Link& link = links_[index];
    if (link.open <= 0) continue;
    const double level = level_of(link);
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

void FlowNetwork::solve_component() {
  // A new flow cannot stop below an even share of any of its links: lower levels stay as they are.
  for (const std::uint32_t slot : started_) {
    const Flow& flow = flows_[slot];
    for (std::uint32_t i = 0; i < flow.hops; ++i) {
      const Link& link = links_[hops_[flow.route + i].link];
      cut_ = std::min(cut_, link.capacity / link.weight);
    }
  }
  const double cut = cut_ * (1 - 2 * kEqual);
  next_epoch();
  set_.clear();
  reached_.clear();
  for (const std::uint32_t index : loosened_) visit(index);
  for (const std::uint32_t slot : started_) {
    for (std::uint32_t i = 0; i < flows_[slot].hops; ++i) visit(hops_[flows_[slot].route + i].link);
  }
  for (std::size_t next = 0; next < reached_.size(); ++next) {
    Link& link = links_[reached_[next]];
    link.room = link.capacity;
    link.open = 0;
    for (const std::uint32_t slot : link.flows) {
      Flow& flow = flows_[slot];
      if (flow.level < cut) {
        link.room -= flow.level * flow.weight;
        continue;
      }
      link.open += flow.weight;
      if (flow.mark == epoch_) continue;
      flow.mark = epoch_;
      set_.push_back(slot);
      for (std::uint32_t i = 0; i < flow.hops; ++i) visit(hops_[flow.route + i].link);
    }
  }
  fill();
}

/// Rooms and open weights of all links of `set_`, the flows outside keeping their rates.
void FlowNetwork::open_links() {
  reached_.clear();
  for (const std::uint32_t slot : set_) {
    const Flow& flow = flows_[slot];
    for (std::uint32_t i = 0; i < flow.hops; ++i) visit(hops_[flow.route + i].link);
  }
  for (const std::uint32_t index : reached_) {
    Link& link = links_[index];
    link.room = link.capacity;
    link.open = 0;
    link.filled = false;
    for (const std::uint32_t slot : link.flows) {
      const Flow& flow = flows_[slot];
      if (flow.mark == epoch_)
        link.open += flow.weight;
      else
        link.room -= flow.level * flow.weight;
    }
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
  if (started_.size() + loosened_.size() > kLocalFlows) return false;
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
