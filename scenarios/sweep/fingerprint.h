// What a figure rests on beside its scenario, as short hashes over bytes: the data that every scenario is read with, and the
// files that one scenario names (a config.json, traces, rules, other scenarios). Neither paths nor times enter, so that equal
// data give equal hashes on every machine.
#pragma once

#include <cstddef>
#include <filesystem>
#include <mutex>
#include <string>
#include <unordered_map>
#include <vector>

#include "scenarios/data_paths.h"
#include "scenarios/raw_scenario.h"

namespace gpufleet::scenarios {

/// Sixteen hex digits of the shipped catalogs, fits, engines and stacks and of the user's calibrations. A few milliseconds.
std::string data_fingerprint(const DataPaths& data);

/// Files that scenarios name, each read once, however many scenarios name it. For any number of threads.
class NamedFiles {
 public:
  explicit NamedFiles(const DataPaths& data) : data_(data) {}

  /// Sixteen hex digits of every file that a text of the scenario names, and of those that these name; empty if there is none.
  /// A text that happens to be the name of a file counts: that costs a simulation at most.
  std::string fingerprint(const RawScenario& scenario);

 private:
  /// Adds the digest of what `text`, found in the file `stated_in`, names relative to it, to `folder` or to the scenarios.
  void add(const std::string& text, const std::filesystem::path& folder, const std::string& stated_in, std::size_t depth,
           std::string& digests);
  void add(const RawValue& value, const std::filesystem::path& folder, std::size_t depth, std::string& digests);
  std::string digest(const std::filesystem::path& file, std::size_t depth);

  const DataPaths& data_;
  std::mutex mutex_;
  std::unordered_map<std::string, std::string> known_;  ///< digests by text and place; empty: names no file
};

}  // namespace gpufleet::scenarios
