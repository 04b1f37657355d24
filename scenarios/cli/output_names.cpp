#include "scenarios/cli/output_names.h"

#include <fmt/format.h>
#include <algorithm>
#include <system_error>

namespace gpufleet::scenarios::cli {
namespace {

namespace fs = std::filesystem;

fs::path without_links(const fs::path& file) {
  std::error_code error;
  const fs::path absolute = fs::absolute(file, error);
  const fs::path out = fs::weakly_canonical(absolute, error);
  return error ? absolute.lexically_normal() : out;
}

bool replaced(const fs::path& file) {
  std::error_code error;
  const fs::file_status status = fs::status(file, error);
  return !fs::exists(status) || fs::is_regular_file(status);
}

bool same(const fs::path& a, const fs::path& b) {
  std::error_code error;
  return fs::equivalent(a, b, error) || without_links(a) == without_links(b);
}

}  // namespace

Diagnostics check_outputs(std::span<const NamedFile> inputs, std::span<const NamedFile> outputs) {
  Diagnostics out;
  std::vector<NamedFile> before(inputs.begin(), inputs.end());
  for (const NamedFile& output : outputs) {
    if (output.file.empty() || !replaced(output.file)) continue;
    const auto clash = std::ranges::find_if(
        before, [&](const NamedFile& other) { return !other.file.empty() && same(other.file, output.file); });
    if (clash != before.end())
      out.push_back({.where = {fmt::format("{} {}", output.what, output.file.string()), 0, 0},
                     .message = fmt::format("is also {}, which it would replace", clash->what),
                     .hint = "name another file"});
    before.push_back(output);
  }
  return out;
}

FreeNames::FreeNames(std::span<const NamedFile> taken) {
  for (const NamedFile& each : taken)
    if (!each.file.empty()) taken_.insert(without_links(each.file));
}

fs::path FreeNames::stem(const fs::path& wanted, std::initializer_list<std::string_view> endings) {
  const auto with = [](fs::path stem, std::string_view ending) { return without_links(stem += ending); };
  fs::path out = wanted;
  for (int number = 2; std::ranges::any_of(endings, [&](std::string_view ending) { return taken_.contains(with(out, ending)); });
       ++number)
    out = fs::path(wanted) += fmt::format("-{}", number);
  for (const std::string_view ending : endings) taken_.insert(with(out, ending));
  return out;
}

}  // namespace gpufleet::scenarios::cli
