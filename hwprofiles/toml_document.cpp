#include "hwprofiles/toml_document.h"

#include <fmt/format.h>
#include <toml++/toml.h>
#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>

#include "hwprofiles/toml_depth.h"

namespace gpufleet::hw {
namespace {

constexpr std::uintmax_t kLargestFile = 16u << 20;  // catalogs are kilobytes; this bounds hostile input

SourceLocation location(const toml::source_region& region, const std::string& file) {
  return {file, static_cast<std::uint32_t>(region.begin.line), static_cast<std::uint32_t>(region.begin.column)};
}

TomlTable convert_table(const toml::table& table, const std::string& file);

TomlValue convert(const toml::node& node, const std::string& file) {
  TomlValue out;
  out.where = location(node.source(), file);
  node.visit([&](const auto& value) {
    using T = std::decay_t<decltype(value)>;
    if constexpr (std::is_same_v<T, toml::table>) {
      out.value = convert_table(value, file);
    } else if constexpr (std::is_same_v<T, toml::array>) {
      TomlArray items;
      for (const toml::node& item : value) items.push_back(convert(item, file));
      out.value = std::move(items);
    } else if constexpr (toml::is_string<T> || toml::is_integer<T> || toml::is_floating_point<T> || toml::is_boolean<T>) {
      out.value = value.get();
    } else {
      std::ostringstream stream;  // dates and times in their ISO text
      stream << value.get();
      out.value = stream.str();
    }
  });
  return out;
}

TomlTable convert_table(const toml::table& table, const std::string& file) {
  struct Entry {
    SourceLocation where;
    std::string key;
    TomlValue value;
  };
  std::vector<Entry> entries;
  for (const auto& [key, node] : table)
    entries.push_back({location(key.source(), file), std::string(key.str()), convert(node, file)});
  std::stable_sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::pair(a.where.line, a.where.column) < std::pair(b.where.line, b.where.column);
  });
  TomlTable out;
  out.where = location(table.source(), file);
  for (Entry& entry : entries) {
    out.entries.push_back({std::move(entry.key), std::move(entry.value)});
    out.key_locations.push_back(std::move(entry.where));
  }
  return out;
}

Diagnostic file_error(const std::string& file, std::string message) {
  Diagnostic out;
  out.where.file = file;
  out.message = std::move(message);
  return out;
}

}  // namespace

const TomlValue* TomlTable::find(std::string_view key) const {
  for (const auto& [name, value] : entries)
    if (name == key) return &value;
  return nullptr;
}

Result<TomlTable> parse_toml(std::string_view text, const std::string& name) {
  if (std::optional<SourceLocation> deep = deeper_than(text, kDeepestToml)) {
    Diagnostic out = file_error(name, fmt::format("nested more than {} levels deep", kDeepestToml));
    out.where = {name, deep->line, deep->column};
    return out;
  }
  try {
    return convert_table(toml::parse(text, std::string_view(name)), name);
  } catch (const toml::parse_error& error) {
    Diagnostic out;
    out.where = location(error.source(), name);
    out.message = std::string(error.description());
    return out;
  }
}

Result<TomlTable> read_toml(const std::filesystem::path& file) {
  const std::string name = file.generic_string();
  std::error_code error;
  if (!std::filesystem::is_regular_file(file, error)) return file_error(name, "no such file");
  const std::uintmax_t size = std::filesystem::file_size(file, error);
  if (error) return file_error(name, "cannot be read");
  if (size > kLargestFile) return file_error(name, fmt::format("is {} bytes long; at most {} are read", size, kLargestFile));
  std::ifstream in(file, std::ios::binary);
  if (!in) return file_error(name, "cannot be read");
  const std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  return parse_toml(text, name);
}

Result<std::vector<std::filesystem::path>> toml_files(const std::filesystem::path& folder) {
  const std::string name = folder.generic_string();
  std::error_code error;
  std::vector<std::filesystem::path> out;
  for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error))
    if (entry->path().extension() == ".toml") out.push_back(entry->path());
  if (error) return file_error(name, "is not a folder that can be read");
  if (out.empty()) return file_error(name, "holds no .toml file");
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace gpufleet::hw
