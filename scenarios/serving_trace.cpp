#include "scenarios/serving_trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

namespace gpufleet::scenarios {
namespace {

constexpr std::size_t kNamedLines = 20;          // broken lines that get a diagnostic of their own
constexpr double kLongest = 16.0 * 1024 * 1024;  // tokens; no honest request comes near
constexpr std::size_t kLongestLine = 4u << 20;
constexpr double kLongestTrace = 30.0 * 86400;  // seconds; the longest workload that is simulated

struct Row {
  double seconds = 0, input = 0, output = 0;
  std::vector<std::uint64_t> blocks;
};

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.back() == '\r' || text.back() == ' ')) text.remove_suffix(1);
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  return text;
}

std::vector<std::string_view> fields(std::string_view line) {
  std::vector<std::string_view> out;
  while (true) {
    const std::size_t comma = line.find(',');
    out.push_back(trimmed(line.substr(0, comma)));
    if (comma == std::string_view::npos) return out;
    line.remove_prefix(comma + 1);
  }
}

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(value)) return std::nullopt;
  return value;
}

// "2023-11-16 18:17:03.9799600", with or without an offset such as +00:00, as seconds since 1970.
std::optional<double> timestamp(std::string_view text) {
  const auto part = [&](std::size_t at, std::size_t length) -> std::optional<int> {
    if (at + length > text.size()) return std::nullopt;
    int value = 0;
    const auto [end, error] = std::from_chars(text.data() + at, text.data() + at + length, value);
    return error == std::errc() && end == text.data() + at + length && value >= 0 ? std::optional(value) : std::nullopt;
  };
  if (text.size() < 19 || text[4] != '-' || text[7] != '-' || (text[10] != ' ' && text[10] != 'T') || text[13] != ':')
    return std::nullopt;
  const auto year = part(0, 4), month = part(5, 2), day = part(8, 2), hour = part(11, 2), minute = part(14, 2);
  const std::size_t end = text.find_first_of("+Z", 19);
  const auto seconds = number(text.substr(17, (end == std::string_view::npos ? text.size() : end) - 17));
  if (!year || !month || !day || !hour || !minute || !seconds) return std::nullopt;
  using namespace std::chrono;
  const year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                            std::chrono::day(static_cast<unsigned>(*day))};
  if (!date.ok()) return std::nullopt;
  const double days = static_cast<double>(sys_days(date).time_since_epoch().count());
  return days * 86400 + *hour * 3600.0 + *minute * 60.0 + *seconds;
}

struct Columns {
  std::size_t time = 0, input = 1, output = 2;
};

std::optional<Row> row_of(const std::vector<std::string_view>& cells, const Columns& columns, bool dates) {
  if (cells.size() <= std::max({columns.time, columns.input, columns.output})) return std::nullopt;
  const auto seconds = dates ? timestamp(cells[columns.time]) : number(cells[columns.time]);
  const auto input = number(cells[columns.input]), output = number(cells[columns.output]);
  if (!seconds || !input || !output) return std::nullopt;
  return Row{*seconds, *input, *output, {}};
}

std::optional<Row> mooncake_row(std::string_view line) {
  const nlohmann::json value = nlohmann::json::parse(line, nullptr, false);
  if (!value.is_object()) return std::nullopt;
  const auto get = [&](const char* key) -> std::optional<double> {
    const auto found = value.find(key);
    return found != value.end() && found->is_number() ? std::optional<double>(found->get<double>()) : std::nullopt;
  };
  const auto time = get("timestamp"), input = get("input_length"), output = get("output_length");
  if (!time || !input || !output) return std::nullopt;
  Row out{*time / 1e3, *input, *output, {}};
  if (const auto hashes = value.find("hash_ids"); hashes != value.end() && hashes->is_array())
    for (const auto& hash : *hashes) {
      if (!hash.is_number_integer() && !hash.is_number_unsigned()) return std::nullopt;
      out.blocks.push_back(hash.get<std::uint64_t>());
    }
  return out;
}

struct Reader {
  TraceFormat format = TraceFormat::plain;
  Columns columns;
  bool header = true;
  [[nodiscard]] std::optional<Row> row(std::string_view line) const {
    if (format == TraceFormat::mooncake) return mooncake_row(line);
    return row_of(fields(line), columns, format == TraceFormat::azure);
  }
};

