#include "scenarios/schema_check.h"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>

namespace gpufleet::scenarios {
namespace {

Diagnostic problem(const SourceLocation& where, std::string key, std::string message, std::string hint) {
  return {.where = where, .key = std::move(key), .message = std::move(message), .hint = std::move(hint)};
}

std::string child_path(const std::string& table, std::string_view name) {
  return table.empty() ? std::string(name) : table + "." + std::string(name);
}

// A key is listed as "x" or, when it is a list of tables, as "x[]".
const KeySpec* child_key(const std::string& table, std::string_view name) {
  const std::string path = child_path(table, name);
  const KeySpec* key = find_key(path);
  return key != nullptr ? key : find_key(path + "[]");
}

std::optional<Diagnostic> bad_choice(const RawValue& value, const KeySpec& key) {
  const std::string* text = value.text();
  if (text != nullptr && std::find(key.choices.begin(), key.choices.end(), *text) != key.choices.end()) return std::nullopt;
  return problem(value.where, key.path, fmt::format("expected {}, found {}", expectation(key), shown(value)),
                 text == nullptr ? std::string() : did_you_mean(*text, key.choices));
}

// Nobody reads more, and a hostile file could ask for a million.
constexpr std::size_t kMostProblems = 200;

class Walk {
 public:
  explicit Walk(Diagnostics& sink) : sink_(sink) {}

  // `path` is the table's schema path; `shown_path` the same with list indices, as diagnostics print it.
  void table(const RawTable& table, const std::string& path, const std::string& shown_path, const SourceLocation& where) {
    const std::vector<std::string> names = members_of(path);
    for (const RawMember& member : table.members) {
      if (sink_.size() >= kMostProblems) return;
      const KeySpec* key = child_key(path, member.key);
      if (key == nullptr) {
        unknown(member, names, path, shown_path);
        continue;
      }
      value(member.value, *key, child_path(shown_path, member.key));
    }
    for (const std::string& name : names) {
      const KeySpec* key = child_key(path, name);
      if (key->presence == Presence::required && find(table, name) == nullptr)
        sink_.push_back(problem(where, shown_path, fmt::format("the key \"{}\" is missing", name), name_hint(*key)));
    }
  }

 private:
  static std::string name_hint(const KeySpec& key) { return fmt::format("{}: {}", leaf(key.path), key.doc); }

  void unknown(const RawMember& member, const std::vector<std::string>& names, const std::string& path,
               const std::string& shown_path) {
    std::string hint = did_you_mean(member.key, names);
    if (hint.empty()) {
      // Right name, wrong table: "[model] tokens" means training.tokens.
      for (const KeySpec& key : schema())
        if (leaf(key.path) == member.key) {
          hint = fmt::format("did you mean {}?", key.path);
          break;
        }
    }
    if (hint.empty())
      hint = fmt::format("{} takes {}", path.empty() ? "a scenario" : fmt::format("[{}]", path), fmt::join(names, ", "));
    sink_.push_back(problem(member.key_where, child_path(shown_path, member.key), "unknown key", hint));
  }

  void value(const RawValue& value, const KeySpec& key, const std::string& shown_path) {
    if (std::optional<Diagnostic> found = problem_of(value, key)) {
      found->key = shown_path;
      sink_.push_back(*std::move(found));
      return;
    }
    if (const RawTable* inner = value.table()) table(*inner, key.path, shown_path, value.where);
    if (key.type != KeyType::tables) return;
    const RawArray& items = *value.array();
    for (std::size_t i = 0; i < items.size() && sink_.size() < kMostProblems; ++i)
      table(*items[i].table(), key.path, fmt::format("{}[{}]", shown_path, i), items[i].where);
  }

  Diagnostics& sink_;
};

std::optional<Diagnostic> bad_number(const RawValue& value, const KeySpec& key) {
  std::string why;
  const std::optional<double> number = number_of(value, key, why);
  if (!number) return problem(value.where, key.path, fmt::format("{} {}", shown(value), why), {});
  if (key.type == KeyType::integer && *number != std::floor(*number))
    return problem(value.where, key.path, fmt::format("expected {}, found {}", expectation(key), shown(value)), {});
  if (*number < key.minimum || *number > key.maximum)
    return problem(value.where, key.path, fmt::format("{} is out of range: expected {}", shown(value), expectation(key)), {});
  return std::nullopt;
}

}  // namespace

std::optional<double> number_of(const RawValue& value, const KeySpec& key, std::string& why) {
  const bool plain = key.dimension == Dimension::none;
  std::optional<double> number;
  if (const auto* whole = std::get_if<std::int64_t>(&value.data)) number = static_cast<double>(*whole);
  if (const auto* real = std::get_if<double>(&value.data)) number = *real;
  if (number && !plain) {
    why = fmt::format("has no unit; expected e.g. {}", example(key.dimension));
    return std::nullopt;
  }
  if (const std::string* text = value.text()) {
    number = parse_quantity(*text, key.dimension, why);
    if (!number && why.starts_with("expected"))
      why =
          fmt::format("is not a number; expected {}", plain ? expectation(key) : fmt::format("e.g. {}", example(key.dimension)));
    return number;
  }
  if (!number) why = fmt::format("is not {}", expectation(key));
  if (number && !std::isfinite(*number)) {
    why = "is not a finite number";
    return std::nullopt;
  }
  return number;
}

std::optional<Diagnostic> problem_of(const RawValue& value, const KeySpec& key) {
  const auto unexpected = [&] {
    return problem(value.where, key.path, fmt::format("expected {}, found {}", expectation(key), shown(value)), {});
  };
  switch (key.type) {
    case KeyType::text: return value.text() == nullptr ? std::optional(unexpected()) : std::nullopt;
    case KeyType::boolean: return std::holds_alternative<bool>(value.data) ? std::nullopt : std::optional(unexpected());
    case KeyType::integer:
    case KeyType::number:
    case KeyType::quantity: return bad_number(value, key);
    case KeyType::choice: return bad_choice(value, key);
    case KeyType::choice_table: return value.table() != nullptr ? std::nullopt : bad_choice(value, key);
    case KeyType::choices:
      if (value.array() == nullptr) return bad_choice(value, key);
      for (const RawValue& item : *value.array())
        if (std::optional<Diagnostic> found = bad_choice(item, key)) return found;
      return std::nullopt;
    case KeyType::table: return value.table() == nullptr ? std::optional(unexpected()) : std::nullopt;
    case KeyType::tables:
      if (value.array() == nullptr || value.array()->empty()) return unexpected();
      for (const RawValue& item : *value.array())
        if (item.table() == nullptr)
          return problem(item.where, key.path, fmt::format("expected a table in the list, found {}", shown(item)), {});
      return std::nullopt;
  }
  return std::nullopt;
}

Diagnostics check_against_schema(const RawTable& root, const std::string& name) {
  Diagnostics out;
  Walk(out).table(root, "", "", {name, 0, 0});
  return out;
}

}  // namespace gpufleet::scenarios
