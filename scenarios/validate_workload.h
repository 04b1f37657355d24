// Internal to the validation of [serving]: what users send, and how keys that name a choice or a count are read.
#pragma once

#include <algorithm>
#include <array>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "core/diagnostics.h"
#include "scenarios/typed_table.h"
#include "sim/serving/workload.h"

namespace gpufleet::scenarios {

/// The enumerator whose place in `names` is that of the key's value; the first where the value is absent or wrong.
template <class Enum, std::size_t N>
Enum chosen(const TypedTable& table, std::string_view key, const std::array<std::string_view, N>& names) {
  const std::string value = table.text(key).value_or(std::string(names[0]));
  const auto found = std::ranges::find(names, value);
  return static_cast<Enum>(found == names.end() ? 0 : found - names.begin());
}

inline int whole(const TypedTable& table, std::string_view key) { return static_cast<int>(table.integer(key).value_or(0)); }

/// "hours": 24 numbers that are not negative; empty where left out or wrong.
std::vector<double> day_of(const TypedTable& table, Diagnostics& sink);

/// [serving.workload]; a trace's file is relative to `folder`. Adds its problems to `sink` and fills in what could be read.
void read_workload(const TypedTable& table, const std::filesystem::path& folder, sim::Workload& out, Diagnostics& sink);

}  // namespace gpufleet::scenarios
