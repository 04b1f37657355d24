#include "scenarios/data_paths.h"

#include <cstdlib>
#include <system_error>

namespace gpufleet::scenarios {

DataPaths data_below(const std::filesystem::path& root) {
  return {root / "hwprofiles" / "data", root / "models" / "data", root / "scenarios", {}};
}

namespace {

std::filesystem::path user_folder() {
  if (const char* data = std::getenv("XDG_DATA_HOME"); data != nullptr && *data != '\0')
    return std::filesystem::path(data) / "gpufleet";
  if (const char* home = std::getenv("HOME"); home != nullptr && *home != '\0')
    return std::filesystem::path(home) / ".local" / "share" / "gpufleet";
  return {};
}

DataPaths find_shipped() {
  if (const char* root = std::getenv("GPUFLEET_DATA"); root != nullptr && *root != '\0') return data_below(root);
  std::error_code error;
  const std::filesystem::path executable = std::filesystem::read_symlink("/proc/self/exe", error);
  if (!error) {
    const std::filesystem::path installed = executable.parent_path().parent_path() / "share" / "gpufleet";
    if (std::filesystem::is_directory(installed, error)) return data_below(installed);
  }
  return data_below(GPUFLEET_SOURCE_ROOT);
}

}  // namespace

DataPaths find_data() {
  DataPaths data = find_shipped();
  data.user = user_folder();
  return data;
}

}  // namespace gpufleet::scenarios