std::optional<Reader> reader_for(std::string_view first) {
  if (!first.empty() && first.front() == '{') return Reader{TraceFormat::mooncake, {}, false};
  const auto cells = fields(first);
  const auto at = [&](std::string_view wanted) -> std::optional<std::size_t> {
    const auto found = std::ranges::find(cells, wanted);
    return found == cells.end() ? std::nullopt : std::optional<std::size_t>(static_cast<std::size_t>(found - cells.begin()));
  };
  const auto with = [&](TraceFormat format, std::string_view time, std::string_view input,
                        std::string_view output) -> std::optional<Reader> {
    const auto t = at(time), i = at(input), o = at(output);
    if (!t || !i || !o) return std::nullopt;
    return Reader{format, {*t, *i, *o}, true};
  };
  if (const auto azure = with(TraceFormat::azure, "TIMESTAMP", "ContextTokens", "GeneratedTokens")) return azure;
  if (const auto burst = with(TraceFormat::burstgpt, "Timestamp", "Request tokens", "Response tokens")) return burst;
  return with(TraceFormat::plain, "arrival_s", "input_tokens", "output_tokens");
}

bool sound(const Row& row) {
  constexpr double kYear9999 = 2.5e11;
  return row.seconds >= 0 && row.seconds <= kYear9999 && row.input >= 1 && row.output >= 1 && row.input <= kLongest &&
         row.output <= kLongest;
}

// The next line, of which no more than a little over kLongestLine is kept, so that a file without line ends does not fill the
// memory.
bool next_line(std::istream& in, std::string& line) {
  constexpr int kEnd = std::char_traits<char>::eof();
  line.clear();
  std::streambuf* bytes = in.rdbuf();
  int c = bytes->sbumpc();
  if (c == kEnd) return false;
  for (; c != kEnd && c != '\n'; c = bytes->sbumpc())
    if (line.size() <= kLongestLine) line += static_cast<char>(c);
  return true;
}

Diagnostic at_line(const std::string& file, std::uint32_t line, std::string message) {
  return {.where = {file, line, 1}, .key = "", .message = std::move(message), .hint = ""};
}

// The sound requests of a trace, line by line; what is broken is noted in the trace.
class Rows {
 public:
  Rows(std::istream& in, std::string name, Trace& trace) : in_(in), name_(std::move(name)), trace_(trace) {}

  /// Reads the first line; the message says why it begins no trace.
  Diagnostics begin() {
    if (!next_line(in_, line_)) return {at_line(name_, 0, "holds no trace")};
    if (line_.starts_with("\xEF\xBB\xBF")) line_.erase(0, 3);
    const std::optional<Reader> reader = reader_for(trimmed(line_));
    if (!reader)
      return {at_line(name_, 1,
                      "is no trace: wants the header of Azure's, BurstGPT's or a plain trace "
                      "(arrival_s,input_tokens,output_tokens), or Mooncake's JSON lines")};
    reader_ = *reader;
    trace_.format = reader->format;
    held_ = !reader->header;
    return {};
  }

  bool next(Row& out) {
    while (true) {
      if (!std::exchange(held_, false)) {
        if (!next_line(in_, line_)) return false;
        ++number_;
      }
      const std::string_view text = trimmed(line_);
      if (text.empty()) continue;
      std::optional<Row> row;
      if (text.size() <= kLongestLine) row = reader_.row(text);
      if (row && sound(*row)) {
        out = std::move(*row);
        return true;
      }
      if (++trace_.broken > kNamedLines) continue;
      trace_.warnings.push_back(at_line(name_, number_, "is no request of this trace and is left out"));
      trace_.warnings.back().severity = Severity::warning;
    }
  }
  [[nodiscard]] std::uint32_t line() const { return number_; }
  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  std::istream& in_;
  std::string name_, line_;
  Trace& trace_;
  Reader reader_;
  std::uint32_t number_ = 1;
  bool held_ = false;  ///< the first line is itself a request
};

// The same by time, equal times in the file's order, as long as none comes further back than what is held.
class RowsInTime {
 public:
  explicit RowsInTime(Rows& rows) : rows_(rows) {}

  bool next(Row& out) {
    constexpr std::size_t kHeldRows = 4096, kHeldBlocks = 1 << 20;
    Row row;
    while (heap_.size() < kHeldRows && blocks_ < kHeldBlocks && rows_.next(row)) {
      blocks_ += row.blocks.size();
      heap_.push_back({std::move(row), read_++});
      std::ranges::push_heap(heap_, later);
    }
    if (heap_.empty()) return false;
    std::ranges::pop_heap(heap_, later);
    out = std::move(heap_.back().row);
    blocks_ -= out.blocks.size();
    heap_.pop_back();
    return true;
  }

