#include "scenarios/report/safe_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace gpufleet::scenarios {
namespace {

struct CodePoint {
  char32_t value = 0;
  std::size_t length = 1;
};

// Broken sequences count as one character a byte.
CodePoint code_point_at(std::string_view text, std::size_t at) {
  const auto byte = static_cast<unsigned char>(text[at]);
  const std::size_t length = byte < 0x80 ? 1U : byte < 0xe0 ? 2U : byte < 0xf0 ? 3U : 4U;
  if (length == 1 || byte < 0xc2 || at + length > text.size()) return {byte, 1};
  auto value = static_cast<char32_t>(byte & (0xffU >> (length + 1)));
  for (std::size_t i = 1; i < length; ++i) value = (value << 6U) | (static_cast<unsigned char>(text[at + i]) & 0x3fU);
  return {value, length};
}

// Controls (but for line breaks and tabs), line and paragraph separators, and the marks, embeddings, overrides and isolates of
// Unicode TR 9.
bool commands(char32_t c) {
  if (c == U'\n' || c == U'\t') return false;
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c || (c >= 0x200e && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
         (c >= 0x2066 && c <= 0x2069);
}

// Hebrew to Syriac and their neighbours, with the presentation forms.
bool right_to_left(char32_t c) {
  return (c >= 0x590 && c <= 0x8ff) || (c >= 0xfb1d && c <= 0xfdff) || (c >= 0xfe70 && c <= 0xfeff) ||
         (c >= 0x10800 && c <= 0x10fff) || (c >= 0x1e800 && c <= 0x1efff);
}

std::string escape_markup(const std::string& text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

}  // namespace

std::string without_controls(const std::string& text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const CodePoint c = code_point_at(text, i);
    if (commands(c.value) && (c.length > 1 || c.value < 0x80))
      out += fmt::format("[U+{:04X}]", static_cast<std::uint32_t>(c.value));
    else
      out.append(text, i, c.length);
    i += c.length;
  }
  return out;
}

std::string escape_html(const std::string& text) { return escape_markup(without_controls(text)); }

std::string isolated_html(const std::string& text) { return fmt::format("<bdi>{}</bdi>", escape_html(text)); }

std::string isolated_plain(const std::string& text) {
  for (std::size_t i = 0; i < text.size();) {
    const CodePoint c = code_point_at(text, i);
    if (right_to_left(c.value)) return fmt::format("\xe2\x81\xa8{}\xe2\x81\xa9", without_controls(text));
    i += c.length;
  }
  return without_controls(text);
}

std::string isolated_attribute(const std::string& text) { return escape_markup(isolated_plain(text)); }

std::string breakable_name(const std::string& name) {
  std::string out;
  for (const char c : escape_html(name)) {
    out += c;
    if (c == '_') out += "<wbr>";
  }
  return out;
}

std::string escape_markdown(const std::string& text) {
  std::string out;
  for (const char c : isolated_plain(text)) {
    if (std::string_view("\\|<>[]`*_~&").find(c) != std::string_view::npos) out += '\\';
    out += c == '\n' ? ' ' : c;
  }
  return out;
}

std::string fenced_markdown(const std::string& text, const std::string& language) {
  std::size_t longest = 0, run = 0;
  for (const char c : text) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const std::string fence(std::max<std::size_t>(3, longest + 1), '`');
  const std::string body = without_controls(text);
  return fmt::format("{}{}\n{}{}{}\n", fence, language, body, body.ends_with('\n') ? "" : "\n", fence);
}

}  // namespace gpufleet::scenarios
