// dlopen of the CUDA back end; nothing else of the project knows that it is a library.
#include "hwprofiles/calibrate/cuda_module.h"

#include <dlfcn.h>

#include <filesystem>

namespace gpufleet::hw {

namespace {

constexpr const char* kLibrary = "libgpufleet_cuda.so";

Diagnostic no_cuda(std::string why) { return {.kind = DiagnosticKind::infeasible, .message = std::move(why)}; }

/// The library's table, or why it cannot be used.
Result<const CudaModule*> load_module() {
  std::error_code failed;
  const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", failed);
  const std::filesystem::path folder = program.parent_path();
  for (const std::filesystem::path& place :
       {folder / kLibrary, folder / "../lib" / kLibrary, folder / "../lib/gpufleet" / kLibrary}) {
    if (!std::filesystem::exists(place, failed)) continue;
    void* library = ::dlopen(place.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) return no_cuda(std::string("the CUDA back end does not load: ") + ::dlerror());
    using Entry = const CudaModule* (*)();
    const auto entry = reinterpret_cast<Entry>(::dlsym(library, "gpufleet_cuda_module"));
    if (entry == nullptr) return no_cuda("the CUDA back end lacks its entry");
    const CudaModule* module = entry();
    if (module->version != kCudaModuleVersion) return no_cuda("the CUDA back end is of another version of this program");
    return module;
  }
  return no_cuda("this build has no CUDA back end");
}

}  // namespace

Result<std::vector<std::string>> cuda_device_names() {
  const Result<const CudaModule*> module = load_module();
  if (!module) return module.diagnostics();
  return (*module)->device_names();
}

Result<std::unique_ptr<CalibrationBackend>> make_cuda_backend(int index) {
  const Result<const CudaModule*> module = load_module();
  if (!module) return module.diagnostics();
  return (*module)->make_backend(index);
}

}  // namespace gpufleet::hw
