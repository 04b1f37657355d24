#include "scenarios/sweep/fingerprint.h"

#include <fmt/format.h>
#include <algorithm>
#include <fstream>
#include <system_error>

#include "core/random.h"
#include "scenarios/toml_reader.h"

namespace gpufleet::scenarios {
namespace {

namespace fs = std::filesystem;

std::string hex(std::string_view text) { return fmt::format("{:016x}", stable_hash(text)); }

// In pieces, since a trace may be larger than memory; a file that cannot be read counts as empty, and reading it says why.
std::string bytes_hash(const fs::path& file) {
  constexpr std::size_t kPiece = std::size_t{1} << 20;
  std::ifstream in(file, std::ios::binary);
  std::string piece(kPiece, '\0'), out;
  while (in) {
    in.read(piece.data(), kPiece);
    const auto got = static_cast<std::size_t>(in.gcount());
    if (got > 0) out = hex(out + piece.substr(0, got));
  }
  return out;
}

// "name hash" of every regular file below, in the order of their names; of the file itself where the place is one.
void add_place(const fs::path& place, std::string& out) {
  std::error_code error;
  std::vector<fs::path> files;
  if (fs::is_regular_file(place, error)) files.push_back(place);
  for (fs::recursive_directory_iterator entry(place, error), end; !error && entry != end; entry.increment(error)) {
    const fs::path name = entry->path().filename();
    if (name == "kernel_validation" || name == "templates") entry.disable_recursion_pending();  // of `validate` and `add` alone
    if (entry->is_regular_file(error)) files.push_back(entry->path());
  }
  std::sort(files.begin(), files.end());
  for (const fs::path& file : files)
    out += fmt::format("{} {}\n", file.lexically_relative(place).generic_string(), bytes_hash(file));
}

}  // namespace

std::string data_fingerprint(const DataPaths& data) {
  std::string out;
  std::vector<fs::path> places{data.hardware, data.models, data.scenarios / "engines.toml", data.scenarios / "stacks"};
  if (!data.user.empty()) places.push_back(data.user / "calibrations");
  for (const fs::path& place : places) {
    out += "place\n";
    add_place(place, out);
  }
  return hex(out);
}

std::string NamedFiles::fingerprint(const RawScenario& scenario) {
  const std::lock_guard lock(mutex_);
  std::string digests;
  for (const RawMember& member : scenario.root.members) add(member.value, scenario.folder, 0, digests);
  return digests.empty() ? std::string() : hex(digests);
}

void NamedFiles::add(const RawValue& value, const fs::path& folder, std::size_t depth, std::string& digests) {
  if (const std::string* text = value.text()) return add(*text, folder, value.where.file, depth, digests);
  if (const RawArray* items = value.array())
    for (const RawValue& item : *items) add(item, folder, depth, digests);
  if (const RawTable* table = value.table())
    for (const RawMember& member : table->members) add(member.value, folder, depth, digests);
}

void NamedFiles::add(const std::string& text, const fs::path& folder, const std::string& stated_in, std::size_t depth,
                     std::string& digests) {
  constexpr std::size_t kLongestName = 4096;
  if (text.empty() || text.size() > kLongestName || text.find('\0') != std::string::npos) return;
  const std::string key = fmt::format("{}\n{}\n{}", text, folder.native(), stated_in);
  if (const auto it = known_.find(key); it != known_.end()) {
    digests += it->second;
    return;
  }
  known_[key];  // names nothing yet: scenarios that name each other in a circle end here
  std::string found;
  for (const fs::path& start : {folder, fs::path(stated_in).parent_path(), data_.scenarios}) {
    std::error_code error;
    const fs::path file = start / text;
    if (!fs::is_regular_file(file, error)) continue;
    found = fmt::format("{} {}\n", text, digest(file, depth));
    break;
  }
  digests += known_[key] = found;
}

std::string NamedFiles::digest(const fs::path& file, std::size_t depth) {
  constexpr std::size_t kDeepest = 16;
  std::string out = bytes_hash(file);
  if (file.extension() != ".toml" || depth >= kDeepest) return out;
  const Result<RawTable> table = read_toml(file, file.generic_string());
  if (!table) return out;
  std::string named;
  for (const RawMember& member : table->members) add(member.value, file.parent_path(), depth + 1, named);
  return named.empty() ? out : hex(out + named);
}

}  // namespace gpufleet::scenarios
