#include "scenarios/serving_trace.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

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

}  // namespace

std::string_view name(TraceFormat format) {
  constexpr std::array<std::string_view, 4> kNames{"azure", "burstgpt", "mooncake", "plain"};
  return kNames[static_cast<std::size_t>(format)];
}

Result<Trace> read_trace(std::istream& in, const std::string& name) {
  const auto fail = [&](std::uint32_t line, std::string message) {
    return Diagnostic{.where = {name, line, 1}, .key = "", .message = std::move(message), .hint = ""};
  };
  std::string line;
  if (!next_line(in, line)) return fail(0, "holds no trace");
  if (line.starts_with("\xEF\xBB\xBF")) line.erase(0, 3);
  const std::optional<Reader> reader = reader_for(trimmed(line));
  if (!reader)
    return fail(1,
                "is no trace: wants the header of Azure's, BurstGPT's or a plain trace (arrival_s,input_tokens,output_tokens), "
                "or Mooncake's JSON lines");
  Trace out;
  out.format = reader->format;
  std::vector<Row> rows;
  std::uint32_t number = 1;
  const auto take = [&] {
    const std::string_view text = trimmed(line);
    if (text.empty()) return;
    std::optional<Row> row;
    if (text.size() <= kLongestLine) row = reader->row(text);
    if (row && sound(*row)) return rows.push_back(std::move(*row));
    if (++out.broken <= kNamedLines) {
      Diagnostic warning = fail(number, "is no request of this trace and is left out");
      warning.severity = Severity::warning;
      out.warnings.push_back(std::move(warning));
    }
  };
  if (!reader->header) take();
  while (next_line(in, line)) ++number, take();
  if (rows.empty()) return fail(1, "holds no sound request");
  std::ranges::stable_sort(rows, {}, &Row::seconds);
  const double start = rows.front().seconds;
  if (rows.back().seconds - start > kLongestTrace)
    return fail(1, fmt::format("spans {:.0f} days; at most {:.0f} can be simulated", (rows.back().seconds - start) / 86400,
                               kLongestTrace / 86400));
  for (Row& row : rows)
    out.requests.push_back({.arrival = to_time(Seconds(row.seconds - start)),
                            .prompt = static_cast<std::int32_t>(row.input),
                            .output = static_cast<std::int32_t>(row.output),
                            .session = static_cast<std::uint32_t>(out.requests.size()),
                            .blocks = std::move(row.blocks)});
  return out;
}

Result<Trace> read_trace_file(const std::filesystem::path& file) {
  std::error_code error;
  std::ifstream in;
  if (std::filesystem::is_regular_file(file, error)) in.open(file, std::ios::binary);  // devices and pipes may never end
  if (!in.is_open())
    return Diagnostic{.where = {file.string(), 0, 0}, .key = "", .message = "is no file that can be read", .hint = ""};
  return read_trace(in, file.string());
}

}  // namespace gpufleet::scenarios
