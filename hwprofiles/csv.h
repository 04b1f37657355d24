// RFC 4180 records from a stream, one at a time, in constant memory; and the quoting that the writers need. Accepts LF and CRLF,
// a missing last newline and a UTF-8 byte-order mark. Nothing here depends on the locale.
#pragma once

#include <cstddef>
#include <cstdint>
#include <istream>
#include <string>
#include <string_view>
#include <vector>

namespace gpufleet::hw {

class CsvReader {
 public:
  enum class Next : std::uint8_t {
    record,      ///< `fields` holds one record
    end,         ///< nothing is left
    too_long,    ///< the record exceeds kLongestRecord; it was skipped up to its line's end
    bad_quote,   ///< a quote inside an unquoted field or text after a closing quote; skipped up to the line's end
    open_quote,  ///< the file ends inside quotes
  };
  /// No honest row comes near this; it keeps junk without line ends from filling the memory.
  static constexpr std::size_t kLongestRecord = 1u << 16;

  /// The stream outlives the reader.
  explicit CsvReader(std::istream& in) : in_(in.rdbuf()) {}

  /// The next record that is not an empty line. `fields` is overwritten, its capacity reused.
  Next next(std::vector<std::string>& fields);
  /// Line on which the last record (or error) began, from 1.
  [[nodiscard]] std::uint32_t line() const { return record_line_; }

 private:
  int get();
  Next skip_line(Next reason);

  std::streambuf* in_;
  std::uint32_t line_ = 1;
  std::uint32_t record_line_ = 1;
  bool at_start_ = true;
};

/// Appends `field` to `out`, in quotes when it holds a comma, a quote, a line end, or a space at an end.
void append_csv_field(std::string& out, std::string_view field);

/// The same for a text that a person or a file chose, in tables for spreadsheets: what one would take for a formula (it begins
/// with = + - @ and is no number) gets an apostrophe in front. Not for files that are read back.
void append_csv_text(std::string& out, std::string_view text);

/// `text` as a message may show it: at most 40 bytes, anything but printable ASCII as '?', in double quotes.
std::string shown(std::string_view text);

}  // namespace gpufleet::hw
