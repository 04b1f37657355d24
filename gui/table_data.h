// A table as a value: what any view shows, copies and exports. Views make it by pure functions of results; one item model
// (table_model.h) shows it.
#pragma once

#include <QList>
#include <QString>
#include <QStringList>
#include <QVariant>
#include <optional>

namespace gpufleet::gui {

struct Cell {
  QString text;
  std::optional<double> number;  ///< to sort by, and in files
  QString hint;                  ///< shown on hover, and in the status bar by keyboard
  std::optional<double> delta;   ///< relative difference to the baseline, drawn as a bar
  enum class Mark : std::uint8_t { none, best, warning, error, heading, faint, estimate } mark = Mark::none;
  friend bool operator==(const Cell&, const Cell&) = default;
};

struct TableData {
  QStringList columns;
  QList<QList<Cell>> rows;  ///< one cell a column
  QList<QVariant> keys;     ///< what a row stands for (a scenario's id, a line); empty or one a row
  friend bool operator==(const TableData&, const TableData&) = default;
};

enum class TableForm : std::uint8_t { csv, tsv, markdown };
/// Numbers in full precision with a point; RFC 4180 quoting in CSV, tabs turned to spaces in TSV, pipes escaped in Markdown.
QString to_text(const TableData& table, TableForm form);

}  // namespace gpufleet::gui
