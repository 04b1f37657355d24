#include "scenarios/mpi/ranks.h"

#include <dlfcn.h>
#include <fmt/format.h>
#include <array>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <vector>

namespace gpufleet::scenarios {
namespace {

namespace fs = std::filesystem;

constexpr const char* kPlugin = "libgpufleet_mpi.so";

// Launchers tell their processes how many there are: Open MPI's mpirun, PMI-1 and PMI-2 (MPICH's mpiexec, srun --mpi=pmi2). With
// srun --mpi=pmix it is the size of the Slurm step.
int launched_processes() {
  const auto number = [](const char* name) {
    const char* text = std::getenv(name);
    int value = 0;
    if (text != nullptr) std::from_chars(text, text + std::strlen(text), value);
    return value;
  };
  for (const char* name : {"OMPI_COMM_WORLD_SIZE", "PMI_SIZE"})
    if (const int size = number(name); size > 0) return size;
  return std::getenv("PMIX_RANK") != nullptr ? number("SLURM_STEP_NUM_TASKS") : 1;
}

// Beside the program in a build folder, in lib/gpufleet of an installation.
void* open_plugin(std::string& why) {
  std::error_code error;
  const fs::path folder = fs::read_symlink("/proc/self/exe", error).parent_path();
  const std::array<fs::path, 2> places{folder / kPlugin, folder.parent_path() / "lib" / "gpufleet" / kPlugin};
  for (const fs::path& place : places) {
    if (!fs::exists(place, error)) continue;
    // Global: MPI libraries open components of their own that look for their symbols.
    if (void* plugin = dlopen(place.c_str(), RTLD_NOW | RTLD_GLOBAL); plugin != nullptr) return plugin;
    why = dlerror();
    return nullptr;
  }
  why = fmt::format("{} is not beside the program nor in ../lib/gpufleet", kPlugin);
  return nullptr;
}

Diagnostic cannot_join(int processes, std::string why) {
  return {.where = {"MPI", 0, 0},
          .message = fmt::format("the launcher started {} processes, but they cannot reach each other: {}", processes, why),
          .hint = "install Open MPI and build with WITH_MPI, or start one process alone"};
}

}  // namespace

Result<std::unique_ptr<Ranks>> join_ranks() {
  const int processes = launched_processes();
  if (processes <= 1) return std::unique_ptr<Ranks>();
  std::string why;
  void* plugin = open_plugin(why);
  if (plugin == nullptr) return cannot_join(processes, why);
  const auto open = reinterpret_cast<OpenRanks>(dlsym(plugin, kOpenRanks));
  if (open == nullptr) return cannot_join(processes, "the plug-in is of another version");
  std::unique_ptr<Ranks> ranks(open());
  if (!ranks) return cannot_join(processes, "MPI does not start");
  return ranks;
}

}  // namespace gpufleet::scenarios
