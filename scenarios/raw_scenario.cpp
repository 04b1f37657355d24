#include "scenarios/raw_scenario.h"

#include <fmt/format.h>
#include <algorithm>
#include <charconv>
#include <optional>
#include <vector>

#include "scenarios/toml_reader.h"

namespace gpufleet::scenarios {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kDeepestBase = 16;

Diagnostic error_at(const SourceLocation& where, std::string key, std::string message, std::string hint) {
  return {.where = where, .key = std::move(key), .message = std::move(message), .hint = std::move(hint)};
}

bool lies_below(const fs::path& file, const fs::path& folder) {
  std::error_code error;
  const fs::path inner = fs::weakly_canonical(file, error), outer = fs::weakly_canonical(folder.empty() ? "." : folder, error);
  const auto [end, at] = std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end());
  return end == outer.end() || (std::next(end) == outer.end() && end->empty());
}

// The file that `base = "name"` means. The scenario's own folder and the shipped scenarios are all that a scenario may pull in.
std::optional<fs::path> base_path(const std::string& name, const fs::path& folder, const fs::path& root, const DataPaths& data) {
  for (const fs::path& start : {folder, data.scenarios}) {
    const fs::path candidate = start / name;
    std::error_code error;
    if (fs::is_regular_file(candidate, error) && (lies_below(candidate, root) || lies_below(candidate, data.scenarios)))
      return candidate.lexically_normal();
  }
  return std::nullopt;
}

// precision = "fp8" is short for precision = { gemm = "fp8" }: spelled out before files are laid on each other, so that a
// shorthand does not wipe out the formats that a base or a stack gives.
void spell_out(RawTable& root) {
  RawValue* training = find(root, "training");
  RawValue* precision = training == nullptr || training->table() == nullptr ? nullptr : find(*training->table(), "precision");
  if (precision == nullptr || precision->text() == nullptr) return;
  RawTable table;
  insert_or_assign(table, {"gemm", precision->where, *precision});
  precision->data = std::move(table);
}

Result<RawTable> read_spelled_out(const fs::path& file) {
  Result<RawTable> table = read_toml(file, file.generic_string());
  if (table) spell_out(*table);
  return table;
}

struct Loader {
  const DataPaths& data;
  fs::path root;               // folder of the scenario that was asked for
  std::vector<fs::path> open;  // files being read, to see circles

  Result<RawTable> with_base(RawTable table, const fs::path& folder);
};

Result<RawTable> Loader::with_base(RawTable table, const fs::path& folder) {
  const RawValue* base = find(table, "base");
  if (base == nullptr) return table;
  const std::string* name = base->text();
  if (name == nullptr || name->empty())
    return error_at(base->where, "base", fmt::format("expected a file name in quotes, found {}", shown(*base)), {});
  if (fs::path(*name).is_absolute())
    return error_at(base->where, "base", fmt::format("{} is an absolute path", shown(*base)),
                    "give it relative to this file or to the shipped scenarios");
  const std::optional<fs::path> file = base_path(*name, folder, root, data);
  if (!file)
    return error_at(base->where, "base", fmt::format("no file {} beside this one or in the shipped scenarios", shown(*base)),
                    "bases outside these two folders are not read");
  std::error_code error;
  const fs::path canonical = fs::weakly_canonical(*file, error);
  if (std::find(open.begin(), open.end(), canonical) != open.end())
    return error_at(base->where, "base", fmt::format("{} leads back to a file that is based on it", shown(*base)),
                    "remove one of the base lines of the circle");
  if (open.size() >= kDeepestBase) return error_at(base->where, "base", fmt::format("more than {} files deep", kDeepestBase), {});
  open.push_back(canonical);
  Result<RawTable> under = read_spelled_out(*file);
  if (!under) return under;
  under = with_base(std::move(under).value(), file->parent_path());
  open.pop_back();
  if (!under) return under;
  // Claims are those of the file that states them, whatever is based on it.
  RawTable base_table = std::move(under).value();
  std::erase_if(base_table.members, [](const RawMember& member) { return member.key == "claims"; });
  return merge(std::move(base_table), table);
}

