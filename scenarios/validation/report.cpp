#include "scenarios/validation/report.h"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <functional>
#include <map>

#include "core/statistics.h"
#include "hwprofiles/csv.h"
#include "scenarios/output/json_writer.h"
#include "scenarios/output/number_text.h"
#include "scenarios/output/text_table.h"

namespace gpufleet::scenarios {
namespace {

constexpr int kDigits = 4;

std::string shortened(const std::string& text) {
  constexpr std::size_t kLongest = 60;
  if (text.size() <= kLongest) return text;
  std::size_t end = kLongest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end) + "…";
}

using Groups = std::map<std::string, ValidationSummary>;

Groups grouped(const ValidationReport& report, const std::function<std::string(const ValidationRow&)>& group_of) {
  std::map<std::string, std::vector<ValidationRow>> rows;
  for (const ValidationRow& row : report.rows)
    if (const std::string group = group_of(row); !group.empty()) rows[group].push_back(row);
  Groups groups;
  for (const auto& [group, members] : rows) groups[group] = summarise(members);
  return groups;
}

void append_groups(std::string& out, const ValidationReport& report, const std::string& title, const Groups& groups) {
  if (groups.empty()) return;
  std::vector<TextTable::Column> columns{{title, Align::left},
                                         {"rows", Align::right},
                                         {"median |error|", Align::right},
                                         {"90 %", Align::right},
                                         {"bias", Align::right}};
  const bool many = std::any_of(report.rows.begin(), report.rows.end(),
                                [](const ValidationRow& row) { return row.low < row.high; });  // there are intervals
  if (many) columns.push_back({"inside 10-90 %", Align::right});
  TextTable table(columns);
  for (const auto& [group, summary] : groups) {
    std::vector<std::string> cells{shortened(group), fmt::format("{}", summary.compared),
                                   fmt::format("{:.1f} %", summary.median_abs_error * 100),
                                   fmt::format("{:.1f} %", summary.p90_abs_error * 100), percent_text(summary.bias)};
    if (many) cells.push_back(fmt::format("{:.0f} %", summary.coverage_of_interval * 100));
    table.row(cells);
  }
  out += '\n';
  out += table.str();
}

void append_left_out(std::string& out, const ValidationReport& report) {
  if (report.left_out.empty()) return;
  TextTable table({{"left out", Align::left},
                   {"of", Align::left},
                   {"rows", Align::right},
                   {"median |error|", Align::right},
                   {"90 %", Align::right},
                   {"bias", Align::right},
                   {"inside 10-90 %", Align::right},
                   {"from", Align::left}});
  for (const LeftOut& row : report.left_out)
    table.row({row.left_out, row.what, fmt::format("{}", row.summary.compared),
               fmt::format("{:.1f} %", row.summary.median_abs_error * 100),
               fmt::format("{:.1f} %", row.summary.p90_abs_error * 100), percent_text(row.summary.bias),
               fmt::format("{:.0f} %", row.summary.coverage_of_interval * 100), shortened(row.from)});
  out += '\n';
  out += table.str();
}

std::string feature(const ValidationRow& row, const std::string& name) {
  for (const auto& [key, value] : row.features)
    if (key == name) return value;
  return {};
}

}  // namespace

ValidationSummary summarise(const std::vector<ValidationRow>& rows) {
  ValidationSummary out;
  out.compared = static_cast<int>(rows.size());
  if (rows.empty()) return out;
  std::vector<double> absolute, signed_errors;
  int covered = 0;
  for (const ValidationRow& row : rows) {
    absolute.push_back(std::fabs(row.error));
    signed_errors.push_back(row.error);
    if (row.measured >= row.low && row.measured <= row.high) ++covered;
  }
  constexpr double kP90 = 0.9;
  out.median_abs_error = median(absolute);
  out.p90_abs_error = quantile(absolute, kP90);
  out.bias = median(signed_errors);
  out.coverage_of_interval = static_cast<double>(covered) / static_cast<double>(rows.size());
  return out;
}

