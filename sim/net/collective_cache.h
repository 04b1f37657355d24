// Times of collectives remembered by class: the same operation, size and placement on the same fabric takes the same time.
#pragma once

#include <map>
#include <tuple>

#include "sim/net/collective_time.h"

namespace gpufleet::sim {

/// One per fabric and thread.
class CollectiveCache {
 public:
  explicit CollectiveCache(const FabricModel& fabric) : fabric_(fabric) {}

  const CollectiveTime& operator()(CollectiveOp op, double bytes, const GroupPlacement& placement, CollectiveLibrary library) {
    const Key key{op, bytes, placement, library};
    const auto known = times_.find(key);
    if (known != times_.end()) return known->second;
    return times_.emplace(key, collective(fabric_, op, bytes, placement, library)).first->second;
  }
  [[nodiscard]] std::size_t classes() const { return times_.size(); }

 private:
  using Key = std::tuple<CollectiveOp, double, GroupPlacement, CollectiveLibrary>;
  FabricModel fabric_;
  std::map<Key, CollectiveTime> times_;
};

}  // namespace gpufleet::sim
