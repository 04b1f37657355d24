// The text is parsed for the places of its values; a value's end is found by reading its token. The result is parsed again and
// the edit refused if it does not say what was asked.
#include "gui/toml_edit.h"

#include <fmt/format.h>
#include <algorithm>
#include <optional>
#include <vector>

#include "scenarios/raw_value.h"
#include "scenarios/toml_reader.h"

namespace gpufleet::gui {
namespace {

using scenarios::RawArray;
using scenarios::RawMember;
using scenarios::RawTable;
using scenarios::RawValue;

std::vector<std::string> components(std::string_view path) {
  std::vector<std::string> parts(1);
  for (const char c : path) {
    if (c == '.') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

bool is_index(const std::string& part) { return !part.empty() && part.find_first_not_of("0123456789") == std::string::npos; }

// Byte at a place; columns count characters.
std::size_t offset_of(std::string_view text, const SourceLocation& where) {
  std::size_t at = 0;
  for (std::uint32_t line = 1; line < where.line && at < text.size(); ++line) {
    const std::size_t end = text.find('\n', at);
    if (end == std::string_view::npos) return text.size();
    at = end + 1;
  }
  for (std::uint32_t column = 1; column < where.column && at < text.size(); ++column) {
    ++at;
    while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0) == 0x80) ++at;
  }
  return at;
}

std::size_t line_begin(std::string_view text, std::size_t at) {
  const std::size_t end = at == 0 ? std::string_view::npos : text.rfind('\n', at - 1);
  return end == std::string_view::npos ? 0 : end + 1;
}
std::size_t line_end(std::string_view text, std::size_t at) {
  const std::size_t end = text.find('\n', at);
  return end == std::string_view::npos ? text.size() : end + 1;
}

std::size_t string_end(std::string_view text, std::size_t at) {
  const char quote = text[at];
  const std::string triple(3, quote);
  if (text.substr(at).starts_with(triple)) {
    std::size_t end = text.find(triple, at + 3);
    if (end == std::string_view::npos) return text.size();
    end += 3;
    while (end < text.size() && text[end] == quote) ++end;
    return end;
  }
  for (++at; at < text.size() && text[at] != quote; ++at)
    if (quote == '"' && text[at] == '\\') ++at;
  return std::min(at + 1, text.size());
}

// Where the value that begins at `at` ends.
std::size_t value_end(std::string_view text, std::size_t at) {
  int depth = 0;
  const std::size_t begin = at;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '"' || c == '\'') {
      at = string_end(text, at);
      if (depth == 0) return at;
      continue;
    }
    if (c == '[' || c == '{') ++depth;
    if (c == ']' || c == '}') {
      if (depth == 0) break;
      if (--depth == 0) return at + 1;
    }
    if (c == '#') {
      if (depth == 0) break;
      at = line_end(text, at);
      continue;
    }
    if (depth == 0 && (c == ',' || c == '\n' || c == '\r')) break;
    ++at;
  }
  while (at > begin && (text[at - 1] == ' ' || text[at - 1] == '\t')) --at;
  return at;
}

// The dotted name of the header on the line that holds `at` ("fleet.pool" of "[[fleet.pool]]"), or nothing.
std::optional<std::string> header_at(std::string_view text, std::size_t at) {
  const std::size_t begin = line_begin(text, at);
  std::string_view line = text.substr(begin, line_end(text, begin) - begin);
  const std::size_t open = line.find_first_not_of(" \t");
  if (open == std::string_view::npos || line[open] != '[') return std::nullopt;
  line.remove_prefix(line.find_first_not_of(" \t["));
  std::string name;
  for (const char c : line.substr(0, line.find(']')))
    if (c != ' ' && c != '\t' && c != '"') name += c;
  return name;
}

std::string without_indices(const std::vector<std::string>& parts, std::size_t count) {
  std::string out;
  for (std::size_t i = 0; i < count; ++i) {
    if (is_index(parts[i])) continue;
    out += (out.empty() ? "" : ".") + parts[i];
  }
  return out;
}
std::string joined(const std::vector<std::string>& parts, std::size_t from) {
  std::string out;
  for (std::size_t i = from; i < parts.size(); ++i) out += (out.empty() ? "" : ".") + parts[i];
  return out;
}

