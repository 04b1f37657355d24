#include "sim/serving/prefix_cache.h"

namespace gpufleet::sim {

std::int64_t PrefixCache::peek(std::span<const std::uint64_t> blocks) const {
  std::int64_t found = 0;
  for (const std::uint64_t block : blocks) {
    if (!index_.contains(block)) break;
    ++found;
  }
  return found;
}

void PrefixCache::unlink(std::uint32_t node) {
  Node& n = nodes_[node];
  (n.before == kNone ? first_[n.tier] : nodes_[n.before].after) = n.after;
  (n.after == kNone ? last_[n.tier] : nodes_[n.after].before) = n.before;
  --held_[n.tier];
}

void PrefixCache::push_front(std::uint32_t node, int tier) {
  Node& n = nodes_[node];
  const auto t = static_cast<std::size_t>(tier);
  n.tier = static_cast<std::uint8_t>(tier);
  n.before = kNone;
  n.after = first_[t];
  (first_[t] == kNone ? last_[t] : nodes_[first_[t]].before) = node;
  first_[t] = node;
  ++held_[t];
}

// The oldest block of a full tier falls to the next; from the last it is gone.
void PrefixCache::overflow(int tier) {
  for (int t = tier; t < kCacheTiers; ++t) {
    const auto i = static_cast<std::size_t>(t);
    while (held_[i] > spec_.blocks[i]) {
      const std::uint32_t oldest = last_[i];
      unlink(oldest);
      if (t + 1 < kCacheTiers) {
        push_front(oldest, t + 1);
      } else {
        index_.erase(nodes_[oldest].block);
        free_.push_back(oldest);
      }
    }
  }
}

PrefixHit PrefixCache::use(std::span<const std::uint64_t> blocks) {
  PrefixHit hit;
  bool prefix = true;
  for (const std::uint64_t block : blocks) {
    const auto known = index_.find(block);
    if (known != index_.end()) {
      const std::uint32_t node = known->second;
      if (prefix) ++hit.blocks[nodes_[node].tier];
      unlink(node);
      push_front(node, 0);
      overflow(0);
      continue;
    }
    prefix = false;
    std::uint32_t node = 0;
    if (free_.empty()) {
      node = static_cast<std::uint32_t>(nodes_.size());
      nodes_.emplace_back();
    } else {
      node = free_.back();
      free_.pop_back();
    }
    nodes_[node].block = block;
    index_.emplace(block, node);
    push_front(node, 0);
    overflow(0);
  }
  return hit;
}

void PrefixCache::clear() { *this = PrefixCache(spec_); }

}  // namespace gpufleet::sim