Result<RawTable> with_stack(RawTable table, const DataPaths& data) {
  const RawValue* stack = find_path(table, "training.stack");
  if (stack == nullptr || stack->text() == nullptr) return table;
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(data.scenarios / "stacks", error))
    if (entry.path().extension() == ".toml") names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  if (std::find(names.begin(), names.end(), *stack->text()) == names.end())
    return error_at(stack->where, "training.stack",
                    fmt::format("unknown software stack {}; there are {}", shown(*stack), fmt::join(names, ", ")),
                    did_you_mean(*stack->text(), names));
  const fs::path file = data.scenarios / "stacks" / (*stack->text() + ".toml");
  Result<RawTable> under = read_spelled_out(file);
  if (!under) return under;
  return merge(std::move(under).value(), table);
}

// "fleet.pool[0].count" and "fleet.pool.0.count" name the same place.
std::vector<std::string> path_components(std::string_view path) {
  std::vector<std::string> parts(1);
  for (const char c : path) {
    if (c == '.' || c == '[') {
      parts.emplace_back();
    } else if (c != ']') {
      parts.back() += c;
    }
  }
  return parts;
}

Diagnostics apply(RawTable& root, const std::string& override_text) {
  const SourceLocation where{"--set " + override_text, 0, 0};
  const std::size_t equals = override_text.find('=');
  if (equals == std::string::npos || equals == 0)
    return {error_at(where, {}, "expected key=value", "e.g. --set training.layout.pp=8")};
  const std::string path = override_text.substr(0, equals);
  const std::vector<std::string> parts = path_components(path);
  RawValue* value = nullptr;
  RawTable* table = &root;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const bool last = i + 1 == parts.size();
    if (parts[i].empty()) return {error_at(where, path, "the key has an empty part", {})};
    if (value != nullptr && value->array() != nullptr) {
      std::size_t index = 0;
      const auto [end, error] = std::from_chars(parts[i].data(), parts[i].data() + parts[i].size(), index);
      if (error != std::errc() || end != parts[i].data() + parts[i].size() || index >= value->array()->size())
        return {error_at(where, path, fmt::format("\"{}\" is not an index of a list of {}", parts[i], value->array()->size()),
                         "lists are numbered from 0")};
      value = &(*value->array())[index];
    } else {
      table = value == nullptr ? table : value->table();
      if (table == nullptr)
        return {error_at(where, path, fmt::format("\"{}\" lies inside a value that is not a table", parts[i]), {})};
      value = find(*table, parts[i]);
      if (value == nullptr)
        value = &insert_or_assign(*table, {parts[i], where, {last ? decltype(RawValue::data)(false) : RawTable{}, where}});
    }
    if (last) *value = parse_override_value(std::string_view(override_text).substr(equals + 1), where);
  }
  return {};
}

Result<RawScenario> assemble(RawTable table, Loader loader, RawScenario out, std::span<const std::string> overrides) {
  if (table.members.empty())
    return error_at({out.name, 0, 0}, {}, "the scenario is empty",
                    "a scenario needs at least [[fleet.pool]], [model] and [training]");
  spell_out(table);
  Result<RawTable> resolved = loader.with_base(std::move(table), out.folder);
  if (!resolved) return resolved.diagnostics();
  out.root = std::move(resolved).value();
  Diagnostics problems;
  for (const std::string& text : overrides) {
    const Diagnostics found = apply(out.root, text);
    problems.insert(problems.end(), found.begin(), found.end());
  }
  if (!problems.empty()) return problems;
  spell_out(out.root);
  resolved = with_stack(std::move(out.root), loader.data);
  if (!resolved) return resolved.diagnostics();
  out.root = std::move(resolved).value();
  return out;
}

}  // namespace

Result<RawScenario> load_scenario(const std::string& file, std::span<const std::string> overrides, const DataPaths& data) {
  Result<RawTable> table = read_toml(file, file);
  if (!table) return table.diagnostics();
  std::error_code error;
  const fs::path folder = fs::path(file).parent_path();
  return assemble(std::move(table).value(), {data, folder, {fs::weakly_canonical(file, error)}}, {file, folder, {}}, overrides);
}

Result<RawScenario> parse_scenario(std::string_view text, const std::string& name, const fs::path& folder,
                                   std::span<const std::string> overrides, const DataPaths& data) {
  Result<RawTable> table = parse_toml(text, name);
  if (!table) return table.diagnostics();
  return assemble(std::move(table).value(), {data, folder, {}}, {name, folder, {}}, overrides);
}

}  // namespace gpufleet::scenarios
