// Temporary file beside the target + fsync + rename + fsync of the folder; what is no file (a device, a pipe) is written as it
// is.
#include "hwprofiles/atomic_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <system_error>

namespace gpufleet::hw {

namespace {

namespace fs = std::filesystem;

Diagnostics failure(const fs::path& file, std::string_view what, int error) {
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
  return 0;
}

void sync_folder(const fs::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;  // some file systems refuse; the rename itself has happened
  ::fsync(descriptor);
  ::close(descriptor);
}

/// /dev/stdout leads to a name in here, which stands for what the program has open and not for a file of its folder.
bool is_open_file(const fs::path& file) { return file.native().starts_with("/proc/"); }

/// What the name leads to, through links, also where the last one leads to nothing yet. Nothing of a circle of links.
fs::path behind_links(fs::path file) {
  constexpr int kMostLinks = 40;  // as Linux itself
  std::error_code error;
  for (int i = 0; i < kMostLinks; ++i) {
    if (is_open_file(file) || !fs::is_symlink(fs::symlink_status(file, error))) return file;
    const fs::path to = fs::read_symlink(file, error);
    if (error) return {};
    file = to.is_absolute() ? to : file.parent_path() / to;
  }
  return {};
}

/// Pipes and devices take the bytes; they have no folder entry to replace, and not all of them can be synced.
int write_through(const fs::path& target, std::string_view bytes) {
  const int descriptor = ::open(target.c_str(), O_WRONLY | O_APPEND | O_NOCTTY | O_CLOEXEC);
  if (descriptor < 0) return errno;
  int error = write_all(descriptor, bytes);
  if (::close(descriptor) != 0 && error == 0) error = errno;
  return error;
}

/// The rights, and where the system allows it the owner, of the file that is replaced.
int take_rights(int descriptor, const struct stat& old) {
  constexpr mode_t kRights = 0777;
  if ((old.st_uid != ::geteuid() || old.st_gid != ::getegid()) && ::fchown(descriptor, old.st_uid, old.st_gid) != 0 &&
      errno != EPERM)
    return errno;
  return ::fchmod(descriptor, old.st_mode & kRights) == 0 ? 0 : errno;
}

struct NewFile {
  int descriptor = -1;  ///< below 0: errno says why
  std::string name;
};

/// A file that was not there, beside the target and hidden. The system lays its mask over `rights`.
NewFile new_file_beside(const fs::path& folder, const fs::path& target, mode_t rights) {
  constexpr int kMostAttempts = 10'000;  // names that other threads and killed programs of this number left
  NewFile out;
  for (int i = 0; i < kMostAttempts && out.descriptor < 0 && (i == 0 || errno == EEXIST); ++i) {
    out.name = (folder / fmt::format(".{}.{}-{}", target.filename().string(), ::getpid(), i)).string();
    out.descriptor = ::open(out.name.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, rights);
  }
  return out;
}

}  // namespace

Diagnostics write_file_atomically(const fs::path& file, std::string_view bytes) {
  const fs::path target = behind_links(file);
  if (target.empty()) return failure(file, "write", ELOOP);
  struct stat old {};
  const bool exists = ::stat(target.c_str(), &old) == 0;
  if (exists && (!S_ISREG(old.st_mode) || is_open_file(target))) {
    const int error = write_through(target, bytes);
    return error == 0 ? Diagnostics{} : failure(file, "write", error);
  }
  // A rename asks for rights on the folder alone; a file that its owner protected stays as it is.
  if (exists && ::faccessat(AT_FDCWD, target.c_str(), W_OK, AT_EACCESS) != 0) return failure(file, "write", errno);
  const fs::path folder = target.has_parent_path() ? target.parent_path() : fs::path(".");
  constexpr mode_t kPrivate = 0600, kUsual = 0666;  // what replaces a file is nobody else's until it has that file's rights
  const auto [descriptor, temporary] = new_file_beside(folder, target, exists ? kPrivate : kUsual);
  if (descriptor < 0) return failure(file, "create a file in its folder", errno);
  int error = exists ? take_rights(descriptor, old) : 0;
  if (error == 0) error = write_all(descriptor, bytes);
  if (error == 0 && ::fsync(descriptor) != 0) error = errno;
  if (::close(descriptor) != 0 && error == 0) error = errno;
  if (error == 0 && std::rename(temporary.c_str(), target.c_str()) != 0) error = errno;
  if (error != 0) {
    ::unlink(temporary.c_str());
    return failure(file, "write", error);
  }
  sync_folder(folder);
  return {};
}

}  // namespace gpufleet::hw
