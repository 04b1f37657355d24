// D[m, n] = A[m, k] · W[n, k]ᵀ through cuBLASLt, BF16 out. In its column-major terms: Dᵀ = op(W) · Aᵀ with W transposed ("TN"),
// which is the only form FP8 has. FP8 on Hopper is block-scaled as DeepSeek-V3 trains: 1×128 for activations, 128×128 for
// weights; where the heuristics know no such kernel (Ada), one scale per tensor, and the engine says so.
#include <cublasLt.h>

#include "hwprofiles/calibrate/cuda/gemm_reference.cuh"

namespace gpufleet::hw::cuda {

namespace {

constexpr std::size_t kWorkspace = std::size_t{64} << 20;
/// The scales are all alike: a scale's value changes no time, and equal ones are right in whatever order the library reads them.
constexpr float kScaleA = 0.5f, kScaleW = 0.25f;
constexpr std::int64_t kScaleBlock = 128;

enum class Scaling : std::uint8_t { none, block, tensor };

struct DestroyLt {
  void operator()(cublasLtContext* handle) const { cublasLtDestroy(handle); }
};

class LtGemm final : public LaunchedKernel {
 public:
  LtGemm(const Context& context, const Gemm& shape) : LaunchedKernel(context), shape_(shape) {}
  ~LtGemm() override {
    for (cublasLtMatrixLayout_t layout : {w_, a_, d_})
      if (layout != nullptr) cublasLtMatrixLayoutDestroy(layout);
    if (operation_ != nullptr) cublasLtMatmulDescDestroy(operation_);
  }

  /// Descriptors, memory, and the heuristics' first choice; a diagnostic if there is none.
  Diagnostics set_up() {
    value_ = shape_.dtype == Dtype::fp8 ? Value::fp8 : Value::bf16;
    inputs_ = static_cast<std::size_t>((shape_.m + shape_.n) * shape_.k) * size_of(value_);
    const std::size_t outputs = static_cast<std::size_t>(shape_.m * shape_.n) * 2;
    layout_ = sets_of(context_.arena_bytes, inputs_, outputs);
    if (layout_.count == 0) return {refusal("it does not fit the memory set aside")};
    arena_ = &context_.arena(value_);
    workspace_ = allocate(kWorkspace);
    if (!arena_->inputs || !workspace_) return {refusal("no memory on the device")};
    cublasLtHandle_t handle = nullptr;
    if (cublasLtCreate(&handle) != CUBLAS_STATUS_SUCCESS) return {refusal("cublasLtCreate failed")};
    handle_.reset(handle);
    const cudaDataType_t type = value_ == Value::fp8 ? CUDA_R_8F_E4M3 : CUDA_R_16BF;
    const auto m = static_cast<std::uint64_t>(shape_.m), n = static_cast<std::uint64_t>(shape_.n),
               k = static_cast<std::uint64_t>(shape_.k);
    cublasLtMatrixLayoutCreate(&w_, type, k, n, shape_.k);
    cublasLtMatrixLayoutCreate(&a_, type, k, m, shape_.k);
    cublasLtMatrixLayoutCreate(&d_, CUDA_R_16BF, n, m, shape_.n);
    if (value_ == Value::bf16) return choose(Scaling::none);
    if (context_.capability >= 90 && choose(Scaling::block).empty()) return {};
    return choose(Scaling::tensor);
  }

  std::string engine() const override {
    const char* scaling = scaling_ == Scaling::block    ? ", 1x128 and 128x128 scales"
                          : scaling_ == Scaling::tensor ? ", tensor scales"
                                                        : "";
    const std::size_t version = cublasLtGetVersion();
    return "cublasLt " + std::to_string(version / 10000) + "." + std::to_string(version / 100 % 100) + scaling;
  }

  Result<double> relative_error() override {
    if (Diagnostics errors = launch(0); !errors.empty()) return errors;
    const auto* a = static_cast<const char*>(arena_->inputs.get());
    return gemm_error({.a = a,
                       .w = a + static_cast<std::size_t>(shape_.m * shape_.k) * size_of(value_),
                       .d = static_cast<const __nv_bfloat16*>(arena_->outputs.get()),
                       .value = value_,
                       .m = shape_.m,
                       .n = shape_.n,
                       .k = shape_.k,
                       .scale = value_ == Value::fp8 ? static_cast<double>(kScaleA) * kScaleW : 1.0},
                      context_.stream);
  }

 private:
  std::size_t sets() const override { return layout_.count; }

  Diagnostics launch(std::size_t set) override {
    const char* a = static_cast<const char*>(arena_->inputs.get()) + set * layout_.stride;
    const char* w = a + static_cast<std::size_t>(shape_.m * shape_.k) * size_of(value_);
    char* d = static_cast<char*>(arena_->outputs.get()) + set * layout_.stride;
    const float one = 1, zero = 0;
    const cublasStatus_t status = cublasLtMatmul(handle_.get(), operation_, &one, w, w_, a, a_, &zero, d, d_, d, d_, &algorithm_,
                                                 workspace_.get(), kWorkspace, context_.stream);
    if (status == CUBLAS_STATUS_SUCCESS) return {};
    return {refusal(std::string("cublasLtMatmul: ") + cublasLtGetStatusString(status))};
  }

