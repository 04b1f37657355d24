// Which flows are solved anew. Four ways, each exact: all at one level; around the change, grown until every flow has its
// certificate; what a change can reach through links and flows not below the cut; all that is not below the cut.
#include <algorithm>

#include "sim/net/max_min.h"
#include "sim/net/max_min_limits.h"

namespace gpufleet::sim {
namespace {

/// Beyond these the local way costs more than the component.
constexpr std::size_t kLocalFlows = 96;
constexpr int kLocalRounds = 8;

}  // namespace

std::span<const std::uint32_t> MaxMin::solve() {
  given_.clear();
  if (started_.empty() && loosened_.empty()) return given_;
  choose_way();
  resized_ = false;
  for (const std::uint32_t index : loosened_) links_[index].loose = false;
  started_.clear();
  loosened_.clear();
  cut_ = kNoCut;
  return given_;
}

void MaxMin::choose_way() {
  if (started_.size() * 2 > present_ && started_.size() * 16 > links_.size()) {
    sweeps_ = 0;
    solve_all();
    return;
  }
  list_flows();
  keep_rooms();
  if (!resized_ && flows_near_change() <= kLocalFlows) {
    if (solve_locally()) {
      ordered_ = false;
      return;
    }
    restore();
  }
  lower_cut();
  if (sweeps_ == 0) {
    solve_component();
    ordered_ = false;
  } else if (--sweeps_; ordered_) {
    solve_from_cut();
  } else {
    solve_all();
  }
}

/// Flows on the links that have changed, counted until they are too many for the local way.
std::size_t MaxMin::flows_near_change() const {
  std::size_t count = started_.size();
  for (const std::uint32_t index : loosened_) {
    count += loads_[index].count;
    if (count > kLocalFlows) return count;
  }
  return count;
}

/// A new flow cannot stop below an even share of any of its links: lower levels stay as they are.
void MaxMin::lower_cut() {
  for (const std::uint32_t slot : started_)
    for (const std::uint32_t index : hops(flows_[slot])) cut_ = std::min(cut_, links_[index].capacity / loads_[index].weight);
  cut_ *= 1 - 2 * kEqualLevels;
}

inline void MaxMin::visit(std::uint32_t index) {
  if (filling_[index].mark >= epoch_) return;
  filling_[index].mark = epoch_;
  reached_.push_back(index);
}

void MaxMin::include(std::uint32_t slot) {
  Flow& flow = flows_[slot];
  if (flow.mark == epoch_) return;
  flow.mark = epoch_;
  set_.push_back(slot);
  before_.push_back({flow.level, flow.bottleneck});
}

/// Takes a flow's rate back from its links, so that it can rise again.
inline void MaxMin::open(std::uint32_t slot) {
  const Flow& flow = flows_[slot];
  const double weight = flow.weight, rate = flow.level * weight;
  for (const std::uint32_t index : hops(flow)) {
    Filling& link = filling_[index];
    link.room += rate;
    link.open += weight;
    ++link.left;
  }
}

void MaxMin::open_set() {
  reached_.clear();
  for (const std::uint32_t slot : set_) {
    for (const std::uint32_t index : hops(flows_[slot])) {
      Filling& link = filling_[index];
      if (link.mark >= epoch_) continue;
      link.open = link.top = 0;
      link.left = 0;
      link.mark = epoch_;
      reached_.push_back(index);
    }
    open(slot);
  }
  for (const std::uint32_t index : reached_)
    if (filling_[index].left < loads_[index].count) filling_[index].mark |= 2U;
  unsolved_ = set_.size();
}

/// Adds to the set the flows outside it that have lost their certificate, or that keep another from having one.
bool MaxMin::grow_where_unfair() {
  const std::size_t before = set_.size();
  for (const std::uint32_t index : reached_) {
    const Filling& filling = filling_[index];
    const Link& link = links_[index];
    if ((filling.mark & 2U) == 0) continue;
    const bool filled = (filling.mark & 1U) != 0, full = filling.room <= link.capacity * kEqualLevels;
    if (!filled && (link.bound == 0 || (full && filling.top <= link.level * (1 + kEqualLevels)))) continue;
    for (const std::uint32_t slot : link.flows) {
      const Flow& flow = flows_[slot];
      if (flow.mark > epoch_) continue;
      const bool above = filled && flow.level > link.level * (1 + kEqualLevels);
      const bool lost = flow.bottleneck == index && (!full || filling.top > flow.level * (1 + kEqualLevels));
      if (!above && !lost) continue;
      before_.push_back({flow.level, flow.bottleneck});
      flows_[slot].mark = epoch_ + 2;
      set_.push_back(slot);
    }
  }
  return set_.size() > before;
}

bool MaxMin::solve_locally() {
  next_epoch();
  set_.clear();
  reached_.clear();
  before_.clear();
  for (const std::uint32_t slot : started_) include(slot);
  for (const std::uint32_t index : loosened_) {
    if (links_[index].bound > 0)
      for (const std::uint32_t slot : links_[index].flows)
        if (flows_[slot].bottleneck == index) include(slot);
    if (set_.size() > kLocalFlows) return false;
  }
  for (int round = 0; round < kLocalRounds; ++round) {
    open_set();
    fill();
    if (!grow_where_unfair()) return true;
    if (set_.size() > kLocalFlows) return false;
    next_epoch();
    for (const std::uint32_t slot : set_) flows_[slot].mark = epoch_;
  }
  return false;
}

/// Undoes what the local way has tried.
void MaxMin::restore() {
  for (std::size_t i = 0; i < set_.size(); ++i) {
    Flow& flow = flows_[set_[i]];
    const double more = (flow.level - before_[i].level) * flow.weight;
    for (const std::uint32_t index : hops(flow)) filling_[index].room += more;
    if (flow.bottleneck != kNone) --links_[flow.bottleneck].bound;
    flow.level = before_[i].level;
    flow.bottleneck = before_[i].bottleneck;
    if (flow.bottleneck == kNone) continue;
    ++links_[flow.bottleneck].bound;
  }
  for (const std::uint32_t index : reached_) {
    Link& link = links_[index];
    const auto bound =
        std::find_if(link.flows.begin(), link.flows.end(), [&](std::uint32_t slot) { return flows_[slot].bottleneck == index; });
    if (bound != link.flows.end()) link.level = flows_[*bound].level;
  }
  given_.clear();
}

/// Opens what the changed links reach through flows at or above the cut.
void MaxMin::solve_component() {
  next_epoch();
  set_.clear();
  reached_.clear();
  for (const std::uint32_t index : loosened_) visit(index);
  for (const std::uint32_t slot : started_) {
    flows_[slot].mark = epoch_;
    set_.push_back(slot);
    for (const std::uint32_t index : hops(flows_[slot])) visit(index);
  }
  for (std::size_t next = 0; next < reached_.size(); ++next) {
    const Link& link = links_[reached_[next]];
    Filling& filling = filling_[reached_[next]];
    filling.room = link.capacity;
    filling.open = 0;
    filling.left = 0;
    for (const std::uint32_t slot : link.flows) {
      Flow& flow = flows_[slot];
      if (flow.mark != epoch_ && flow.level < cut_) {
        filling.room -= flow.level * flow.weight;
        continue;
      }
      filling.open += flow.weight;
      ++filling.left;
      if (flow.mark == epoch_) continue;
      flow.mark = epoch_;
      set_.push_back(slot);
      for (const std::uint32_t index : hops(flow)) visit(index);
    }
  }
  // Where one component is most of the network, finding it again each time costs more than a plain sweep.
  constexpr int kSweeps = 64;
  if (set_.size() * 4 > present_ && set_.size() * 16 > links_.size()) sweeps_ = kSweeps;
  unsolved_ = set_.size();
  fill();
}

/// All links with open flows are reached.
void MaxMin::gather_open_links() {
  reached_.clear();
  for (std::uint32_t index = 0; index < links_.size(); ++index)
    if (filling_[index].left > 0) reached_.push_back(index);
}

/// Opens every flow at or above the cut: the tail of the flows in order of level.
void MaxMin::solve_from_cut() {
  next_epoch();
  for (Filling& link : filling_) {
    link.open = 0;
    link.left = 0;
  }
  unsolved_ = 0;
  const auto open_once = [&](std::uint32_t slot) {
    flows_[slot].mark = epoch_;
    ++unsolved_;
    open(slot);
  };
  for (const std::uint32_t slot : started_) open_once(slot);
  const auto tail = std::lower_bound(order_.begin(), order_.end(), cut_,
                                     [](const Ordered& entry, double level) { return entry.level < level; });
  // A slot may have been left, and used again, since it was put in order.
  for (auto entry = tail; entry != order_.end(); ++entry)
    if (flows_[entry->flow].level >= cut_ && flows_[entry->flow].mark != epoch_) open_once(entry->flow);
  order_.erase(tail, order_.end());
  gather_open_links();
  fill();
  for (const std::uint32_t slot : given_) order_.push_back({flows_[slot].level, slot});
}

/// Opens every flow.
void MaxMin::solve_all() {
  set_.clear();
  if (started_.size() == present_) {
    set_.swap(started_);
  } else {
    for (std::uint32_t slot = 0; slot < flows_.size(); ++slot)
      if (on_links(slot)) set_.push_back(slot);
  }
  ordered_ = false;
  if (solve_as_one_level()) return;
  list_flows();
  next_epoch();
  for (std::size_t l = 0; l < links_.size(); ++l) {
    filling_[l] = {links_[l].capacity, loads_[l].weight, 0, loads_[l].count, epoch_};
    links_[l].bound = 0;
  }
  for (const std::uint32_t slot : set_) {
    flows_[slot].mark = epoch_;
    flows_[slot].bottleneck = kNone;
  }
  rooms_kept_ = true;
  kept_solves_ = 0;
  gather_open_links();
  unsolved_ = set_.size();
  fill();
  if (sweeps_ == 0) return;
  order_.clear();
  for (const std::uint32_t slot : given_) order_.push_back({flows_[slot].level, slot});
  ordered_ = true;
}

/// Whether the links that are full at the first level stop all flows of the set: then no link needs to be filled at all.
bool MaxMin::solve_as_one_level() {
  double lowest = kNoCut;
  for (std::size_t l = 0; l < links_.size(); ++l)
    if (loads_[l].count > 0) lowest = std::min(lowest, links_[l].capacity / loads_[l].weight);
  const double first = lowest * (1 + kEqualLevels);
  for (std::size_t l = 0; l < links_.size(); ++l) tight_[l] = links_[l].capacity <= first * loads_[l].weight ? 1 : 0;
  const auto stops = [&](std::uint32_t slot) {
    const auto route = hops(flows_[slot]);
    return std::any_of(route.begin(), route.end(), [&](std::uint32_t index) { return tight_[index] != 0; });
  };
  if (!std::all_of(set_.begin(), set_.end(), stops)) return false;
  for (const std::uint32_t slot : set_) {
    const auto route = hops(flows_[slot]);
    flows_[slot].level = lowest;
    flows_[slot].bottleneck = *std::find_if(route.begin(), route.end(), [&](std::uint32_t index) { return tight_[index] != 0; });
  }
  rooms_kept_ = false;
  given_.swap(set_);
  return true;
}

}  // namespace gpufleet::sim
