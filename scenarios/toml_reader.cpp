// TOML text as raw values, with the place of each; what is not text, or would command a terminal, ends here.
#include "scenarios/toml_reader.h"

#include <fmt/format.h>
#include <algorithm>
#include <optional>
#include <utility>

#include "hwprofiles/toml_document.h"
#include "scenarios/text_file.h"

namespace gpufleet::scenarios {
namespace {

RawTable convert_table(hw::TomlTable&& table);

RawValue convert(hw::TomlValue&& value) {
  RawValue out;
  out.where = std::move(value.where);
  struct Convert {
    RawValue& out;
    void operator()(hw::TomlArray&& array) const {
      RawArray items;
      items.reserve(array.size());
      for (hw::TomlValue& item : array) items.push_back(convert(std::move(item)));
      out.data = std::move(items);
    }
    void operator()(hw::TomlTable&& table) const { out.data = convert_table(std::move(table)); }
    void operator()(std::string&& text) const { out.data = std::move(text); }
    void operator()(std::int64_t number) const { out.data = number; }
    void operator()(double number) const { out.data = number; }
    void operator()(bool flag) const { out.data = flag; }
  };
  std::visit(Convert{out}, std::move(value.value));
  return out;
}

RawTable convert_table(hw::TomlTable&& table) {
  RawTable out;
  out.members.reserve(table.entries.size());
  for (std::size_t i = 0; i < table.entries.size(); ++i)
    out.members.push_back(
        {std::move(table.entries[i].first), std::move(table.key_locations[i]), convert(std::move(table.entries[i].second))});
  std::sort(out.members.begin(), out.members.end(), [](const RawMember& a, const RawMember& b) { return a.key < b.key; });
  return out;
}

// The first byte that cannot stand in UTF-8 text, so that binary files get one clear sentence instead of a parser's guess.
std::optional<std::size_t> first_foreign_byte(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte == 0) return i;
    const std::size_t length = byte < 0x80                   ? 1
                               : byte >= 0xc2 && byte < 0xe0 ? 2
                               : byte >= 0xe0 && byte < 0xf0 ? 3
                               : byte >= 0xf0 && byte < 0xf5 ? 4
                                                             : 0;
    if (length == 0 || i + length > text.size()) return i;
    for (std::size_t j = 1; j < length; ++j)
      if ((static_cast<unsigned char>(text[i + j]) & 0xc0) != 0x80) return i;
    i += length;
  }
  return std::nullopt;
}

// Escapes such as \u001b would command the terminal that results and diagnostics are printed on.
bool has_controls(std::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7f;
  });
}

void refuse_controls(const RawValue& value, Diagnostics& problems) {
  const auto refuse = [&](const SourceLocation& where, std::string_view what) {
    problems.push_back({.where = where, .message = fmt::format("{} holds a control character", what), .hint = {}});
  };
  if (const std::string* text = value.text(); text != nullptr && has_controls(*text)) refuse(value.where, "the text");
  if (const RawArray* items = value.array())
    for (const RawValue& item : *items) refuse_controls(item, problems);
  if (const RawTable* table = value.table()) {
    for (const RawMember& member : table->members) {
      if (has_controls(member.key)) refuse(member.key_where, "the key");
      refuse_controls(member.value, problems);
    }
  }
}

// Everything inside an override stands where the override stands.
void relocate(RawValue& value, const SourceLocation& where) {
  value.where = where;
  if (RawArray* items = value.array())
    for (RawValue& item : *items) relocate(item, where);
  if (RawTable* table = value.table()) {
    for (RawMember& member : table->members) {
      member.key_where = where;
      relocate(member.value, where);
    }
  }
}

}  // namespace

Result<RawTable> parse_toml(std::string_view text, const std::string& name) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  if (const auto offset = first_foreign_byte(text))
    return Diagnostic{.where = {name, 0, 0},
                      .message = fmt::format("not a text file: byte 0x{:02x} at offset {} is not UTF-8",
                                             static_cast<unsigned char>(text[*offset]), *offset)};
  Result<hw::TomlTable> parsed = hw::parse_toml(text, name);
  if (parsed) {
    RawValue root{convert_table(std::move(parsed).value()), {name, 0, 0}};
    Diagnostics problems;
    refuse_controls(root, problems);
    if (!problems.empty()) return problems;
    return std::move(*root.table());
  }
  Diagnostics diagnostics = parsed.diagnostics();
  for (Diagnostic& diagnostic : diagnostics) diagnostic.message = "not valid TOML: " + diagnostic.message;
  return diagnostics;
}

Result<RawTable> read_toml(const std::filesystem::path& file, const std::string& name) {
  const Result<std::string> text = read_text_file(file, name);
  if (!text) return text.diagnostics();
  return parse_toml(*text, name);
}

RawValue parse_override_value(std::string_view text, const SourceLocation& where) {
  RawValue plain{std::string(text), where};
  if (text.find('\n') != std::string_view::npos || first_foreign_byte(text)) return plain;
  Result<hw::TomlTable> parsed = hw::parse_toml(fmt::format("value = {}", text), where.file);
  if (!parsed || parsed->entries.size() != 1) return plain;
  RawValue value = convert(std::move(parsed->entries.front().second));
  relocate(value, where);
  return value;
}

}  // namespace gpufleet::scenarios
