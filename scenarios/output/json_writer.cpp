#include "scenarios/output/json_writer.h"

#include <fmt/format.h>
#include <cmath>

#include "core/check.h"

namespace gpufleet::scenarios {

void JsonWriter::line_break() {
  if (layout_ == Layout::compact) return;
  out_ += '\n';
  out_.append(2 * has_members_.size(), ' ');
}

void JsonWriter::before_value() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (has_members_.empty()) return;
  if (has_members_.back()) out_ += ',';
  has_members_.back() = true;
  line_break();
}

void JsonWriter::begin(char bracket) {
  before_value();
  out_ += bracket;
  has_members_.push_back(false);
}

void JsonWriter::end(char bracket) {
  check(!has_members_.empty() && !after_key_, "JSON bracket closed that was not open");
  const bool any = has_members_.back();
  has_members_.pop_back();
  if (any) line_break();
  out_ += bracket;
}

JsonWriter& JsonWriter::begin_object() { return begin('{'), *this; }
JsonWriter& JsonWriter::end_object() { return end('}'), *this; }
JsonWriter& JsonWriter::begin_array() { return begin('['), *this; }
JsonWriter& JsonWriter::end_array() { return end(']'), *this; }

JsonWriter& JsonWriter::key(std::string_view name) {
  text(name);
  out_ += layout_ == Layout::compact ? ":" : ": ";
  after_key_ = true;
  return *this;
}

JsonWriter& JsonWriter::text(std::string_view value) {
  before_value();
  out_ += '"';
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out_ += '\\';
      out_ += c;
    } else if (c == '\n') {
      out_ += "\\n";
    } else if (c == '\t') {
      out_ += "\\t";
    } else if (byte < 0x20) {
      out_ += fmt::format("\\u{:04x}", byte);
    } else {
      out_ += c;
    }
  }
  out_ += '"';
  return *this;
}

JsonWriter& JsonWriter::number(double value) { return raw(std::isfinite(value) ? fmt::format("{}", value) : "null"); }
JsonWriter& JsonWriter::integer(std::int64_t value) { return raw(fmt::format("{}", value)); }
JsonWriter& JsonWriter::boolean(bool value) { return raw(value ? "true" : "false"); }

JsonWriter& JsonWriter::raw(std::string_view json) {
  before_value();
  out_ += json;
  return *this;
}

const std::string& JsonWriter::str() const {
  check(has_members_.empty() && !after_key_, "JSON text taken before its end");
  return out_;
}

}  // namespace gpufleet::scenarios
