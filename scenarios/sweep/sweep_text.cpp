#include "scenarios/sweep/sweep_text.h"

#include <fmt/format.h>
#include <algorithm>

#include "hwprofiles/csv.h"
#include "hwprofiles/export_rules.h"
#include "scenarios/metrics.h"
#include "scenarios/output/json_writer.h"
#include "scenarios/output/number_text.h"
#include "scenarios/output/text_table.h"

namespace gpufleet::scenarios {
namespace {

constexpr std::size_t kTableMetrics = 6;

const Estimate* find_estimate(const StoredPoint& row, std::string_view name) {
  for (const PointMetric& metric : row.metrics)
    if (metric.name == name) return &metric.estimate;
  return nullptr;
}

// Metrics that any point gave, in the order of the metric table.
std::vector<std::string> given(const std::vector<StoredPoint>& rows) {
  std::vector<std::string> out;
  for (const MetricSpec& spec : metrics())
    if (std::any_of(rows.begin(), rows.end(), [&](const StoredPoint& row) { return find_estimate(row, spec.name) != nullptr; }))
      out.emplace_back(spec.name);
  return out;
}

std::vector<std::string> differing(const std::vector<StoredPoint>& rows) {
  std::vector<std::string> out;
  for (const std::string& name : given(rows)) {
    const Estimate* first = nullptr;
    bool differs = false;
    for (const StoredPoint& row : rows) {
      const Estimate* one = find_estimate(row, name);
      if (one == nullptr) continue;
      if (first == nullptr) first = one;
      differs = differs || one->value != first->value;
    }
    if (differs && out.size() < kTableMetrics) out.push_back(name);
  }
  return out.empty() ? given(rows) : out;
}

std::string quoted(const std::string& text) {
  std::string out;
  hw::append_csv_text(out, text);
  return out;
}

std::string column_of(const std::string& name) {
  const MetricSpec* spec = find_metric(name);
  return spec == nullptr ? name : column_name(*spec);
}

// Where fleets were judged by export law, whether or not that column is shown.
bool needs_notice(const std::vector<StoredPoint>& rows) {
  return std::any_of(rows.begin(), rows.end(), [](const auto& row) { return find_estimate(row, "legal_share") != nullptr; });
}

std::string table_text(const SweepRequest& request, const std::vector<StoredPoint>& rows, const std::vector<std::string>& shown) {
  std::vector<TextTable::Column> columns;
  for (const Axis& axis : request.axes) columns.push_back({axis.key, Align::right});
  columns.push_back({"status", Align::left});
  for (const std::string& name : shown) columns.push_back({column_of(name), Align::right});
  columns.push_back({"why", Align::left});
  TextTable table(columns);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    std::vector<std::string> cells;
    for (const std::string& value : request.points[i]) cells.push_back(value.empty() ? "-" : value);
    cells.emplace_back(name(rows[i].status));
    for (const std::string& metric : shown) {
      const Estimate* estimate = find_estimate(rows[i], metric);
      cells.push_back(estimate == nullptr ? "-" : number_text(estimate->value, std::max(3, deserved_digits(*estimate))));
    }
    cells.push_back(rows[i].message);
    table.row(std::move(cells));
  }
  return needs_notice(rows) ? fmt::format("{}\n{}\n", table.str(), hw::kExportNotice) : table.str();
}

std::string csv_text(const SweepRequest& request, const std::vector<StoredPoint>& rows, const std::vector<std::string>& shown) {
  std::string out;
  for (const Axis& axis : request.axes) out += fmt::format("{},", quoted(axis.key));
  out += "status";
  for (const std::string& name : shown) {
    const std::string column = column_of(name);
    out += fmt::format(",{0},{0}_low,{0}_high", column);
  }
  const bool notice = needs_notice(rows);
  out += notice ? ",why,notice\n" : ",why\n";
  for (std::size_t i = 0; i < rows.size(); ++i) {
    for (const std::string& value : request.points[i]) out += fmt::format("{},", quoted(value));
    out += name(rows[i].status);
    for (const std::string& metric : shown) {
      const Estimate* e = find_estimate(rows[i], metric);
      out += e == nullptr ? std::string(",,,") : fmt::format(",{},{},{}", e->value, e->low, e->high);
    }
    out += fmt::format(",{}", quoted(rows[i].message));
    if (notice) out += fmt::format(",{}", quoted(std::string(hw::kExportNotice)));
    out += '\n';
  }
  return out;
}

std::string json_text(const SweepRequest& request, const std::vector<StoredPoint>& rows, const std::vector<std::string>& shown) {
  JsonWriter json(JsonWriter::Layout::indented);
  json.begin_array();
  const bool notice = needs_notice(rows);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    json.begin_object().key("point").integer(static_cast<std::int64_t>(i)).key("values").begin_object();
    for (std::size_t a = 0; a < request.axes.size(); ++a)
      if (!request.points[i][a].empty()) json.key(request.axes[a].key).text(request.points[i][a]);
    json.end_object().key("status").text(name(rows[i].status));
    if (!rows[i].message.empty()) json.key("why").text(rows[i].message);
    if (notice) json.key("notice").text(hw::kExportNotice);
    json.key("metrics").begin_array();
    for (const std::string& metric : shown) {
      const Estimate* e = find_estimate(rows[i], metric);
      if (e == nullptr) continue;
      const MetricSpec* spec = find_metric(metric);
      json.begin_object().key("name").text(metric).key("value").number(e->value);
      json.key("unit").text(spec == nullptr ? "" : spec->unit).key("low").number(e->low).key("high").number(e->high).end_object();
    }
    json.end_array().end_object();
  }
  json.end_array();
  return json.str() + "\n";
}

