#include "scenarios/sweep/sensitivity.h"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <span>

#include "core/statistics.h"

namespace gpufleet::scenarios {
namespace {

std::optional<double> value_of(const StoredPoint& row, const std::string& metric) {
  if (row.status != PointStatus::done) return std::nullopt;
  for (const PointMetric& one : row.metrics)
    if (one.name == metric) return one.estimate.value;
  return std::nullopt;
}

Diagnostic missing(const StoredPoint& row, const std::string& metric, std::string_view which) {
  return {.where = {"--metric " + metric, 0, 0},
          .message = row.status == PointStatus::done ? fmt::format("{} has no metric \"{}\"", which, metric)
                                                     : fmt::format("{} could not run: {}", which, row.message),
          .hint = {}};
}

}  // namespace

Result<Tornado> make_tornado(const std::vector<Axis>& axes, const DesignPoints& points, const std::vector<StoredPoint>& rows,
                             const std::string& metric) {
  const auto base = value_of(rows.front(), metric);
  if (!base) return missing(rows.front(), metric, "the scenario itself");
  Tornado out{*base, {}};
  for (std::size_t a = 0; a < axes.size(); ++a)
    out.bars.push_back({axes[a].key, points[1 + 2 * a][a], points[2 + 2 * a][a], value_of(rows[1 + 2 * a], metric),
                        value_of(rows[2 + 2 * a], metric)});
  std::stable_sort(out.bars.begin(), out.bars.end(),
                   [](const TornadoBar& x, const TornadoBar& y) { return std::abs(x.swing()) > std::abs(y.swing()); });
  return out;
}

Result<std::vector<SobolIndex>> sobol_indices(const std::vector<Axis>& axes, const std::vector<StoredPoint>& rows,
                                              const std::string& metric) {
  const std::size_t n = rows.size() / (axes.size() + 2);
  std::vector<double> values;
  for (const StoredPoint& row : rows) {
    const auto value = value_of(row, metric);
    if (!value) return missing(row, metric, fmt::format("point {}", values.size()));
    values.push_back(*value);
  }
  const auto block = [&](std::size_t b) { return std::span<const double>(values).subspan(b * n, n); };
  Moments moments;
  for (const double value : std::span(values).first(2 * n)) moments.add(value);
  std::vector<SobolIndex> out;
  for (std::size_t k = 0; k < axes.size(); ++k) {
    double first = 0, total = 0;
    for (std::size_t i = 0; i < n; ++i) {
      const double a = block(0)[i], b = block(1)[i], mixed = block(k + 2)[i];
      first += (b - moments.mean()) * (mixed - a);
      total += (a - mixed) * (a - mixed);
    }
    const double variance = moments.variance() * static_cast<double>(n);
    out.push_back({axes[k].key, variance > 0 ? first / variance : 0.0, variance > 0 ? total / (2 * variance) : 0.0});
  }
  return out;
}

}  // namespace gpufleet::scenarios
