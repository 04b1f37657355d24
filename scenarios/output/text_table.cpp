#include "scenarios/output/text_table.h"

#include <algorithm>

#include "core/check.h"

namespace gpufleet::scenarios {
namespace {

// UTF-8 continuation bytes do not begin a character.
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

}  // namespace

TextTable::TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}

void TextTable::row(std::vector<std::string> cells) {
  check(cells.size() == columns_.size(), "a table row has one cell a column");
  rows_.push_back(std::move(cells));
}

std::string TextTable::str() const {
  std::vector<std::size_t> widths;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    std::size_t widest = width(columns_[c].title);
    for (const auto& cells : rows_) widest = std::max(widest, width(cells[c]));
    widths.push_back(widest);
  }
  std::string out;
  const auto line = [&](const auto& cell_of) {
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      const std::string cell = cell_of(c);
      const std::string space(widths[c] - width(cell), ' ');
      out += columns_[c].align == Align::right ? space + cell : cell + space;
      out += "  ";
    }
    while (out.ends_with(' ')) out.pop_back();
    out += '\n';
  };
  line([&](std::size_t c) { return columns_[c].title; });
  line([&](std::size_t c) { return std::string(widths[c], '-'); });
  for (const auto& cells : rows_) line([&](std::size_t c) { return cells[c]; });
  return out;
}

}  // namespace gpufleet::scenarios
