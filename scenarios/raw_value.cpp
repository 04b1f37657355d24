#include "scenarios/raw_value.h"

#include <fmt/format.h>
#include <algorithm>

namespace gpufleet::scenarios {
namespace {

template <class Table>
auto lower_bound(Table& table, std::string_view key) {
  return std::lower_bound(table.members.begin(), table.members.end(), key,
                          [](const RawMember& member, std::string_view wanted) { return member.key < wanted; });
}

std::string shown_text(std::string_view text) {
  constexpr std::size_t kLongestShown = 60;  // a message stays on one line however long the text in the file is
  std::string out = "\"";
  for (const char c : text.substr(0, kLongestShown)) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  return out + (text.size() > kLongestShown ? "…\"" : "\"");
}

}  // namespace

const RawValue* find(const RawTable& table, std::string_view key) {
  const auto it = lower_bound(table, key);
  return it != table.members.end() && it->key == key ? &it->value : nullptr;
}

RawValue* find(RawTable& table, std::string_view key) {
  const auto it = lower_bound(table, key);
  return it != table.members.end() && it->key == key ? &it->value : nullptr;
}

const RawValue* find_path(const RawTable& table, std::string_view dotted) {
  const std::size_t dot = dotted.find('.');
  const RawValue* value = find(table, dotted.substr(0, dot));
  if (value == nullptr || dot == std::string_view::npos) return value;
  return value->table() == nullptr ? nullptr : find_path(*value->table(), dotted.substr(dot + 1));
}

RawValue& insert_or_assign(RawTable& table, RawMember member) {
  const auto it = lower_bound(table, member.key);
  if (it != table.members.end() && it->key == member.key) {
    *it = std::move(member);
    return it->value;
  }
  return table.members.insert(it, std::move(member))->value;
}

RawTable merge(RawTable under, const RawTable& over) {
  for (const RawMember& member : over.members) {
    RawValue* below = find(under, member.key);
    if (below != nullptr && below->table() != nullptr && member.value.table() != nullptr) {
      RawTable merged = merge(std::move(*below->table()), *member.value.table());
      insert_or_assign(under, {member.key, member.key_where, {std::move(merged), member.value.where}});
    } else {
      insert_or_assign(under, member);
    }
  }
  return under;
}

std::string shown(const RawValue& value) {
  struct Show {
    std::string operator()(bool b) const { return b ? "true" : "false"; }
    std::string operator()(std::int64_t i) const { return fmt::format("{}", i); }
    std::string operator()(double d) const { return fmt::format("{}", d); }
    std::string operator()(const std::string& text) const { return shown_text(text); }
    std::string operator()(const RawArray&) const { return "a list"; }
    std::string operator()(const RawTable&) const { return "a table"; }
  };
  return std::visit(Show{}, value.data);
}

}  // namespace gpufleet::scenarios
