// Each kept corpus file, and some mutations of it, through its target: what the fuzzer once found stays found, on every machine
// and under the sanitisers. usage: replay CORPUS_FOLDER MUTATIONS_PER_FILE
#include <fmt/format.h>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <vector>

#include "tests/hardening/mutate.h"
#include "tests/hardening/scratch_file.h"
#include "tests/hardening/targets.h"

namespace fs = std::filesystem;

int main(int argc, char** argv) {
  using namespace gpufleet;
  if (argc != 3) return 2;
  const int mutations = std::atoi(argv[2]);
  int inputs = 0, without_corpus = 0;
  std::vector<hardening::Target> targets(hardening::reader_targets().begin(), hardening::reader_targets().end());
  targets.insert(targets.end(), hardening::scenario_targets().begin(), hardening::scenario_targets().end());
  for (const hardening::Target& target : targets) {
    std::vector<fs::path> files;
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(fs::path(argv[1]) / target.name, error)) files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    if (files.empty()) {
      std::fputs(fmt::format("no corpus for {}\n", target.name).c_str(), stderr);
      ++without_corpus;
    }
    for (const fs::path& file : files) {
      std::ifstream in(file, std::ios::binary);
      const std::string bytes{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
      RandomStream random(1, file.filename().string());
      for (int i = 0; i <= mutations; ++i, ++inputs) {
        const std::string input = i == 0 ? bytes : hardening::mutate_bytes(bytes, random);
        // Kept until the target has returned: after a crash it is the input to look at.
        hardening::scratch_file("last", target.name, input);
        target.run(input);
      }
    }
  }
  fs::remove_all(hardening::scratch_file("last", "done", "").parent_path().parent_path());
  std::fputs(fmt::format("{} inputs to {} readers\n", inputs, targets.size()).c_str(), stdout);
  return without_corpus == 0 ? 0 : 1;
}
