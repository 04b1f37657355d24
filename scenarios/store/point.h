// One point of a sweep, as a value, as the row that the store keeps, and as the text of its metrics: a JSON array of
// [name, value, low, high] with every number in the shortest form that reads back the same.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/statistics.h"

namespace gpufleet::scenarios {

/// What became of one point of a sweep.
enum class PointStatus : std::uint8_t { pending, done, infeasible, invalid };
std::string_view name(PointStatus status);  ///< "pending", "done", "infeasible", "invalid"
/// `pending` for any other word.
PointStatus point_status(std::string_view name);

struct PointMetric {
  std::string name;
  Estimate estimate;
  friend bool operator==(const PointMetric&, const PointMetric&) = default;
};
/// One point of a sweep, by the hash of its scenario and whatever else its figures depend on.
struct StoredPoint {
  std::string key;
  PointStatus status = PointStatus::pending;
  std::string message;  ///< why it is infeasible or invalid
  std::vector<PointMetric> metrics;
  friend bool operator==(const StoredPoint&, const StoredPoint&) = default;
};

/// The same with its metrics rendered; made where the point was simulated, so that the one writer only copies.
struct PointRow {
  std::string key;
  PointStatus status = PointStatus::pending;
  std::string message, metrics;
  friend bool operator==(const PointRow&, const PointRow&) = default;
};
PointRow to_row(const StoredPoint& point);
/// Nothing if the text of the metrics is not one of to_row's.
std::optional<StoredPoint> from_row(PointRow row);

}  // namespace gpufleet::scenarios
