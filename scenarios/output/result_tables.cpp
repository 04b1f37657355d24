#include "scenarios/output/result_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "hwprofiles/csv.h"
#include "hwprofiles/export_rules.h"
#include "scenarios/output/number_text.h"
#include "scenarios/output/run_text.h"
#include "scenarios/output/text_table.h"

namespace gpufleet::scenarios {
namespace {

constexpr int kDigits = 4;

std::string cell_text(const TableCell& cell) {
  if (const auto* text = std::get_if<std::string>(&cell)) return *text;
  const double value = std::get<double>(cell);
  return std::isfinite(value) ? number_text(value, kDigits) : "-";
}

std::string title(const TableColumn& column) {
  return column.unit.empty() ? column.name : fmt::format("{} {}", column.name, column.unit);
}

bool numeric(const ResultTable& table, std::size_t column) {
  return std::any_of(table.rows.begin(), table.rows.end(),
                     [&](const auto& row) { return std::holds_alternative<double>(row[column]); });
}

bool same_rows(const ResultTable& a, const ResultTable& b) {
  return a.columns == b.columns && std::equal(a.rows.begin(), a.rows.end(), b.rows.begin(), b.rows.end(),
                                              [](const auto& x, const auto& y) { return x.front() == y.front(); });
}

}  // namespace

// A screen holds so many rows of a long table; files hold all of them.
constexpr std::size_t kMostRows = 48;

std::string tables_text(const RunResult& result) {
  std::string out;
  for (const ResultTable& table : result.tables) {
    std::vector<TextTable::Column> columns;
    for (std::size_t c = 0; c < table.columns.size(); ++c)
      columns.push_back({title(table.columns[c]), numeric(table, c) ? Align::right : Align::left});
    TextTable text(std::move(columns));
    const std::size_t shown = std::min(kMostRows, table.rows.size());
    for (std::size_t r = 0; r < shown; ++r) {
      std::vector<std::string> cells;
      for (const TableCell& cell : table.rows[r]) cells.push_back(cell_text(cell));
      text.row(std::move(cells));
    }
    out += fmt::format("\n{}\n{}", table.name, text.str());
    if (shown < table.rows.size())
      out += fmt::format("{} more rows with --out FOLDER or --format json\n", table.rows.size() - shown);
  }
  return out;
}

std::string compared_tables_text(std::span<const RunResult> results) {
  std::string out;
  for (const ResultTable& first : results.front().tables) {
    std::vector<const ResultTable*> all;
    for (const RunResult& result : results)
      for (const ResultTable& table : result.tables)
        if (table.name == first.name && same_rows(table, first)) all.push_back(&table);
    if (all.size() != results.size()) continue;
    for (std::size_t c = 0; c < first.columns.size(); ++c) {
      if (first.columns[c].compared == TableColumn::Compared::no) continue;
      std::vector<TextTable::Column> columns{{first.columns.front().name, Align::left}};
      for (std::size_t i = 0; i < all.size(); ++i) columns.push_back({fmt::format("[{}]", i + 1), Align::right});
      TextTable text(std::move(columns));
      for (std::size_t r = 0; r < first.rows.size(); ++r) {
        std::vector<std::string> cells{cell_text(first.rows[r].front())};
        for (const ResultTable* table : all) cells.push_back(cell_text(table->rows[r][c]));
        text.row(std::move(cells));
      }
      out += fmt::format("\n{}: {}\n{}", first.name, title(first.columns[c]), text.str());
    }
  }
  return out;
}

std::string_view notice_of(const RunResult& result) {
  const auto& all = result.warnings;
  return std::find(all.begin(), all.end(), hw::kExportNotice) == all.end() ? std::string_view() : hw::kExportNotice;
}

std::string to_csv(const ResultTable& table, std::string_view notice) {
  const bool there = std::any_of(table.columns.begin(), table.columns.end(), [](const auto& c) { return c.name == "notice"; });
  const bool add = !notice.empty() && !there;
  std::string out;
  for (std::size_t c = 0; c < table.columns.size(); ++c) {
    std::string name = table.columns[c].name;
    if (!table.columns[c].unit.empty()) name += "_" + table.columns[c].unit;
    std::string field;
    for (const char letter : name) {
      if (letter == '/')
        field += "_per_";
      else
        field += letter == ' ' || letter == '\'' ? '_' : letter;
    }
    if (c > 0) out += ',';
    hw::append_csv_text(out, field);
  }
  if (add) out += ",notice";
  out += '\n';
  for (const auto& row : table.rows) {
    for (std::size_t c = 0; c < row.size(); ++c) {
      if (c > 0) out += ',';
      if (const auto* text = std::get_if<std::string>(&row[c]))
        hw::append_csv_text(out, *text);
      else if (std::isfinite(std::get<double>(row[c])))
        out += fmt::format("{}", std::get<double>(row[c]));
    }
    if (add) out += ',', hw::append_csv_text(out, notice);
    out += '\n';
  }
  return out;
}

}  // namespace gpufleet::scenarios
