// The back end itself: the device's description, its arenas, and the table that the program finds in this library.
#include <algorithm>
#include <array>

#include "hwprofiles/calibrate/cuda/device.cuh"
#include "hwprofiles/calibrate/cuda_module.h"

namespace gpufleet::hw::cuda {

namespace {

/// An eighth of the memory within these: many times any L2, and six of them (three types, in and out) fit beside each other.
constexpr std::size_t kSmallestArena = std::size_t{512} << 20, kLargestArena = std::size_t{4} << 30;

int attribute(cudaDeviceAttr which, int device) {
  int value = 0;
  return cudaDeviceGetAttribute(&value, which, device) == cudaSuccess ? value : 0;
}

std::string version_text(int version) { return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10); }

struct Generation {
  int capability;
  Family family;
  const char* architecture;
  /// Dense BF16 operations per SM and cycle at most (NVIDIA's architecture whitepapers); FP8 does twice as many where it exists.
  double bf16_per_cycle;
  bool has_fp8;
};
constexpr std::array<Generation, 8> kGenerations{{{70, Family::volta, "Volta", 0, false},
                                                  {75, Family::turing, "Turing", 0, false},
                                                  {80, Family::ampere, "Ampere GA100", 2048, false},
                                                  {86, Family::ampere_rtx, "Ampere GA10x", 1024, false},
                                                  {89, Family::ada, "Ada", 1024, true},
                                                  {90, Family::hopper, "Hopper", 4096, true},
                                                  {100, Family::blackwell, "Blackwell", 0, true},
                                                  {120, Family::blackwell_rtx, "Blackwell RTX", 0, true}}};

/// The newest generation not above the capability.
const Generation& generation_of(int capability) {
  const Generation* found = kGenerations.data();
  for (const Generation& generation : kGenerations)
    if (generation.capability <= capability) found = &generation;
  return *found;
}

DeviceDescription describe_device(int index) {
  cudaDeviceProp properties{};
  cudaGetDeviceProperties(&properties, index);
  int driver = 0, runtime = 0, devices = 1;
  cudaDriverGetVersion(&driver);
  cudaRuntimeGetVersion(&runtime);
  cudaGetDeviceCount(&devices);
  const Generation& generation = generation_of(10 * properties.major + properties.minor);
  DeviceDescription device{.id = "cuda:" + std::to_string(index),
                           .name = properties.name,
                           .vendor = "NVIDIA",
                           .driver = "CUDA driver " + version_text(driver) + ", runtime " + version_text(runtime),
                           .architecture = generation.architecture,
                           .family = generation.family,
                           .units = properties.multiProcessorCount,
                           .clock_hz = attribute(cudaDevAttrClockRate, index) * 1e3,
                           .memory = Bytes(static_cast<std::int64_t>(properties.totalGlobalMem)),
                           .last_level_cache = Bytes(properties.l2CacheSize),
                           .peers = index == 0 ? devices : 1};
  const double bf16 = generation.bf16_per_cycle * device.units * device.clock_hz;
  device.flops_ceiling[static_cast<std::size_t>(Dtype::bf16)] = bf16;
  device.flops_ceiling[static_cast<std::size_t>(Dtype::fp16)] = bf16;
  if (generation.has_fp8) device.flops_ceiling[static_cast<std::size_t>(Dtype::fp8)] = 2 * bf16;
  // Two transfers a clock over the whole bus.
  device.bandwidth_ceiling =
      2.0 * attribute(cudaDevAttrMemoryClockRate, index) * 1e3 * attribute(cudaDevAttrGlobalMemoryBusWidth, index) / 8;
  return device;
}

class CudaBackend final : public CalibrationBackend {
 public:
  explicit CudaBackend(int index) : device_(describe_device(index)) {
    int runtime = 0;
    cudaRuntimeGetVersion(&runtime);
    context_ = {.device = index,
                .capability = 10 * attribute(cudaDevAttrComputeCapabilityMajor, index) +
                              attribute(cudaDevAttrComputeCapabilityMinor, index),
                .arena_bytes =
                    std::clamp<std::size_t>(static_cast<std::size_t>(device_.memory.value()) / 8, kSmallestArena, kLargestArena),
                .shared_memory = static_cast<std::size_t>(attribute(cudaDevAttrMaxSharedMemoryPerBlockOptin, index)),
                .runtime = version_text(runtime),
                .arena = [this](Value value) -> const Arena& { return arena(value); }};
    cudaStreamCreate(&context_.stream);
  }
  ~CudaBackend() override {
    cudaStreamSynchronize(context_.stream);
    cudaStreamDestroy(context_.stream);
  }

  const DeviceDescription& device() const override { return device_; }

  Result<std::unique_ptr<PreparedKernel>> prepare(const Kernel& kernel) override {
    if (const auto* shape = std::get_if<Gemm>(&kernel)) return prepare_gemm(context_, *shape);
    if (const auto* shape = std::get_if<GroupedGemm>(&kernel)) return prepare_grouped(context_, *shape);
    if (const auto* shape = std::get_if<Attention>(&kernel)) return prepare_attention(context_, *shape);
    if (const auto* shape = std::get_if<MlaDecode>(&kernel)) return prepare_mla_decode(context_, *shape);
    if (const auto* shape = std::get_if<Stream>(&kernel)) return prepare_stream(context_, *shape);
    if (const auto* shape = std::get_if<Collective>(&kernel)) return prepare_collective(context_, *shape);
    return refusal("no CUDA kernel of this class");
  }

 private:
  /// Made on first use; the memory of all three types together stays below the device.
  const Arena& arena(Value value) {
    Arena& arena = arenas_[static_cast<std::size_t>(value)];
    if (arena.inputs) return arena;
    arena = {allocate(context_.arena_bytes), allocate(context_.arena_bytes), context_.arena_bytes};
    if (!arena.inputs || !arena.outputs)
      arena = {};
    else
      fill_random(arena.inputs.get(), context_.arena_bytes / size_of(value), value, static_cast<std::uint64_t>(value) + 1);
    cudaDeviceSynchronize();
    return arena;
  }

  DeviceDescription device_;
  Context context_;
  std::array<Arena, 3> arenas_;
};

Result<std::vector<std::string>> device_names() {
  int devices = 0;
  const cudaError_t status = cudaGetDeviceCount(&devices);
  if (status != cudaSuccess) return refusal(std::string("no CUDA device: ") + cudaGetErrorString(status));
  std::vector<std::string> names;
  for (int index = 0; index < devices; ++index) {
    cudaDeviceProp properties{};
    if (Diagnostics errors = failure(cudaGetDeviceProperties(&properties, index), "cudaGetDeviceProperties"); !errors.empty())
      return errors;
    names.emplace_back(properties.name);
  }
  if (names.empty()) return refusal("no CUDA device");
  return names;
}

Result<std::unique_ptr<CalibrationBackend>> make_backend(int index) {
  if (Diagnostics errors = failure(cudaSetDevice(index), "cudaSetDevice"); !errors.empty()) return errors;
  return std::unique_ptr<CalibrationBackend>(std::make_unique<CudaBackend>(index));
}

}  // namespace

}  // namespace gpufleet::hw::cuda

extern "C" __attribute__((visibility("default"))) const gpufleet::hw::CudaModule* gpufleet_cuda_module() {
  static const gpufleet::hw::CudaModule module{.version = gpufleet::hw::kCudaModuleVersion,
                                               .device_names = gpufleet::hw::cuda::device_names,
                                               .make_backend = gpufleet::hw::cuda::make_backend};
  return &module;
}