  template <class T>
  bool set(cublasLtMatmulDescAttributes_t attribute, const T& value) {
    return cublasLtMatmulDescSetAttribute(operation_, attribute, &value, sizeof value) == CUBLAS_STATUS_SUCCESS;
  }

  /// Sets up the operation with that scaling and asks the heuristics.
  Diagnostics choose(Scaling scaling) {
    scaling_ = scaling;
    if (operation_ != nullptr) cublasLtMatmulDescDestroy(operation_);
    operation_ = nullptr;
    if (cublasLtMatmulDescCreate(&operation_, CUBLAS_COMPUTE_32F, CUDA_R_32F) != CUBLAS_STATUS_SUCCESS)
      return {refusal("cublasLtMatmulDescCreate failed")};
    const cublasOperation_t transpose = CUBLAS_OP_T, plain = CUBLAS_OP_N;
    bool done = set(CUBLASLT_MATMUL_DESC_TRANSA, transpose) && set(CUBLASLT_MATMUL_DESC_TRANSB, plain);
    if (scaling != Scaling::none) done = done && set_scales(scaling);
    if (!done) return {refusal("cuBLASLt does not know the operation")};
    cublasLtMatmulPreference_t preference = nullptr;
    cublasLtMatmulPreferenceCreate(&preference);
    cublasLtMatmulPreferenceSetAttribute(preference, CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES, &kWorkspace, sizeof kWorkspace);
    cublasLtMatmulHeuristicResult_t found{};
    int count = 0;
    const cublasStatus_t status =
        cublasLtMatmulAlgoGetHeuristic(handle_.get(), operation_, w_, a_, d_, d_, preference, 1, &found, &count);
    cublasLtMatmulPreferenceDestroy(preference);
    if (status != CUBLAS_STATUS_SUCCESS || count == 0) return {refusal("cuBLASLt has no kernel for the shape")};
    algorithm_ = found.algo;
    return {};
  }

  bool set_scales(Scaling scaling) {
    // Enough for either operand in either mode; rows of block scales are padded to multiples of 4.
    const auto blocks_k = static_cast<std::size_t>((shape_.k + kScaleBlock - 1) / kScaleBlock + 3);
    const auto longest = static_cast<std::size_t>(std::max(shape_.m, shape_.n) + 3);
    const std::size_t count = scaling == Scaling::block ? blocks_k * longest : 1;
    scales_ = allocate(2 * count * sizeof(float));
    if (!scales_) return false;
    auto* scale_w = static_cast<float*>(scales_.get());
    float* scale_a = scale_w + count;
    fill_constant(scale_w, count, kScaleW);
    fill_constant(scale_a, count, kScaleA);
    const cublasLtMatmulMatrixScale_t mode_w =
        scaling == Scaling::block ? CUBLASLT_MATMUL_MATRIX_SCALE_BLK128x128_32F : CUBLASLT_MATMUL_MATRIX_SCALE_SCALAR_32F;
    const cublasLtMatmulMatrixScale_t mode_a =
        scaling == Scaling::block ? CUBLASLT_MATMUL_MATRIX_SCALE_VEC128_32F : CUBLASLT_MATMUL_MATRIX_SCALE_SCALAR_32F;
    return set(CUBLASLT_MATMUL_DESC_A_SCALE_MODE, mode_w) && set(CUBLASLT_MATMUL_DESC_B_SCALE_MODE, mode_a) &&
           set(CUBLASLT_MATMUL_DESC_A_SCALE_POINTER, scale_w) && set(CUBLASLT_MATMUL_DESC_B_SCALE_POINTER, scale_a);
  }

  Gemm shape_;
  Value value_ = Value::bf16;
  Scaling scaling_ = Scaling::none;
  std::size_t inputs_ = 0;
  Sets layout_;
  const Arena* arena_ = nullptr;
  DeviceMemory workspace_, scales_;
  std::unique_ptr<cublasLtContext, DestroyLt> handle_;
  cublasLtMatmulDesc_t operation_ = nullptr;
  cublasLtMatrixLayout_t w_ = nullptr, a_ = nullptr, d_ = nullptr;
  cublasLtMatmulAlgo_t algorithm_{};
};

}  // namespace

Prepared prepare_gemm(const Context& context, const Gemm& shape) {
  if (shape.dtype != Dtype::bf16 && shape.dtype != Dtype::fp8) return refusal("only BF16 and FP8 products are measured");
  auto gemm = std::make_unique<LtGemm>(context, shape);
  if (Diagnostics errors = gemm->set_up(); !errors.empty()) return errors;
  return std::unique_ptr<PreparedKernel>(std::move(gemm));
}

}  // namespace gpufleet::hw::cuda