// The path as far as the text has it; found[i] is the value of parts[0..i].
std::vector<const RawValue*> walk(const RawTable& root, const std::vector<std::string>& parts) {
  std::vector<const RawValue*> found;
  const RawTable* table = &root;
  const RawValue* value = nullptr;
  for (const std::string& part : parts) {
    if (value != nullptr && value->array() != nullptr) {
      if (!is_index(part) || std::stoul(part) >= value->array()->size()) return found;
      value = &(*value->array())[std::stoul(part)];
    } else {
      if (value != nullptr) table = value->table();
      value = table == nullptr ? nullptr : scenarios::find(*table, part);
      if (value == nullptr) return found;
    }
    found.push_back(value);
  }
  return found;
}

const RawMember* member_of(const RawTable& root, const std::vector<std::string>& parts) {
  std::vector<std::string> above(parts.begin(), parts.end() - 1);
  const std::vector<const RawValue*> found = walk(root, above);
  const RawTable* table = above.empty() ? &root : found.size() == above.size() ? found.back()->table() : nullptr;
  if (table == nullptr) return nullptr;
  for (const RawMember& member : table->members)
    if (member.key == parts.back()) return &member;
  return nullptr;
}

Diagnostic refusal(std::string_view path, std::string message) {
  return {.key = std::string(path), .message = std::move(message), .hint = "change it in the text"};
}

// Behind the last value that stands in the table's own lines (not in tables of headers of their own).
std::size_t body_end(std::string_view text, const RawTable& table, std::size_t header) {
  std::size_t end = line_end(text, header);
  for (const RawMember& member : table.members) {
    const std::size_t key = offset_of(text, member.key_where), value = offset_of(text, member.value.where);
    if (header_at(text, key) || header_at(text, value) || key < header) continue;
    end = std::max(end, line_end(text, value_end(text, value)));
  }
  return end;
}

// Whether an edit said exactly what was asked.
bool says(std::string_view text, const std::vector<std::string>& parts, std::string_view toml) {
  const Result<RawTable> root = scenarios::parse_toml(text, "");
  if (!root) return false;
  const std::vector<const RawValue*> found = walk(*root, parts);
  if (found.size() != parts.size()) return false;
  const Result<RawTable> wanted = scenarios::parse_toml(fmt::format("v = {}", toml), "");
  return wanted.ok() && scenarios::shown(*found.back()) == scenarios::shown(wanted->members.front().value);
}

std::string with_added(std::string text, const RawTable& root, const std::vector<std::string>& parts, std::string_view toml) {
  const std::vector<const RawValue*> found = walk(root, parts);
  // The nearest table above that stands in the text as a header, a list's member or in braces takes the key.
  for (std::size_t depth = found.size(); depth > 0; --depth) {
    const RawTable* table = found[depth - 1]->table();
    if (table == nullptr) continue;
    const std::size_t at = offset_of(text, found[depth - 1]->where);
    const std::string key = joined(parts, depth);
    if (at < text.size() && text[at] == '{') {
      const std::size_t brace = value_end(text, at) - 1;
      std::size_t last = brace;
      while (last > at + 1 && text[last - 1] == ' ') --last;
      return text.replace(last, brace - last, fmt::format("{}{} = {} ", last == at + 1 ? " " : ", ", key, toml));
    }
    if (header_at(text, at) != without_indices(parts, depth)) continue;
    const std::size_t end = body_end(text, *table, at);
    if (end > 0 && text[end - 1] != '\n') text += '\n';
    return text.insert(end, fmt::format("{} = {}\n", key, toml));
  }
  const auto index = std::find_if(parts.begin(), parts.end(), is_index);
  if (index != parts.end()) return {};
  if (parts.size() > 1) {
    if (!text.empty() && text.back() != '\n') text += '\n';
    const std::string table(joined(std::vector(parts.begin(), parts.end() - 1), 0));
    return text + fmt::format("\n[{}]\n{} = {}\n", table, parts.back(), toml);
  }
  std::size_t end = 0;
  for (const RawMember& member : root.members) {
    const std::size_t value = offset_of(text, member.value.where);
    if (!header_at(text, value)) end = std::max(end, line_end(text, value_end(text, value)));
  }
  if (end > 0 && text[end - 1] != '\n') text.insert(end++, "\n");
  return text.insert(end, fmt::format("{} = {}\n", parts.back(), toml));
}

}  // namespace

