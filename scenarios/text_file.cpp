#include "scenarios/text_file.h"

#include <fmt/format.h>
#include <fstream>

namespace gpufleet::scenarios {
namespace {

Diagnostic file_error(const std::string& name, std::string message) {
  return {.where = {name, 0, 0}, .message = std::move(message), .hint = {}};
}

}  // namespace

Result<std::string> read_text_file(const std::filesystem::path& file, const std::string& name) {
  std::error_code error;
  const auto status = std::filesystem::status(file, error);
  if (!std::filesystem::exists(status)) return file_error(name, "no such file");
  if (std::filesystem::is_directory(status)) return file_error(name, "is a folder, not a file");
  if (!std::filesystem::is_regular_file(status)) return file_error(name, "is no regular file");
  std::ifstream in(file, std::ios::binary);
  if (!in) return file_error(name, "cannot be opened for reading");
  std::string text(kLargestFile + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) return file_error(name, "cannot be read to its end");
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > kLargestFile)
    return file_error(name, fmt::format("larger than {} MiB, which no such file is", kLargestFile >> 20));
  return text;
}

}  // namespace gpufleet::scenarios
