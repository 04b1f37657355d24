// Shipped scenarios, broken at random, each in a process of its own with some seconds of processor time and 500 MB of address
// space: every one must end in a result or in diagnostics. Scenarios whose own run is long are checked and planned only. One
// second is what is promised; the tests, which other work may slow down, allow more. usage: mutated_scenarios SECONDS COUNT [SEED
// [FOLDER_FOR_FINDINGS]]
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <optional>
#include <vector>

#include "scenarios/output/run_text.h"
#include "scenarios/plan_serving.h"
#include "scenarios/plan_training.h"
#include "scenarios/run_scenario.h"
#include "scenarios/validate.h"
#include "tests/hardening/mutate.h"

namespace {

using namespace gpufleet;
using namespace gpufleet::scenarios;
namespace fs = std::filesystem;

constexpr rlim_t kAddressSpace = rlim_t{500} << 20;
constexpr double kShortRun = 0.25;  // seconds of an unbroken run whose mutations are run as well, not only planned
constexpr int kResult = 0, kRefused = 1, kDiagnosed = 2, kThrown = 100, kSilent = 101;

enum class Depth { plan, run };

struct Shipped {
  Catalogs catalogs;
  HardwareData hardware;
};

std::string text_of(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// A refusal without a word would leave the user alone.
int diagnosed(const Diagnostics& problems) {
  return has_errors(problems) && !problems.front().message.empty() ? kDiagnosed : kSilent;
}

int outcome(const std::string& text, const fs::path& file, const Shipped& shipped, Depth depth) {
  const Result<RawScenario> raw = parse_scenario(text, file.string(), file.parent_path(), {}, shipped.catalogs.data);
  if (!raw) return diagnosed(raw.diagnostics());
  const Result<Scenario> scenario = validate(*raw, shipped.catalogs);
  if (!scenario) return diagnosed(scenario.diagnostics());
  if (depth == Depth::plan) {
    if (!scenario->training) return kResult;
    const Result<sim::TrainingRun> plan = plan_training(*scenario, shipped.catalogs, shipped.hardware);
    return plan ? kResult : diagnosed(plan.diagnostics());
  }
  const Result<RunOutput> output = run_scenario(*scenario, shipped.catalogs, shipped.hardware, RunSettings{}, RunControl{});
  if (!output) return diagnosed(output.diagnostics());
  (void)to_json(std::span(&output->result, 1));
  (void)to_table(std::span(&output->result, 1));
  return output->memory_refusal.empty() ? kResult : kRefused;
}

struct Ended {
  int status = 0;  // of waitpid
  double seconds = 0;
};

Ended in_a_child(const std::string& text, const fs::path& file, const Shipped& shipped, Depth depth, int seconds) {
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    rlimit space{kAddressSpace, kAddressSpace}, none{0, 0};
#ifndef __SANITIZE_ADDRESS__
    setrlimit(RLIMIT_AS, &space);
#endif
    setrlimit(RLIMIT_CORE, &none);
    const itimerval timer{{0, 0}, {seconds, 0}};
    setitimer(ITIMER_PROF, &timer, nullptr);
    int code = kThrown;
    try {
      code = outcome(text, file, shipped, depth);
    } catch (const std::exception& error) {
      std::fputs(fmt::format("thrown: {}\n", error.what()).c_str(), stderr);
    }
    std::_Exit(code);
  }
  Ended out;
  rusage usage{};
  wait4(child, &out.status, 0, &usage);
  out.seconds = static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                1e-6 * static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec);
  return out;
}

std::optional<std::string> finding(const Ended& ended) {
  if (WIFSIGNALED(ended.status)) {
    const int signal = WTERMSIG(ended.status);
    return signal == SIGPROF ? "too slow" : fmt::format("signal {}", signal);
  }
  const int code = WEXITSTATUS(ended.status);
  if (code == kResult || code == kRefused || code == kDiagnosed) return std::nullopt;
  return code == kSilent ? "refused without a word" : code == kThrown ? "an exception" : fmt::format("exit {}", code);
}

std::vector<fs::path> shipped_files() {
  std::vector<fs::path> out;
  const fs::path root = fs::path(GPUFLEET_SOURCE_DIR) / "scenarios";
  for (const char* folder : {"", "claims", "fleets", "validation/serving", "validation/network"})
    for (const auto& entry : fs::directory_iterator(root / folder))
      if (entry.path().extension() == ".toml") out.push_back(entry.path());
  for (const auto& entry : fs::recursive_directory_iterator(root / "validation/training"))
    if (entry.path().extension() == ".toml") out.push_back(entry.path());
  std::erase_if(out, [](const fs::path& file) { return file.filename() == "skipped.toml" || file.filename() == "engines.toml"; });
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  const int seconds = std::atoi(argv[1]), count = std::atoi(argv[2]);
  const auto seed = static_cast<std::uint64_t>(argc > 3 ? std::atoll(argv[3]) : 1);
  const DataPaths data = data_below(GPUFLEET_SOURCE_DIR);
  const Shipped shipped{load_catalogs(data).value(), load_hardware_data(data).value()};
  const std::vector<fs::path> files = shipped_files();
  std::map<fs::path, Depth> depths;
  std::map<std::string, int> kinds;
  int findings = 0;
  double slowest = 0;
  RandomStream random(seed, "mutated scenarios");
  for (int i = 0; i < count; ++i) {
    // The few top-level scenarios are as likely as the many validation cases.
    const fs::path& file = files[random.below(files.size())];
    const std::string text = text_of(file);
    if (!depths.contains(file)) {
      const Ended whole = in_a_child(text, file, shipped, Depth::run, seconds);
      depths[file] = WIFEXITED(whole.status) && whole.seconds < kShortRun ? Depth::run : Depth::plan;
    }
    const std::string broken = hardening::mutate_scenario(text, random);
    const Ended ended = in_a_child(broken, file, shipped, depths[file], seconds);
    const std::optional<std::string> found = finding(ended);
    slowest = std::max(slowest, ended.seconds);
    if (!found) {
      ++kinds[WEXITSTATUS(ended.status) == kDiagnosed ? "diagnosed"
              : WEXITSTATUS(ended.status) == kRefused ? "does not fit"
                                                      : "result"];
      continue;
    }
    ++findings;
    std::fputs(fmt::format("{} {}: {}\n", i, fs::relative(file, GPUFLEET_SOURCE_DIR).string(), *found).c_str(), stdout);
    if (argc > 4) std::ofstream(fs::path(argv[4]) / fmt::format("{}-{}-{}", seed, i, file.filename().string())) << broken;
  }
  std::string summary;
  for (const auto& [kind, times] : kinds) summary += fmt::format("{} {}, ", times, kind);
  const auto planned = std::count_if(depths.begin(), depths.end(), [](const auto& item) { return item.second == Depth::plan; });
  std::fputs(fmt::format("{} mutated scenarios: {}{} findings; slowest {:.2f} s; {} of {} files planned only\n", count, summary,
                         findings, slowest, planned, depths.size())
                 .c_str(),
             stdout);
  return findings == 0 ? 0 : 1;
}
