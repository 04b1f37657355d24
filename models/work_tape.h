// Internal to the room: records the operators of a layer in forward order, each with its backward, and plays them back as a
// LayerWork. Backward order is the reverse of forward order, as automatic differentiation runs it.
#pragma once

#include <initializer_list>
#include <vector>

#include "models/training_choices.h"
#include "models/work.h"

namespace gpufleet::models {

/// Who casts a linear's input to 8 bits: a kernel of its own, the kernel that made the input, or an earlier linear that
/// reads the same input. Without 8-bit GEMMs it makes no difference.
enum class InputCast : std::uint8_t { separate, fused, shared };
/// Who casts the gradient of a linear's output: a kernel here, the kernel that made it, or its sender (along n only, so that
/// the weight GEMM still needs it transposed).
enum class GradientCast : std::uint8_t { separate, fused, received };
/// quantised: in Precision::gemm; plain: in the activation type (router, LM head).
enum class LinearKind : std::uint8_t { quantised, plain };

/// Y[m,n] = X[m,k] · W[k,n], all as one rank sees them.
struct Linear {
  Part part = Part::dense_ffn;
  std::int64_t m = 0, n = 0, k = 0;
  InputCast input = InputCast::separate;
  GradientCast gradient = GradientCast::separate;
  LinearKind kind = LinearKind::quantised;
};

/// The same for the experts of a rank; `rows` over all of them.
struct GroupedLinear {
  Part part = Part::expert_ffn;
  std::int64_t groups = 0, rows = 0, n = 0, k = 0;
  InputCast input = InputCast::separate;
  GradientCast gradient = GradientCast::separate;
};

struct StreamCost {
  hw::StreamKind kind = hw::StreamKind::elementwise;
  double bytes = 0;
  std::int64_t launches = 1;
};

class Tape {
 public:
  Tape(const Precision& precision, const Implementation& implementation);

  /// Operators that follow belong to these recompute classes.
  void scope(std::initializer_list<RecomputeOp> ops);
  /// The same for operators that close a block: nothing but the block's output comes of them.
  void closing_scope(std::initializer_list<RecomputeOp> ops);
  void linear(const Linear& shape);
  void grouped_linear(const GroupedLinear& shape);
  /// A memory-bound operator; zero bytes emit nothing.
  void stream(Part part, const StreamCost& forward, const StreamCost& backward);
  /// Memory-bound work that only the weight pass does.
  void weight_stream(Part part, const StreamCost& cost);
  void kernel(Part part, const hw::Kernel& forward, const hw::Kernel& backward);
  /// Communication; zero bytes emit nothing.
  void comm(Part part, const Comm& forward, const Comm& backward);

  /// Appends all that `other` recorded, with its recompute classes.
  void append(const Tape& other);

  [[nodiscard]] LayerWork play(const Recompute& recompute) const;

  [[nodiscard]] bool fused() const { return implementation_.elementwise == ElementwiseKernels::fused; }
  [[nodiscard]] bool gradients_beside_products() const { return implementation_.gradient_comm == GradientComm::beside_products; }
  [[nodiscard]] bool casts() const { return precision_.low_precision_gemm(); }
  /// Bytes of an activation value, and of one in the GEMM's 8-bit format with its share of a scale per 128 values.
  [[nodiscard]] double value_bytes() const { return hw::bytes_per_value(precision_.activation()); }
  [[nodiscard]] double cast_bytes() const;

 private:
  struct Step {
    std::uint32_t classes = 0;
    bool closing = false;
    std::vector<WorkItem> forward, backward, weight;
  };
  Step& add();
  void add_weight_accumulation(Step& step, Part part, double weights) const;
  void add_casts(Step& step, const Linear& shape) const;

  Precision precision_;
  Implementation implementation_;
  std::uint32_t classes_ = 0;
  bool closing_ = false;
  std::vector<Step> steps_;
};

/// Bytes of one value on the expert-parallel wire or in a cast tensor: 8-bit and smaller formats carry an FP32 scale per 128.
double wire_bytes(hw::Dtype dtype);

}  // namespace gpufleet::models
