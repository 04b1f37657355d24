// The shipped model catalog, read once for all tests of the room.
#pragma once

#include <gtest/gtest.h>

#include "models/catalog.h"

namespace gpufleet::models {

inline const std::vector<Architecture>& shipped_models() {
  static const std::vector<Architecture> models = [] {
    Result<std::vector<Architecture>> loaded = load_architectures(std::string(GPUFLEET_SOURCE_DIR) + "/models/data");
    EXPECT_TRUE(loaded.ok()) << to_text(loaded.diagnostics());
    return loaded.ok() ? std::move(loaded).value() : std::vector<Architecture>{};
  }();
  return models;
}

inline const Architecture& model(std::string_view name) {
  const Architecture* found = find_architecture(shipped_models(), name);
  check(found != nullptr, "no such model in the catalog");
  return *found;
}

inline double relative_error(double value, double expected) { return std::abs(value / expected - 1); }

}  // namespace gpufleet::models
