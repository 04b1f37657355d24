#include "scenarios/reference_pages.h"

#include <fmt/format.h>

#include "scenarios/metrics.h"
#include "scenarios/output/text_table.h"
#include "scenarios/schema.h"

namespace gpufleet::scenarios {
namespace {

std::string escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

bool is_table(const KeySpec& key) {
  return key.type == KeyType::table || key.type == KeyType::tables || key.type == KeyType::choice_table;
}

std::string default_text(const KeySpec& key) {
  if (key.presence == Presence::required) return "required";
  if (key.fallback.empty()) return key.fallback_source.empty() ? "-" : key.fallback_source;
  return fmt::format("`{}`{}", key.fallback, key.fallback_source.empty() ? "" : " (" + key.fallback_source + ")");
}

void section(std::string& out, const std::string& table) {
  std::string rows;
  for (const std::string& name : members_of(table)) {
    const std::string path = table.empty() ? name : table + "." + name;
    const KeySpec* key = find_key(path);
    if (key == nullptr) key = find_key(path + "[]");
    rows += fmt::format("| `{}` | {} | {} | {} |\n", name, escaped(expectation(*key)), escaped(default_text(*key)),
                        escaped(key->doc));
  }
  out += "\n| key | value | default | meaning |\n|---|---|---|---|\n" + rows;
}

// Lists of words in full, which messages do not need.
std::string explained_value(const RawValue& value) {
  const RawArray* items = value.array();
  if (items == nullptr) return shown(value);
  std::string out;
  for (const RawValue& item : *items) out += fmt::format("{}{}", out.empty() ? "" : ", ", shown(item));
  return fmt::format("[{}]", out);
}

void explain_table(std::vector<ExplainedKey>& rows, const RawTable* table, const std::string& path,
                   const std::string& shown_path);

void explain_member(std::vector<ExplainedKey>& rows, const RawValue* value, const KeySpec& key, const std::string& shown_path) {
  if (key.type == KeyType::table || (key.type == KeyType::choice_table && value != nullptr && value->table() != nullptr)) {
    // Tables that are not asked for have nothing to explain; those whose keys all have an inherited meaning (later phases'
    // layouts) say so in one line rather than fifteen.
    if (value != nullptr || (key.fallback_source.empty() && key.presence != Presence::asked))
      explain_table(rows, value == nullptr ? nullptr : value->table(), key.path, shown_path);
    return;
  }
  if (key.type == KeyType::tables) {
    if (value == nullptr) return;
    for (std::size_t i = 0; i < value->array()->size(); ++i)
      explain_table(rows, (*value->array())[i].table(), key.path, fmt::format("{}[{}]", shown_path, i));
    return;
  }
  if (value != nullptr) {
    const SourceLocation& where = value->where;
    rows.push_back(
        {shown_path, explained_value(*value), where.line == 0 ? where.file : fmt::format("{}:{}", where.file, where.line)});
  } else if ((!key.fallback.empty() || !key.fallback_source.empty())) {
    rows.push_back({shown_path, key.fallback.empty() ? "(derived)" : key.fallback,
                    key.fallback_source.empty() ? "default" : "default: " + key.fallback_source});
  }
}

void explain_table(std::vector<ExplainedKey>& rows, const RawTable* table, const std::string& path,
                   const std::string& shown_path) {
  for (const std::string& name : members_of(path)) {
    const std::string child = path.empty() ? name : path + "." + name;
    const KeySpec* key = find_key(child);
    if (key == nullptr) key = find_key(child + "[]");
    explain_member(rows, table == nullptr ? nullptr : find(*table, name), *key,
                   shown_path.empty() ? name : shown_path + "." + name);
  }
}

}  // namespace

std::string scenario_format_page() {
  std::string out =
      "# The scenario format\n\nMade by `gpufleet schema format` from the schema table (scenarios/schema*.cpp); do not edit.\n\n"
      "A scenario is a TOML file. Numbers with a dimension carry their unit (\"400 Gb/s\", \"2 USD/h\"); counts may carry a "
      "multiplier\n"
      "(\"14.8 T\", \"32 Ki\"). Names refer to the catalogs. `gpufleet check FILE --explain` prints every default with its "
      "source.\n\n"
      "## Top level\n";
  section(out, "");
  for (const KeySpec& key : schema()) {
    if (!is_table(key)) continue;
    const bool list = key.type == KeyType::tables;
    std::string name = list ? key.path.substr(0, key.path.size() - 2) : key.path;
    for (std::size_t at = name.find("[]"); at != std::string::npos; at = name.find("[]")) name.erase(at, 2);
    out += fmt::format("\n## {}{}{}\n\n{}\n", list ? "[[" : "[", name, list ? "]]" : "]", key.doc);
    section(out, key.path);
  }
  return out;
}

std::string metrics_page() {
  std::string out =
      "# Metrics\n\nMade by `gpufleet schema metrics` from the metric table (scenarios/metrics.cpp); do not edit.\n\n"
      "| name | unit | meaning | formula |\n|---|---|---|---|\n";
  for (const MetricSpec& metric : metrics())
    out += fmt::format("| `{}` | {} | {} | {} |\n", metric.name, metric.unit, escaped(metric.doc), escaped(metric.formula));
  return out;
}

std::vector<ExplainedKey> explained(const RawScenario& raw) {
  std::vector<ExplainedKey> rows;
  explain_table(rows, &raw.root, "", "");
  return rows;
}

std::string explain(const RawScenario& raw) {
  TextTable rows({{"key", Align::left}, {"value", Align::left}, {"from", Align::left}});
  for (ExplainedKey& row : explained(raw)) rows.row({std::move(row.key), std::move(row.value), std::move(row.from)});
  return rows.str();
}

}  // namespace gpufleet::scenarios
