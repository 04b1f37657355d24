// RFC 4180 as a small state machine over the stream's buffer.
#include "hwprofiles/csv.h"

#include <algorithm>
#include <charconv>

namespace gpufleet::hw {

namespace {
constexpr int kEnd = std::char_traits<char>::eof();
constexpr std::size_t kLongestShown = 40;
}  // namespace

int CsvReader::get() {
  const int c = in_ == nullptr ? kEnd : in_->sbumpc();
  if (c == '\n') ++line_;
  return c;
}

CsvReader::Next CsvReader::skip_line(Next reason) {
  for (int c = get(); c != kEnd && c != '\n'; c = get()) {
  }
  return reason;
}

CsvReader::Next CsvReader::next(std::vector<std::string>& fields) {
  std::size_t count = 0;
  std::size_t length = 0;
  const auto open_field = [&] {
    if (count == fields.size()) fields.emplace_back();
    fields[count++].clear();
  };
  enum class State : std::uint8_t { start, plain, quoted, closed } state = State::start;
  record_line_ = line_;
  open_field();
  for (;;) {
    int c = get();
    if (at_start_) {
      at_start_ = false;
      if (c == 0xEF && in_->sgetc() == 0xBB) {  // byte-order mark of editors on Windows
        get();
        if (in_->sgetc() == 0xBF) get();
        c = get();
      }
    }
    if (c == '\r' && state != State::quoted && in_->sgetc() == '\n') c = get();
    if (state == State::quoted) {
      if (c == kEnd) return Next::open_quote;
      if (c == '"') {
        state = State::closed;
        continue;
      }
    } else if (c == '"') {
      if (state == State::plain) return skip_line(Next::bad_quote);
      if (state == State::closed) fields[count - 1].push_back('"');  // a doubled quote stands for one
      state = State::quoted;
      continue;
    } else if (c == ',') {
      if (++length > kLongestRecord) return skip_line(Next::too_long);
      open_field();
      state = State::start;
      continue;
    } else if (c == '\n' || c == kEnd) {
      const bool empty = count == 1 && fields[0].empty() && state == State::start;
      if (empty && c == kEnd) return Next::end;
      if (empty) {
        record_line_ = line_;
        continue;
      }
      fields.resize(count);
      return Next::record;
    } else if (state == State::closed) {
      return skip_line(Next::bad_quote);
    } else {
      state = State::plain;
    }
    if (++length > kLongestRecord) return c == '\n' ? Next::too_long : skip_line(Next::too_long);
    fields[count - 1].push_back(static_cast<char>(c));
  }
}

void append_csv_field(std::string& out, std::string_view field) {
  const bool quote = field.find_first_of(",\"\r\n") != std::string_view::npos ||
                     (!field.empty() && (field.front() == ' ' || field.back() == ' '));
  if (!quote) {
    out += field;
    return;
  }
  out += '"';
  for (const char c : field) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

void append_csv_text(std::string& out, std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = error == std::errc() && end == text.data() + text.size();
  const bool formula = text.size() > 1 && !is_number && std::string_view("=+-@\t\r").find(text.front()) != std::string_view::npos;
  append_csv_field(out, formula ? '\'' + std::string(text) : std::string(text));
}

std::string shown(std::string_view text) {
  std::string out = "\"";
  for (const char c : text.substr(0, kLongestShown)) out += c >= ' ' && c <= '~' ? c : '?';
  if (text.size() > kLongestShown) out += "...";
  return out + '"';
}

}  // namespace gpufleet::hw