std::string shown_number(const std::optional<double>& value) { return value ? number_text(*value, 4) : "-"; }

}  // namespace

std::string sweep_text(const SweepRequest& request, const std::vector<StoredPoint>& rows, const std::vector<std::string>& metrics,
                       Format format) {
  if (format == Format::table) return table_text(request, rows, metrics.empty() ? differing(rows) : metrics);
  const std::vector<std::string> shown = metrics.empty() ? given(rows) : metrics;
  return format == Format::csv ? csv_text(request, rows, shown) : json_text(request, rows, shown);
}

std::string tornado_text(const Tornado& tornado, const std::string& metric, Format format) {
  if (format == Format::json) {
    JsonWriter json(JsonWriter::Layout::indented);
    json.begin_object().key("metric").text(metric).key("base").number(tornado.base).key("bars").begin_array();
    for (const TornadoBar& bar : tornado.bars) {
      json.begin_object().key("key").text(bar.key).key("low_value").text(bar.low_value).key("high_value").text(bar.high_value);
      if (bar.at_low) json.key("at_low").number(*bar.at_low);
      if (bar.at_high) json.key("at_high").number(*bar.at_high);
      json.end_object();
    }
    json.end_array().end_object();
    return json.str() + "\n";
  }
  if (format == Format::csv) {
    std::string out = fmt::format("key,low_value,high_value,{0}_base,{0}_at_low,{0}_at_high\n", column_of(metric));
    const auto cell = [](const std::optional<double>& value) { return value ? fmt::format("{}", *value) : std::string(); };
    for (const TornadoBar& bar : tornado.bars)
      out += fmt::format("{},{},{},{},{},{}\n", quoted(bar.key), quoted(bar.low_value), quoted(bar.high_value), tornado.base,
                         cell(bar.at_low), cell(bar.at_high));
    return out;
  }
  TextTable table({{"key", Align::left},
                   {"low", Align::right},
                   {"high", Align::right},
                   {"at low", Align::right},
                   {"at high", Align::right},
                   {"swing", Align::right}});
  for (const TornadoBar& bar : tornado.bars)
    table.row({bar.key, bar.low_value, bar.high_value, shown_number(bar.at_low), shown_number(bar.at_high),
               bar.at_low && bar.at_high ? percent_text(bar.swing() / tornado.base) : "-"});
  return fmt::format("{} = {} as the scenario stands\n\n{}", column_of(metric), number_text(tornado.base, 4), table.str());
}

std::string sobol_text(const std::vector<SobolIndex>& indices, const std::string& metric, Format format) {
  if (format == Format::json) {
    JsonWriter json(JsonWriter::Layout::indented);
    json.begin_object().key("metric").text(metric).key("indices").begin_array();
    for (const SobolIndex& one : indices)
      json.begin_object().key("key").text(one.key).key("first").number(one.first).key("total").number(one.total).end_object();
    json.end_array().end_object();
    return json.str() + "\n";
  }
  if (format == Format::csv) {
    std::string out = "key,first_order,total\n";
    for (const SobolIndex& one : indices) out += fmt::format("{},{},{}\n", quoted(one.key), one.first, one.total);
    return out;
  }
  TextTable table({{"key", Align::left}, {"first order", Align::right}, {"total", Align::right}});
  for (const SobolIndex& one : indices) table.row({one.key, fmt::format("{:.3f}", one.first), fmt::format("{:.3f}", one.total)});
  return fmt::format("share of the variance of {}\n\n{}", metric, table.str());
}

}  // namespace gpufleet::scenarios