Result<std::string> set_value(std::string_view text, std::string_view path, std::string_view toml) {
  const Result<RawTable> root = scenarios::parse_toml(text, "");
  if (!root) return root.diagnostics();
  const std::vector<std::string> parts = components(path);
  const std::vector<const RawValue*> found = walk(*root, parts);
  std::string out(text);
  if (found.size() == parts.size()) {
    const std::size_t begin = offset_of(text, found.back()->where);
    out.replace(begin, value_end(text, begin) - begin, toml);
  } else {
    out = with_added(std::move(out), *root, parts, toml);
  }
  if (!says(out, parts, toml)) return refusal(path, "cannot be set here without touching other lines");
  return out;
}

Result<std::string> remove_value(std::string_view text, std::string_view path) {
  const Result<RawTable> root = scenarios::parse_toml(text, "");
  if (!root) return root.diagnostics();
  const std::vector<std::string> parts = components(path);
  const RawMember* member = member_of(*root, parts);
  std::string out(text);
  if (member == nullptr) return out;
  std::size_t begin = offset_of(text, member->key_where);
  if (header_at(text, begin)) return refusal(path, "is a table of its own");
  std::size_t end = value_end(text, offset_of(text, member->value.where));
  const std::size_t line = line_begin(text, begin);
  const bool alone =
      text.substr(line, begin - line).find_first_not_of(" \t\"abcdefghijklmnopqrstuvwxyz0123456789_-.") == std::string_view::npos;
  if (alone) {
    begin = line;
    end = line_end(text, end);
  } else {
    // Between braces: one of the two commas goes too.
    std::size_t after = end;
    while (after < text.size() && text[after] == ' ') ++after;
    if (after < text.size() && text[after] == ',') {
      end = after + 1;
      while (end < text.size() && text[end] == ' ') ++end;
    } else {
      std::size_t before = begin;
      while (before > 0 && text[before - 1] == ' ') --before;
      if (before > 0 && text[before - 1] == ',') begin = before - 1;
    }
  }
  out.erase(begin, end - begin);
  const Result<RawTable> again = scenarios::parse_toml(out, "");
  if (!out.empty() && (!again || member_of(*again, parts) != nullptr))
    return refusal(path, "cannot be taken out without touching other lines");
  return out;
}

std::string schema_path(std::string_view path) {
  std::string out;
  for (const std::string& part : components(path)) {
    if (is_index(part)) {
      out += "[]";
    } else {
      out += (out.empty() ? "" : ".") + part;
    }
  }
  return out;
}

std::string toml_value(std::string_view typed, const scenarios::KeySpec& key) {
  using scenarios::KeyType;
  const auto trimmed = [](std::string_view s) {
    const std::size_t begin = s.find_first_not_of(" \t"), end = s.find_last_not_of(" \t");
    return begin == std::string_view::npos ? std::string_view() : s.substr(begin, end - begin + 1);
  };
  const auto quoted = [](std::string_view s) {
    std::string out = "\"";
    for (const char c : s) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    return out + '"';
  };
  const std::string_view text = trimmed(typed);
  const bool written_as_toml =
      !text.empty() && (text.front() == '"' || text.front() == '\'' || text.front() == '[' || text.front() == '{');
  if (written_as_toml) return std::string(text);
  switch (key.type) {
    case KeyType::boolean:
      return text == "true" || text == "yes" ? "true" : text == "false" || text == "no" ? "false" : quoted(text);
    case KeyType::integer:
    case KeyType::number: {
      const bool bare = !text.empty() && scenarios::parse_toml(fmt::format("v = {}", text), "").ok() &&
                        text.find_first_not_of("+-0123456789.eE_") == std::string_view::npos;
      return bare ? std::string(text) : quoted(text);
    }
    case KeyType::choices: {
      if (text.find(',') == std::string_view::npos) return quoted(text);
      std::string out = "[";
      for (std::size_t at = 0; at <= text.size();) {
        const std::size_t comma = std::min(text.find(',', at), text.size());
        out += (out.size() > 1 ? ", " : "") + quoted(trimmed(text.substr(at, comma - at)));
        at = comma + 1;
      }
      return out + "]";
    }
    default: return quoted(text);
  }
}

}  // namespace gpufleet::gui
