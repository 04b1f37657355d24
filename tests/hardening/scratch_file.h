// The bytes as a file in a folder of this process, for readers that only take files.
#pragma once

#include <unistd.h>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace gpufleet::hardening {

inline std::filesystem::path scratch_file(std::string_view folder, std::string_view name, std::string_view bytes) {
  // Memory-backed where there is such a folder: fuzzing writes millions of them.
  const std::filesystem::path base = std::filesystem::exists("/dev/shm") ? "/dev/shm" : std::filesystem::temp_directory_path();
  const std::filesystem::path at = base / ("gpufleet-hardening-" + std::to_string(getpid())) / folder;
  std::filesystem::create_directories(at);
  std::ofstream(at / name, std::ios::binary | std::ios::trunc).write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return at / name;
}

}  // namespace gpufleet::hardening
