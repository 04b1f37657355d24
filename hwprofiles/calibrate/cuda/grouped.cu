// Grouped GEMM of experts in one call: cuBLAS's grouped GEMM (BF16), group g's rows times its own weights [n, k], rows shared
// evenly.
#include <cublas_v2.h>

#include <algorithm>

#include "hwprofiles/calibrate/cuda/gemm_reference.cuh"

namespace gpufleet::hw::cuda {

namespace {

/// More sets than this make the pointer tables long and nothing colder: the arena is spread over evenly.
constexpr std::size_t kMostSets = 64;

struct DestroyBlas {
  void operator()(cublasContext* handle) const { cublasDestroy(handle); }
};

class CublasGrouped final : public LaunchedKernel {
 public:
  CublasGrouped(const Context& context, const GroupedGemm& shape) : LaunchedKernel(context), shape_(shape) {}

  Diagnostics set_up() {
    const auto groups = static_cast<std::size_t>(shape_.groups);
    rows_ = shape_.rows / shape_.groups;
    a_ = shape_.rows * shape_.k;
    const std::int64_t weights = shape_.groups * shape_.n * shape_.k;
    layout_ = sets_of(context_.arena_bytes, static_cast<std::size_t>(a_ + weights) * 2,
                      static_cast<std::size_t>(shape_.rows * shape_.n) * 2);
    if (layout_.count == 0) return {refusal("it does not fit the memory set aside")};
    arena_ = &context_.arena(Value::bf16);
    cublasHandle_t handle = nullptr;
    if (cublasCreate(&handle) != CUBLAS_STATUS_SUCCESS) return {refusal("cublasCreate failed")};
    handle_.reset(handle);
    cublasSetStream(handle, context_.stream);
    used_sets_ = std::min(layout_.count, kMostSets);
    std::vector<void*> table;  // per set: weights, rows, results of each group
    for (std::size_t set = 0; set < used_sets_; ++set)
      for (int operand = 0; operand < 3; ++operand)
        for (std::size_t group = 0; group < groups; ++group)
          table.push_back(address(set, operand, static_cast<std::int64_t>(group)));
    table_ = allocate(table.size() * sizeof(void*));
    if (!arena_->inputs || !table_) return {refusal("no memory on the device")};
    transposed_.assign(groups, CUBLAS_OP_T);
    plain_.assign(groups, CUBLAS_OP_N);
    n_.assign(groups, static_cast<int>(shape_.n));
    m_.assign(groups, static_cast<int>(rows_));
    k_.assign(groups, static_cast<int>(shape_.k));
    ones_.assign(groups, 1.0f);
    zeros_.assign(groups, 0.0f);
    sizes_.assign(groups, 1);
    return failure(cudaMemcpy(table_.get(), table.data(), table.size() * sizeof(void*), cudaMemcpyHostToDevice), "cudaMemcpy");
  }

  std::string engine() const override {
    int version = 0;
    cublasGetVersion(handle_.get(), &version);
    return "cublasGemmGroupedBatchedEx " + std::to_string(version / 10000) + "." + std::to_string(version / 100 % 100);
  }

  Result<double> relative_error() override {
    if (Diagnostics errors = launch(0); !errors.empty()) return errors;
    double worst = 0;
    for (const std::int64_t group : {std::int64_t{0}, shape_.groups - 1}) {
      const Result<double> error = gemm_error({.a = address(0, 1, group),
                                               .w = address(0, 0, group),
                                               .d = static_cast<const __nv_bfloat16*>(address(0, 2, group)),
                                               .value = Value::bf16,
                                               .m = rows_,
                                               .n = shape_.n,
                                               .k = shape_.k,
                                               .scale = 1},
                                              context_.stream);
      if (!error) return error;
      worst = std::max(worst, *error);
    }
    return worst;
  }

 private:
  std::size_t sets() const override { return used_sets_; }

  /// Operand 0: the group's weights, 1: its rows, 2: its results. Sets lie evenly over the arena.
  void* address(std::size_t set, int operand, std::int64_t group) const {
    const std::size_t offset = set * (layout_.count / used_sets_) * layout_.stride;
    char* base = static_cast<char*>(operand == 2 ? arena_->outputs.get() : arena_->inputs.get()) + offset;
    if (operand == 0) return base + 2 * (a_ + group * shape_.n * shape_.k);
    return base + 2 * group * rows_ * (operand == 1 ? shape_.k : shape_.n);
  }

  Diagnostics launch(std::size_t set) override {
    const auto groups = static_cast<std::size_t>(shape_.groups);
    void** table = static_cast<void**>(table_.get()) + set * 3 * groups;
    const cublasStatus_t status = cublasGemmGroupedBatchedEx(
        handle_.get(), transposed_.data(), plain_.data(), n_.data(), m_.data(), k_.data(), ones_.data(), table, CUDA_R_16BF,
        k_.data(), table + groups, CUDA_R_16BF, k_.data(), zeros_.data(), table + 2 * groups, CUDA_R_16BF, n_.data(),
        static_cast<int>(groups), sizes_.data(), CUBLAS_COMPUTE_32F);
    if (status == CUBLAS_STATUS_SUCCESS) return {};
    return {refusal(std::string("cublasGemmGroupedBatchedEx: ") + cublasGetStatusString(status))};
  }

  GroupedGemm shape_;
  std::int64_t rows_ = 0, a_ = 0;
  Sets layout_;
  std::size_t used_sets_ = 1;
  const Arena* arena_ = nullptr;
  DeviceMemory table_;
  std::unique_ptr<cublasContext, DestroyBlas> handle_;
  std::vector<cublasOperation_t> transposed_, plain_;
  std::vector<int> m_, n_, k_, sizes_;
  std::vector<float> ones_, zeros_;
};

}  // namespace

Prepared prepare_grouped(const Context& context, const GroupedGemm& shape) {
  if (shape.dtype != Dtype::bf16 || shape.layout != GroupLayout::contiguous || shape.imbalance != 1.0 ||
      shape.rows % shape.groups != 0)
    return refusal("only even BF16 groups, one after another, are measured");
  auto grouped = std::make_unique<CublasGrouped>(context, shape);
  if (Diagnostics errors = grouped->set_up(); !errors.empty()) return errors;
  return std::unique_ptr<PreparedKernel>(std::move(grouped));
}

}  // namespace gpufleet::hw::cuda
