// The results store: one SQLite file with every result's metrics and JSON, found by what made it (scenario hash, seed, version).
// Write-ahead logging lets readers go on while a run writes; an interrupted write leaves the store as it was.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "scenarios/run_result.h"
#include "scenarios/store/point.h"

namespace gpufleet::scenarios {

struct StoredMetric {
  std::string name, unit, provenance;
  Estimate estimate;
};

struct StoredResult {
  std::int64_t id = 0;
  std::string title, scenario_name, scenario_hash, version;
  std::uint64_t seed = 0;
  std::string json;  ///< the whole result as `run --format json` prints it
  std::vector<StoredMetric> metrics;
};

class Database;

class Store {
 public:
  enum class Mode : std::uint8_t { read_only, read_write };

  /// Opens, and in read_write makes and migrates, the store. Errors: missing (read_only), not a store, another program's
  /// database (nothing is written to it), made by a newer gpufleet, not writable.
  static Result<Store> open(const std::string& file, Mode mode);

  Store(Store&&) noexcept;
  Store& operator=(Store&&) noexcept;
  ~Store();

  /// The result's number: that of the same result where the store holds it already, else a new one, also where only the title,
  /// the measured figures or the data behind the figures differ.
  /// Errors: disk full, read-only, locked by another program for longer than ten seconds.
  Result<std::int64_t> put(const RunResult& result);
  /// All results by number, without JSON and metrics.
  Result<std::vector<StoredResult>> list();
  /// Error: no such number.
  Result<StoredResult> get(std::int64_t id);

  /// All of them in one transaction: after it they outlive the program, before it none is there. Known keys stay as they are.
  Diagnostics put(std::span<const PointRow> points);
  /// Points whose key ends with `suffix`, by key. Error: the store is damaged.
  Result<std::vector<StoredPoint>> points(std::string_view suffix);

 private:
  explicit Store(std::unique_ptr<Database> database);
  std::unique_ptr<Database> database_;
};

}  // namespace gpufleet::scenarios
