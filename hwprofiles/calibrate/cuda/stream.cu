// Memory-bound kernels: copy (the driver's, device to device) and the triad c = a + s·b in FP32, which at a few values is the
// launch.
#include <algorithm>

#include "hwprofiles/calibrate/cuda/device.cuh"

namespace gpufleet::hw::cuda {

namespace {

constexpr float kFactor = 1.7f;
constexpr int kThreads = 256;

__global__ void triad(const float4* a, const float4* b, float4* c, std::int64_t count) {
  const std::int64_t i = blockIdx.x * static_cast<std::int64_t>(kThreads) + threadIdx.x;
  if (i >= count) return;
  const float4 x = a[i], y = b[i];
  c[i] = {x.x + kFactor * y.x, x.y + kFactor * y.y, x.z + kFactor * y.z, x.w + kFactor * y.w};
}

class StreamRun final : public LaunchedKernel {
 public:
  StreamRun(const Context& context, const Stream& shape)
      : LaunchedKernel(context), shape_(shape), is_copy_(shape.kind == StreamKind::copy) {}

  Diagnostics set_up() {
    const double per_value = is_copy_ ? 8 : 12;
    // Whole float4 values.
    count_ = static_cast<std::int64_t>(shape_.bytes / static_cast<double>(shape_.launches) / per_value) / 4 * 4;
    if (count_ == 0) return {refusal("it moves less than one vector a launch")};
    layout_ = sets_of(context_.arena_bytes, static_cast<std::size_t>(count_) * (is_copy_ ? 4 : 8),
                      static_cast<std::size_t>(count_) * 4);
    if (layout_.count == 0) return {refusal("it does not fit the memory set aside")};
    arena_ = &context_.arena(Value::fp32);
    if (!arena_->inputs) return {refusal("no memory on the device")};
    return {};
  }

  std::string engine() const override {
    return std::string(is_copy_ ? "cudaMemcpyAsync" : "gpufleet triad") + ", CUDA " + context_.runtime;
  }

  Result<double> relative_error() override {
    if (Diagnostics errors = run_set(0); !errors.empty()) return errors;
    constexpr std::int64_t kSamples = 65536;
    const std::int64_t samples = std::min(count_, kSamples), from = count_ - samples;
    const auto* a = static_cast<const float*>(arena_->inputs.get());
    const auto x = to_host<float>(a + from, static_cast<std::size_t>(samples), context_.stream);
    const auto y = to_host<float>(a + (is_copy_ ? 0 : count_) + from, static_cast<std::size_t>(samples), context_.stream);
    const auto seen = to_host<float>(static_cast<const float*>(arena_->outputs.get()) + from, static_cast<std::size_t>(samples),
                                     context_.stream);
    if (!x || !y || !seen) return refusal("reading back failed");
    std::vector<double> expected;
    for (std::size_t i = 0; i < x->size(); ++i)
      expected.push_back(is_copy_ ? (*x)[i] : (*x)[i] + static_cast<double>(kFactor) * (*y)[i]);
    return gpufleet::hw::cuda::relative_error(*seen, expected);
  }

 private:
  std::size_t sets() const override { return layout_.count; }

  Diagnostics run_set(std::size_t set) {
    const auto* a = reinterpret_cast<const float*>(static_cast<const char*>(arena_->inputs.get()) + set * layout_.stride);
    auto* c = reinterpret_cast<float*>(static_cast<char*>(arena_->outputs.get()) + set * layout_.stride);
    if (is_copy_)
      return failure(cudaMemcpyAsync(c, a, static_cast<std::size_t>(count_) * 4, cudaMemcpyDeviceToDevice, context_.stream),
                     "cudaMemcpyAsync");
    const std::int64_t vectors = count_ / 4;
    triad<<<static_cast<unsigned>((vectors + kThreads - 1) / kThreads), kThreads, 0, context_.stream>>>(
        reinterpret_cast<const float4*>(a), reinterpret_cast<const float4*>(a + count_), reinterpret_cast<float4*>(c), vectors);
    return failure(cudaGetLastError(), "triad");
  }

  Diagnostics launch(std::size_t set) override {
    Diagnostics errors;
    for (std::int64_t i = 0; i < shape_.launches && errors.empty(); ++i)
      errors = run_set((set * static_cast<std::size_t>(shape_.launches) + static_cast<std::size_t>(i)) % layout_.count);
    return errors;
  }

  Stream shape_;
  bool is_copy_;
  std::int64_t count_ = 0;
  Sets layout_;
  const Arena* arena_ = nullptr;
};

}  // namespace

Prepared prepare_stream(const Context& context, const Stream& shape) {
  if (shape.kind != StreamKind::copy && shape.kind != StreamKind::elementwise)
    return refusal("only copies and triads are measured");
  auto run = std::make_unique<StreamRun>(context, shape);
  if (Diagnostics errors = run->set_up(); !errors.empty()) return errors;
  return std::unique_ptr<PreparedKernel>(std::move(run));
}

}  // namespace gpufleet::hw::cuda
