#include "scenarios/data_paths.h"

#include <cstdlib>
#include <system_error>

namespace gpufleet::scenarios {

DataPaths data_below(const std::filesystem::path& root) {
  return {root / "hwprofiles" / "data", root / "models" / "data", root / "scenarios"};
}

DataPaths find_data() {
  if (const char* root = std::getenv("GPUFLEET_DATA"); root != nullptr && *root != '\0') return data_below(root);
  std::error_code error;
  const std::filesystem::path executable = std::filesystem::read_symlink("/proc/self/exe", error);
  if (!error) {
    const std::filesystem::path installed = executable.parent_path().parent_path() / "share" / "gpufleet";
    if (std::filesystem::is_directory(installed, error)) return data_below(installed);
  }
  return data_below(GPUFLEET_SOURCE_ROOT);
}

}  // namespace gpufleet::scenarios
