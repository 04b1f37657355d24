// Temporary file beside the target + fsync + rename + fsync of the folder.
#include "hwprofiles/atomic_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>

namespace gpufleet::hw {

namespace {

Diagnostics failure(const std::filesystem::path& file, std::string_view what, int error) {
  return {{.where = {.file = file.string()}, .message = fmt::format("cannot {}: {}", what, std::strerror(error))}};
}

/// 0, or the errno of the write that failed.
int write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(descriptor, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return ::fsync(descriptor) == 0 ? 0 : errno;
}

void sync_folder(const std::filesystem::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;  // some file systems refuse; the rename itself has happened
  ::fsync(descriptor);
  ::close(descriptor);
}

}  // namespace

Diagnostics write_file_atomically(const std::filesystem::path& file, std::string_view bytes) {
  const std::filesystem::path folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
  std::string temporary = (folder / fmt::format(".{}.XXXXXX", file.filename().string())).string();
  const int descriptor = ::mkostemp(temporary.data(), O_CLOEXEC);
  if (descriptor < 0) return failure(file, "create a file in its folder", errno);
  const mode_t mask = ::umask(0);  // mkstemp makes files private; give the rights that any new file would get
  ::umask(mask);
  int error = ::fchmod(descriptor, 0666 & ~mask) == 0 ? write_all(descriptor, bytes) : errno;
  if (::close(descriptor) != 0 && error == 0) error = errno;
  if (error == 0 && std::rename(temporary.c_str(), file.c_str()) != 0) error = errno;
  if (error != 0) {
    ::unlink(temporary.c_str());
    return failure(file, "write", error);
  }
  sync_folder(folder);
  return {};
}

}  // namespace gpufleet::hw
