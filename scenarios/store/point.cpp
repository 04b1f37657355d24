#include "scenarios/store/point.h"

#include <fmt/format.h>
#include <array>
#include <charconv>
#include <cmath>
#include <iterator>
#include <limits>

namespace gpufleet::scenarios {
namespace {

constexpr std::array<std::string_view, 4> kStatusNames{"pending", "done", "infeasible", "invalid"};

// JSON knows neither of these: a number beyond the range of doubles stands for infinity, null for what is no number.
constexpr std::string_view kNothing = "null", kInfinity = "1e999", kMinusInfinity = "-1e999";

void append_number(std::string& out, double value) {
  if (std::isnan(value))
    out += kNothing;
  else if (std::isinf(value))
    out += value > 0 ? kInfinity : kMinusInfinity;
  else
    fmt::format_to(std::back_inserter(out), "{}", value);
}

// Reads what to_row wrote and nothing else.
class MetricsReader {
 public:
  explicit MetricsReader(std::string_view text) : rest_(text) {}

  bool read(std::vector<PointMetric>& out) {
    if (!skip("[")) return false;
    if (skip("]")) return rest_.empty();
    do {
      PointMetric metric;
      if (!skip("[\"") || !name(metric.name) || !skip("\",") || !number(metric.estimate.value) || !skip(",") ||
          !number(metric.estimate.low) || !skip(",") || !number(metric.estimate.high) || !skip("]"))
        return false;
      out.push_back(std::move(metric));
    } while (skip(","));
    return skip("]") && rest_.empty();
  }

 private:
  bool skip(std::string_view expected) {
    if (!rest_.starts_with(expected)) return false;
    rest_.remove_prefix(expected.size());
    return true;
  }
  bool name(std::string& out) {
    const std::size_t end = rest_.find('"');
    if (end == std::string_view::npos) return false;
    out = std::string(rest_.substr(0, end));
    rest_.remove_prefix(end);
    return true;
  }
  bool number(double& out) {
    out = std::numeric_limits<double>::quiet_NaN();
    if (skip(kNothing)) return true;
    const bool minus = rest_.starts_with('-');
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), out);
    if (error == std::errc::result_out_of_range)
      out = minus ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity();
    else if (error != std::errc())
      return false;
    rest_.remove_prefix(static_cast<std::size_t>(end - rest_.data()));
    return true;
  }

  std::string_view rest_;
};

}  // namespace

std::string_view name(PointStatus status) { return kStatusNames[static_cast<std::size_t>(status)]; }

PointStatus point_status(std::string_view text) {
  for (const PointStatus status : {PointStatus::done, PointStatus::infeasible, PointStatus::invalid})
    if (text == name(status)) return status;
  return PointStatus::pending;
}

PointRow to_row(const StoredPoint& point) {
  PointRow out{point.key, point.status, point.message, "["};
  constexpr std::size_t kUsualLength = 80;
  out.metrics.reserve(kUsualLength * (point.metrics.size() + 1));
  for (const PointMetric& metric : point.metrics) {
    // Names are those of the metric table: words of letters, digits and underscores, which need no escapes.
    out.metrics += out.metrics.size() == 1 ? "[\"" : ",[\"";
    out.metrics += metric.name;
    out.metrics += '"';
    for (const double value : {metric.estimate.value, metric.estimate.low, metric.estimate.high}) {
      out.metrics += ',';
      append_number(out.metrics, value);
    }
    out.metrics += ']';
  }
  out.metrics += ']';
  return out;
}

std::optional<StoredPoint> from_row(PointRow row) {
  StoredPoint out{std::move(row.key), row.status, std::move(row.message), {}};
  if (!MetricsReader(row.metrics).read(out.metrics)) return std::nullopt;
  return out;
}

}  // namespace gpufleet::scenarios