 private:
  struct Held {
    Row row;
    std::uint64_t index = 0;
  };
  static bool later(const Held& a, const Held& b) {
    return a.row.seconds > b.row.seconds || (a.row.seconds == b.row.seconds && a.index > b.index);
  }
  Rows& rows_;
  std::vector<Held> heap_;
  std::size_t blocks_ = 0;
  std::uint64_t read_ = 0;
};

void fill(sim::RequestDraft& out, Row& row, double start, std::uint64_t index) {
  out.arrival = to_time(Seconds(row.seconds - start));
  out.prompt = static_cast<std::int32_t>(row.input);
  out.output = static_cast<std::int32_t>(row.output);
  out.session = static_cast<std::uint32_t>(index);
  out.blocks = std::move(row.blocks);
}

std::optional<Diagnostic> too_long(const std::string& file, double seconds) {
  if (seconds <= kLongestTrace) return std::nullopt;
  return at_line(file, 1,
                 fmt::format("spans {:.0f} days; at most {:.0f} can be simulated", seconds / 86400, kLongestTrace / 86400));
}

// One reading of a trace from its file.
struct Reading {
  explicit Reading(const std::filesystem::path& file)
      : in(file, std::ios::binary), rows(in, file.string(), trace), in_time(rows) {}
  Trace trace;
  std::ifstream in;
  Rows rows;
  RowsInTime in_time;
  std::uint64_t given = 0;
};

// Devices and pipes may never end, and cannot be read twice.
Diagnostics unreadable(const std::filesystem::path& file) {
  std::error_code error;
  if (std::filesystem::is_regular_file(file, error) && std::ifstream(file).is_open()) return {};
  return {at_line(file.string(), 0, "is no file that can be read")};
}

}  // namespace

std::string_view name(TraceFormat format) {
  constexpr std::array<std::string_view, 4> kNames{"azure", "burstgpt", "mooncake", "plain"};
  return kNames[static_cast<std::size_t>(format)];
}

Result<Trace> read_trace(std::istream& in, const std::string& name) {
  Trace out;
  Rows source(in, name, out);
  if (Diagnostics problems = source.begin(); !problems.empty()) return problems;
  std::vector<Row> rows;
  for (Row row; source.next(row);) rows.push_back(std::move(row));
  if (rows.empty()) return at_line(name, 1, "holds no sound request");
  std::ranges::stable_sort(rows, {}, &Row::seconds);
  const double start = rows.front().seconds;
  if (const auto problem = too_long(name, rows.back().seconds - start)) return *problem;
  out.requests.resize(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) fill(out.requests[i], rows[i], start, i);
  return out;
}

Result<Trace> stream_trace_file(const std::filesystem::path& file) {
  if (Diagnostics problems = unreadable(file); !problems.empty()) return problems;
  Reading reading(file);
  if (Diagnostics problems = reading.rows.begin(); !problems.empty()) return problems;
  sim::TraceShape shape;
  double start = 0, last = 0;
  for (Row row; reading.in_time.next(row); last = row.seconds) {
    if (shape.requests++ == 0) start = last = row.seconds;
    if (row.seconds < last)
      return at_line(file.string(), reading.rows.line(),
                     "comes after later requests far above it: a long trace is read as a stream and must be in order of time");
    sim::RequestDraft draft;
    fill(draft, row, start, 0);
    shape.prompt += draft.prompt;
    shape.output += draft.output;
    shape.longest = std::max(shape.longest, draft.prompt + draft.output);
  }
  if (shape.requests == 0) return at_line(file.string(), 1, "holds no sound request");
  if (const auto problem = too_long(file.string(), last - start)) return *problem;
  shape.seconds = last - start;
  shape.prompt /= static_cast<double>(shape.requests);
  shape.output /= static_cast<double>(shape.requests);
  Trace out = std::move(reading.trace);
  out.stream.shape = shape;
  out.stream.open = [file, start] {
    auto again = std::make_shared<Reading>(file);
    const bool sound = again->rows.begin().empty();
    return [again, start, sound](sim::RequestDraft& draft) {
      Row row;
      if (!sound || !again->in_time.next(row)) return false;
      fill(draft, row, start, again->given++);
      return true;
    };
  };
  return out;
}

Result<Trace> read_trace_file(const std::filesystem::path& file) {
  if (Diagnostics problems = unreadable(file); !problems.empty()) return problems;
  constexpr std::uintmax_t kInMemory = 8 << 20;
  std::error_code error;
  if (const auto size = std::filesystem::file_size(file, error); !error && size > kInMemory) return stream_trace_file(file);
  std::ifstream in(file, std::ios::binary);
  return read_trace(in, file.string());
}

}  // namespace gpufleet::scenarios
