// The straight house: includes go along gui → scenarios → sim → models → hwprofiles → core and never back, heavy library headers
// stay in .cpp files, files stay small enough to read, and library exceptions stay in the file around the library.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <vector>

namespace {

namespace fs = std::filesystem;

// From the ground up: a room may include itself and those before it.
constexpr std::array<std::string_view, 6> kRooms{"core", "hwprofiles", "models", "sim", "scenarios", "gui"};

struct SourceFile {
  fs::path path;  // relative to the root
  std::size_t room = 0;
  std::vector<std::string> lines;
};

std::vector<SourceFile> sources() {
  std::vector<SourceFile> out;
  for (std::size_t room = 0; room < kRooms.size(); ++room) {
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(GPUFLEET_SOURCE_DIR) / kRooms[room])) {
      const std::string extension = entry.path().extension().string();
      if (extension != ".h" && extension != ".cpp" && extension != ".cu") continue;
      SourceFile file{fs::relative(entry.path(), GPUFLEET_SOURCE_DIR), room, {}};
      std::ifstream in(entry.path());
      for (std::string line; std::getline(in, line);) file.lines.push_back(line);
      out.push_back(std::move(file));
    }
  }
  std::sort(out.begin(), out.end(), [](const SourceFile& a, const SourceFile& b) { return a.path < b.path; });
  return out;
}

// The path between quotes or angle brackets of an #include line, or empty.
std::string included(const std::string& line, char open, char close) {
  if (!line.starts_with("#include")) return {};
  const std::size_t begin = line.find(open), end = line.find(close, begin + 1);
  return begin == std::string::npos || end == std::string::npos ? std::string() : line.substr(begin + 1, end - begin - 1);
}

TEST(Architecture, IncludesGoDownTheHouse) {
  const std::vector<SourceFile> files = sources();
  ASSERT_GT(files.size(), 50U);
  for (const SourceFile& file : files) {
    for (const std::string& line : file.lines) {
      const std::string target = included(line, '"', '"');
      if (target.empty()) continue;
      const std::string room = target.substr(0, target.find('/'));
      const auto at = std::find(kRooms.begin(), kRooms.end(), room);
      ASSERT_NE(at, kRooms.end()) << file.path << " includes \"" << target << "\", which is not written from the root";
      EXPECT_LE(static_cast<std::size_t>(at - kRooms.begin()), file.room)
          << file.path << " includes \"" << target << "\" upwards";
      EXPECT_TRUE(fs::exists(fs::path(GPUFLEET_SOURCE_DIR) / target))
          << file.path << " includes \"" << target << "\", which is missing";
    }
  }
}

TEST(Architecture, HeavyHeadersStayInSourceFiles) {
  constexpr std::array<std::string_view, 7> kHeavy{"toml++/", "nlohmann/", "Eigen/", "CLI/", "boost/", "sqlite3.h", "Cbc"};
  std::map<std::string_view, std::vector<std::string>> users;
  for (const SourceFile& file : sources()) {
    for (const std::string& line : file.lines) {
      const std::string target = included(line, '<', '>');
      for (const std::string_view heavy : kHeavy) {
        if (!target.starts_with(heavy)) continue;
        EXPECT_NE(file.path.extension(), ".h") << file.path << " includes <" << target << ">";
        users[heavy].push_back(file.path.string());
      }
    }
  }
  EXPECT_LE(users["CLI/"].size(), 2U)  // gpufleet, and the tool that fits kernel times
      << fmt::format("{}", fmt::join(users["CLI/"], ", "));
  EXPECT_LE(users["sqlite3.h"].size(), 1U) << fmt::format("{}", fmt::join(users["sqlite3.h"], ", "));
}

TEST(Architecture, FilesAreShortAndSayWhatTheyAreFor) {
  constexpr std::size_t kLongestHeader = 200, kLongestSource = 500;
  for (const SourceFile& file : sources()) {
    const bool header = file.path.extension() == ".h";
    EXPECT_LE(file.lines.size(), header ? kLongestHeader : kLongestSource) << file.path;
    if (header) {
      ASSERT_FALSE(file.lines.empty()) << file.path;
      EXPECT_TRUE(file.lines.front().starts_with("//")) << file.path << " does not begin with what it is for";
      EXPECT_TRUE(std::find(file.lines.begin(), file.lines.end(), "#pragma once") != file.lines.end()) << file.path;
    }
  }
}

// The rooms that compute take values and give values.
TEST(Architecture, ComputingRoomsKnowNoFilesClocksOrThreads) {
  constexpr std::array<std::string_view, 6> kShellHeaders{"fstream", "chrono", "thread", "filesystem", "cstdio", "iostream"};
  for (const SourceFile& file : sources()) {
    if (kRooms[file.room] != "core" && kRooms[file.room] != "sim") continue;
    if (file.path == fs::path("core/check.cpp")) continue;  // ends the program with its reason
    for (const std::string& line : file.lines) {
      const std::string target = included(line, '<', '>');
      EXPECT_EQ(std::find(kShellHeaders.begin(), kShellHeaders.end(), target), kShellHeaders.end())
          << file.path << " includes <" << target << ">";
    }
  }
}

}  // namespace
