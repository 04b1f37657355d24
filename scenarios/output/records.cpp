#include "scenarios/output/records.h"

#include <fmt/format.h>
#include <cmath>

#include "hwprofiles/csv.h"
#include "scenarios/output/json_writer.h"
#include "scenarios/output/number_text.h"
#include "scenarios/output/text_table.h"

namespace gpufleet::scenarios {
namespace {

std::string cell(const Field& field, int digits) {
  if (const std::string* text = std::get_if<std::string>(&field.value)) return *text;
  if (const std::int64_t* whole = std::get_if<std::int64_t>(&field.value)) return fmt::format("{}", *whole);
  const double number = std::get<double>(field.value);
  return std::isfinite(number) ? number_text(number, digits) : "";
}

void write_fields(JsonWriter& json, const Record& record) {
  for (const Field& field : record) {
    json.key(field.name);
    if (const std::string* text = std::get_if<std::string>(&field.value)) {
      json.text(*text);
    } else if (const std::int64_t* whole = std::get_if<std::int64_t>(&field.value)) {
      json.integer(*whole);
    } else {
      json.number(std::get<double>(field.value));
    }
  }
}

void write_json(JsonWriter& json, const Record& record) {
  json.begin_object();
  write_fields(json, record);
  json.end_object();
}

std::string csv(std::span<const Record> records) {
  std::string out;
  if (records.empty()) return out;
  for (std::size_t i = 0; i < records.front().size(); ++i) out += (i == 0 ? "" : ",") + records.front()[i].name;
  out += '\n';
  for (const Record& record : records) {
    for (std::size_t i = 0; i < record.size(); ++i) {
      if (i > 0) out += ',';
      if (const std::string* text = std::get_if<std::string>(&record[i].value)) {
        hw::append_csv_text(out, *text);
      } else if (const std::int64_t* whole = std::get_if<std::int64_t>(&record[i].value)) {
        out += fmt::format("{}", *whole);
      } else if (const double number = std::get<double>(record[i].value); std::isfinite(number)) {
        out += fmt::format("{}", number);
      }
    }
    out += '\n';
  }
  return out;
}

}  // namespace

std::string list_text(std::span<const Record> records, Format format, int digits) {
  if (format == Format::csv) return csv(records);
  if (format == Format::json) {
    JsonWriter json(JsonWriter::Layout::indented);
    json.begin_array();
    for (const Record& record : records) write_json(json, record);
    json.end_array();
    return json.str() + "\n";
  }
  std::vector<TextTable::Column> columns;
  if (!records.empty())
    for (const Field& field : records.front())
      columns.push_back({field.name, std::holds_alternative<std::string>(field.value) ? Align::left : Align::right});
  TextTable table(std::move(columns));
  for (const Record& record : records) {
    std::vector<std::string> cells;
    for (const Field& field : record) cells.push_back(cell(field, digits));
    table.row(std::move(cells));
  }
  return table.str();
}

std::string record_text(const Record& record, Format format, int digits) {
  if (format == Format::csv) return csv(std::span(&record, 1));
  if (format == Format::json) {
    JsonWriter json(JsonWriter::Layout::indented);
    write_json(json, record);
    return json.str() + "\n";
  }
  TextTable table({{"field", Align::left}, {"value", Align::left}});
  for (const Field& field : record)
    if (std::string text = cell(field, digits); !text.empty()) table.row({field.name, std::move(text)});
  return table.str();
}

std::string record_text(const Record& record, const std::string& list_name, std::span<const Record> list, Format format,
                        int digits) {
  if (format == Format::csv) return record_text(record, format, digits);
  if (format == Format::table) return record_text(record, format, digits) + "\n" + list_text(list, format, digits);
  JsonWriter json(JsonWriter::Layout::indented);
  json.begin_object();
  write_fields(json, record);
  json.key(list_name);
  json.begin_array();
  for (const Record& item : list) write_json(json, item);
  json.end_array();
  json.end_object();
  return json.str() + "\n";
}

}  // namespace gpufleet::scenarios
