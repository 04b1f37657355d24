// Progressive filling: all open flows rise together until a link is full; its flows stop there, the others rise on.
#include <algorithm>
#include <limits>

#include "sim/net/max_min.h"
#include "sim/net/max_min_limits.h"

namespace gpufleet::sim {
namespace {

struct Higher {
  bool operator()(const std::pair<double, std::uint32_t>& a, const std::pair<double, std::uint32_t>& b) const {
    return a.first != b.first ? a.first > b.first : a.second > b.second;
  }
};

}  // namespace

/// Marks of this epoch. Flows: open, + 1 has its rate, + 2 joins in the next round. Links: reached, bit 0 is full, bit 1 has
/// flows outside the set.
void MaxMin::next_epoch() {
  epoch_ += 4;
  if (epoch_ < 0xFFFFFFF0U) return;
  epoch_ = 4;
  for (Filling& link : filling_) link.mark = 0;
  for (Flow& flow : flows_) flow.mark = 0;
}

inline void MaxMin::bind(Flow& flow, std::uint32_t index) {
  if (flow.bottleneck == index) return;
  if (flow.bottleneck != kNone) --links_[flow.bottleneck].bound;
  ++links_[index].bound;
  flow.bottleneck = index;
}

/// Gives `slot` its rate: it stops at `level` on `bottleneck`, and its links lose that much.
inline void MaxMin::give(std::uint32_t slot, std::uint32_t bottleneck, double level) {
  Flow& flow = flows_[slot];
  flow.mark = epoch_ + 1;
  flow.level = level;
  bind(flow, bottleneck);
  const double weight = flow.weight, rate = level * weight;
  for (const std::uint32_t index : hops(flow)) {
    Filling& link = filling_[index];
    link.room -= rate;
    link.open -= weight;
    link.top = level;  // levels only rise
    --link.left;
  }
  given_.push_back(slot);
}

/// All flows of a link that have no rate yet stop there.
void MaxMin::settle(std::uint32_t index, double level) {
  Link& link = links_[index];
  Filling& filling = filling_[index];
  filling.mark |= 1U;
  link.level = level;
  for (const std::uint32_t slot : link.flows) {
    if (flows_[slot].mark != epoch_) continue;
    give(slot, index, level);
    if (filling.left == 0) return;
  }
}

/// Gives all `unsolved_` open flows their rates, over `reached_`, whose rooms and open weights are set.
void MaxMin::fill() {
  given_.clear();
  const auto level_of = [&](std::uint32_t index) { return std::max(0.0, filling_[index].room) / filling_[index].open; };
  // The first level in one sweep: patterns of equal flows need no more.
  double lowest = std::numeric_limits<double>::infinity();
  heap_.clear();
  for (const std::uint32_t index : reached_) {
    if (filling_[index].left == 0) continue;
    heap_.emplace_back(level_of(index), index);
    lowest = std::min(lowest, heap_.back().first);
  }
  const double first = lowest * (1 + kEqualLevels);
  for (const auto& [level, index] : heap_)
    if (level <= first && filling_[index].left > 0) settle(index, lowest);
  if (given_.size() == unsolved_) return;
  // Keys only rise while filling, so a key that is out of date goes back with its new value.
  std::erase_if(heap_, [&](const auto& entry) { return filling_[entry.second].left == 0; });
  constexpr std::size_t kFew = 32;  // links that are searched faster than kept in order
  const bool ordered = heap_.size() > kFew;
  if (ordered) {
    for (auto& [level, index] : heap_) level = level_of(index);
    std::make_heap(heap_.begin(), heap_.end(), Higher{});
  }
  double floor = lowest;
  while (given_.size() < unsolved_) {
    if (ordered)
      std::pop_heap(heap_.begin(), heap_.end(), Higher{});
    else
      std::swap(heap_.back(), *std::max_element(heap_.begin(), heap_.end(), Higher{}));
    const auto [key, index] = heap_.back();
    const double level = filling_[index].left == 0 ? key : level_of(index);
    if (level > key * (1 + kEqualLevels)) {
      heap_.back().first = level;
      if (ordered) std::push_heap(heap_.begin(), heap_.end(), Higher{});
      continue;
    }
    heap_.pop_back();
    if (filling_[index].left == 0) continue;
    // Rounding may put a level a hair below the one before.
    floor = level > floor * (1 + kEqualLevels) ? level : floor;
    settle(index, floor);
  }
}

}  // namespace gpufleet::sim
