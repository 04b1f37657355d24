// Names of the files that a command writes: never one that it reads, never the same twice.
#pragma once

#include <filesystem>
#include <initializer_list>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/diagnostics.h"

namespace gpufleet::scenarios::cli {

/// A file and what names it: "--html", "the scenario".
struct NamedFile {
  std::string what;
  std::filesystem::path file;  ///< empty: not asked for
};

/// One error for each output that is also an input or another output, whatever links and folders its name goes through.
/// Devices and pipes may be named as often as one likes.
Diagnostics check_outputs(std::span<const NamedFile> inputs, std::span<const NamedFile> outputs);

/// Names inside a folder that the program itself chooses.
class FreeNames {
 public:
  /// `taken`: files that are read or written under names of the user's.
  explicit FreeNames(std::span<const NamedFile> taken);

  /// `stem`, or where a file of that stem with one of the endings is taken, "stem-2", "stem-3" …; taken from now on.
  std::filesystem::path stem(const std::filesystem::path& wanted, std::initializer_list<std::string_view> endings);

 private:
  std::set<std::filesystem::path> taken_;
};

}  // namespace gpufleet::scenarios::cli