std::map<std::string, ValidationSummary> summaries_by_feature(const ValidationReport& report, const std::string& name) {
  return grouped(report, [&name](const ValidationRow& row) { return feature(row, name); });
}

std::vector<const ValidationRow*> missed(const ValidationReport& report) {
  std::vector<const ValidationRow*> out;
  for (const ValidationRow& row : report.rows)
    if (row.tolerance > 0 && std::fabs(row.error) > row.tolerance) out.push_back(&row);
  return out;
}

namespace {

void append_json_groups(JsonWriter& json, const std::string& by, const Groups& groups) {
  for (const auto& [group, summary] : groups)
    json.begin_object()
        .key("by")
        .text(by)
        .key("group")
        .text(group)
        .key("compared")
        .integer(summary.compared)
        .key("median_abs_error")
        .number(summary.median_abs_error)
        .key("p90_abs_error")
        .number(summary.p90_abs_error)
        .key("bias")
        .number(summary.bias)
        .key("coverage_of_interval")
        .number(summary.coverage_of_interval)
        .end_object();
}

}  // namespace

std::string to_json(const ValidationReport& report) {
  const ValidationSummary summary = summarise(report.rows);
  JsonWriter json(JsonWriter::Layout::indented);
  json.begin_object()
      .key("suite")
      .text(report.suite)
      .key("cases")
      .integer(report.cases)
      .key("compared")
      .integer(summary.compared);
  json.key("skipped").begin_array();
  for (const SkippedRow& row : report.skipped)
    json.begin_object().key("id").text(row.id).key("reason").text(row.reason).end_object();
  json.end_array();
  json.key("median_abs_error").number(summary.median_abs_error).key("p90_abs_error").number(summary.p90_abs_error);
  json.key("bias").number(summary.bias).key("coverage_of_interval").number(summary.coverage_of_interval);
  if (!report.left_out.empty()) {
    json.key("left_out").begin_array();
    for (const LeftOut& row : report.left_out)
      json.begin_object()
          .key("what")
          .text(row.what)
          .key("left_out")
          .text(row.left_out)
          .key("from")
          .text(row.from)
          .key("compared")
          .integer(row.summary.compared)
          .key("median_abs_error")
          .number(row.summary.median_abs_error)
          .key("p90_abs_error")
          .number(row.summary.p90_abs_error)
          .key("bias")
          .number(row.summary.bias)
          .key("coverage_of_interval")
          .number(row.summary.coverage_of_interval)
          .end_object();
    json.end_array();
  }
  json.key("groups").begin_array();
  append_json_groups(json, "source", grouped(report, [](const ValidationRow& row) { return row.source; }));
  if (!report.rows.empty())
    for (const auto& [name, value] : report.rows.front().features)
      append_json_groups(json, name, summaries_by_feature(report, name));
  append_json_groups(json, "metric", grouped(report, [](const ValidationRow& row) { return row.metric; }));
  json.end_array();
  json.key("rows").begin_array();
  for (const ValidationRow& row : report.rows) {
    json.begin_object().key("id").text(row.id).key("metric").text(row.metric).key("measured");
    if (row.measured_word.empty()) {
      if (row.measured_range.empty())
        json.number(row.measured);
      else
        json.text(row.measured_range);
      json.key("predicted").number(row.predicted).key("low").number(row.low).key("high").number(row.high);
    } else {
      json.text(row.measured_word)
          .key("predicted")
          .text(row.predicted_word)
          .key("low")
          .text(row.predicted_word)
          .key("high")
          .text(row.predicted_word);
    }
    json.key("error").number(row.error).key("source").text(row.source);
    if (!row.answer.empty()) json.key("answer").text(row.answer);
    json.end_object();
  }
  json.end_array();
  if (!report.notice.empty()) json.key("notice").text(report.notice);
  json.end_object();
  return json.str() + "\n";
}

