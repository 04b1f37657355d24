// Points that the store held when a sweep began.
#pragma once

#include <string>
#include <unordered_map>

#include "core/result.h"
#include "scenarios/store/store.h"

namespace gpufleet::scenarios {

using KnownPoints = std::unordered_map<std::string, StoredPoint>;

/// By key, those whose key ends with `suffix`; none without a store.
inline Result<KnownPoints> known_points(Store* store, std::string_view suffix) {
  KnownPoints out;
  if (store == nullptr) return out;
  Result<std::vector<StoredPoint>> stored = store->points(suffix);
  if (!stored) return stored.diagnostics();
  for (StoredPoint& point : *stored) {
    std::string key = point.key;
    out.emplace(std::move(key), std::move(point));
  }
  return out;
}

}  // namespace gpufleet::scenarios
