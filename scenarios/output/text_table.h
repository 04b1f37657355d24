// Columns that line up on a terminal; widths count characters, not bytes.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace gpufleet::scenarios {

enum class Align : std::uint8_t { left, right };

class TextTable {
 public:
  struct Column {
    std::string title;
    Align align = Align::left;
  };
  explicit TextTable(std::vector<Column> columns);

  /// Precondition: one cell a column.
  void row(std::vector<std::string> cells);
  [[nodiscard]] bool empty() const { return rows_.empty(); }
  /// Header, rule, rows; two spaces between columns, no trailing spaces.
  [[nodiscard]] std::string str() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace gpufleet::scenarios