std::string to_csv(const ValidationReport& report) {
  std::string out = "id,case,metric,unit,measured,predicted,low,high,error,source";
  out += report.notice.empty() ? "\n" : ",notice\n";
  for (const ValidationRow& row : report.rows) {
    for (const std::string* text : {&row.id, &row.case_file, &row.metric, &row.unit}) {
      hw::append_csv_text(out, *text);
      out += ',';
    }
    if (row.measured_word.empty()) {
      const std::string measured = row.measured_range.empty() ? fmt::format("{}", row.measured) : row.measured_range;
      out += fmt::format("{},{},{},{},{},", measured, row.predicted, row.low, row.high, row.error);
    } else {
      out += fmt::format("{},{},,,{},", row.measured_word, row.predicted_word, row.error);
    }
    hw::append_csv_text(out, row.source);
    if (!report.notice.empty()) out += ',', hw::append_csv_text(out, report.notice);
    out += '\n';
  }
  return out;
}

std::string to_table(const ValidationReport& report) {
  TextTable rows({{"id", Align::left},
                  {"metric", Align::left},
                  {"measured", Align::right},
                  {"predicted", Align::right},
                  {"10 % … 90 %", Align::left},
                  {"unit", Align::left},
                  {"error", Align::right},
                  {"source", Align::left}});
  for (const ValidationRow& row : report.rows) {
    if (report.listing == RowListing::summary) break;
    if (!row.measured_word.empty()) {
      if (row.error != 0)
        rows.row({row.id, row.metric, row.measured_word, row.predicted_word, "", "", "differs", shortened(row.source)});
      continue;
    }
    const int digits = deserved_digits({row.predicted, row.low, row.high});
    const std::string measured = row.measured_range.empty() ? number_text(row.measured, kDigits) : row.measured_range;
    rows.row({row.id, row.metric, measured, number_text(row.predicted, digits),
              row.low == row.high ? "" : fmt::format("{} … {}", number_text(row.low, digits), number_text(row.high, digits)),
              row.unit, percent_text(row.error), shortened(row.source)});
  }
  std::string out = rows.empty() ? std::string() : rows.str();
  for (const ValidationRow& row : report.rows)
    if (report.listing == RowListing::all && !row.answer.empty()) out += fmt::format("\n{} {}\n", row.id, row.answer);
  append_groups(out, report, "source", grouped(report, [](const ValidationRow& row) { return row.source; }));
  if (!report.rows.empty())
    for (const auto& [name, value] : report.rows.front().features)
      append_groups(out, report, name, summaries_by_feature(report, name));
  append_groups(out, report, "metric", grouped(report, [](const ValidationRow& row) { return row.metric; }));
  append_left_out(out, report);
  if (!report.skipped.empty()) {
    TextTable skipped({{"skipped", Align::left}, {"reason", Align::left}});
    for (const SkippedRow& row : report.skipped) skipped.row({row.id, row.reason});
    out += '\n';
    out += skipped.str();
  }
  const ValidationSummary summary = summarise(report.rows);
  out += fmt::format(
      "\n{}: {} cases, {} figures compared, {} skipped; median |error| {:.1f} %, 90 % of them within {:.1f} %, bias {}, {:.0f} % "
      "inside the 10-90 % interval\n",
      report.suite, report.cases, summary.compared, report.skipped.size(), summary.median_abs_error * 100,
      summary.p90_abs_error * 100, percent_text(summary.bias), summary.coverage_of_interval * 100);
  for (const ValidationRow* row : missed(report))
    out += fmt::format("missed: {} {} is {} off, asked for {:.0f} %\n", row->id, row->metric, percent_text(row->error),
                       row->tolerance * 100);
  if (!report.notice.empty()) out += report.notice + "\n";
  return out;
}

}  // namespace gpufleet::scenarios
