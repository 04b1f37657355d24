#include "scenarios/canonical.h"

#include <fmt/format.h>
#include <algorithm>

#include "core/random.h"
#include "scenarios/output/json_writer.h"
#include "scenarios/schema.h"
#include "scenarios/schema_check.h"

namespace gpufleet::scenarios {
namespace {

using Layout = JsonWriter::Layout;

bool changes_results(std::string_view path) {
  return path != "title" && path != "base" && path != "measured[]" && path != "training.stack";
}

class Canonical {
 public:
  enum class Keys : std::uint8_t { all, changing_results };
  explicit Canonical(Keys keys) : keys_(keys) {}

  std::string write(const RawTable& root) {
    table(&root, "");
    return writer_.str();
  }

 private:
  // A null table stands for one that the file leaves out and whose keys have defaults.
  void table(const RawTable* present, const std::string& path) {
    std::vector<std::string> names = members_of(path);
    std::sort(names.begin(), names.end());
    writer_.begin_object();
    for (const std::string& name : names) {
      const std::string child = path.empty() ? name : path + "." + name;
      const KeySpec* key = find_key(child);
      if (key == nullptr) key = find_key(child + "[]");
      if (keys_ == Keys::changing_results && !changes_results(key->path)) continue;
      member(present == nullptr ? nullptr : find(*present, name), *key, name);
    }
    writer_.end_object();
  }

  void member(const RawValue* value, const KeySpec& key, const std::string& name) {
    const bool defaulted = key.type == KeyType::table && key.presence != Presence::asked && has_defaults(key.path);
    if (value == nullptr && key.fallback.empty() && !defaulted) return;
    writer_.key(name);
    switch (key.type) {
      case KeyType::table: return table(value == nullptr ? nullptr : value->table(), key.path);
      case KeyType::tables:
        writer_.begin_array();
        for (const RawValue& item : *value->array()) table(item.table(), key.path);
        writer_.end_array();
        return;
      case KeyType::choice_table: return shorthand(value, key);
      default: return scalar(value == nullptr ? fallback_value(key) : *value, key);
    }
  }

  // precision = "fp8" means precision = { gemm = "fp8" }.
  void shorthand(const RawValue* value, const KeySpec& key) {
    if (value != nullptr && value->table() != nullptr) return table(value->table(), key.path);
    RawTable spelled_out;
    insert_or_assign(spelled_out, {"gemm", {}, value == nullptr ? fallback_value(key) : *value});
    table(&spelled_out, key.path);
  }

  void scalar(const RawValue& value, const KeySpec& key) {
    std::string why;
    if (key.type == KeyType::integer || key.type == KeyType::number || key.type == KeyType::quantity) {
      writer_.number(number_of(value, key, why).value_or(0));
    } else if (key.type == KeyType::boolean) {
      const bool* flag = std::get_if<bool>(&value.data);
      writer_.boolean(flag != nullptr ? *flag : *value.text() == "true");
    } else if (const RawArray* items = value.array()) {
      writer_.begin_array();
      for (const RawValue& item : *items) writer_.text(*item.text());
      writer_.end_array();
    } else {
      writer_.text(*value.text());
    }
  }

  static RawValue fallback_value(const KeySpec& key) { return {key.fallback, {}}; }

  static bool has_defaults(std::string_view path) {
    const std::string prefix = std::string(path) + ".";
    const auto keys = schema();
    return std::any_of(keys.begin(), keys.end(),
                       [&](const KeySpec& key) { return key.path.starts_with(prefix) && !key.fallback.empty(); });
  }

  Keys keys_;
  JsonWriter writer_{Layout::compact};
};

}  // namespace

std::string canonical_json(const RawTable& root) { return Canonical(Canonical::Keys::all).write(root); }

std::string scenario_hash(const RawTable& root) {
  return fmt::format("{:016x}", stable_hash(Canonical(Canonical::Keys::changing_results).write(root)));
}

}  // namespace gpufleet::scenarios
