// How a training job runs a model on one rank: sharding, number formats, recomputation, kernel implementation, micro-batch.
// Plain values with the defaults of a plain BF16 job; scenario files set them (names as in the scenario format).
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string_view>

#include "hwprofiles/kernel.h"

namespace gpufleet::models {

/// Sequence parallelism shards norms and residuals along the sequence in the tensor-parallel group (Korthikanti 2022).
enum class SequenceParallel : std::uint8_t { off, on };

/// Degrees by which one layer is split. Experts: ep ranks hold routed_experts/ep each, every expert split expert_tp ways.
struct Shard {
  int tp = 1;
  SequenceParallel sequence_parallel = SequenceParallel::on;
  int cp = 1;
  int ep = 1;
  int expert_tp = 1;
  friend bool operator==(const Shard&, const Shard&) = default;
};

/// How 8-bit operands carry their scales: per block of 128 values (DeepSeek) or one per tensor (delayed or current scaling).
enum class Scaling : std::uint8_t { block, tensor };

/// Number formats. gemm: the linear layers' tensor-core type (fp8 = block-scaled: 1×128 activations, 128×128 weights);
/// attention: the attention core, and activations where gemm is 8 bits or fewer; dispatch/combine: what crosses the
/// expert-parallel network; parameters: weights that the kernels read; gradients: the buffer they accumulate in;
/// master = parameters means that there is no separate master copy.
struct Precision {
  hw::Dtype gemm = hw::Dtype::bf16;
  Scaling scaling = Scaling::block;  ///< of 8-bit products
  hw::Dtype attention = hw::Dtype::bf16;
  hw::Dtype dispatch = hw::Dtype::bf16;
  hw::Dtype combine = hw::Dtype::bf16;
  hw::Dtype parameters = hw::Dtype::bf16;
  hw::Dtype gradients = hw::Dtype::fp32;
  hw::Dtype master = hw::Dtype::fp32;
  hw::Dtype moments = hw::Dtype::fp32;
  friend bool operator==(const Precision&, const Precision&) = default;

  [[nodiscard]] bool low_precision_gemm() const { return hw::bytes_per_value(gemm) <= 1; }
  /// Type of activations between kernels, and of the linears that are never quantised (router, LM head).
  [[nodiscard]] hw::Dtype activation() const { return low_precision_gemm() ? attention : gemm; }
};

/// What may be dropped after the forward pass and computed again before the backward one.
enum class RecomputeOp : std::uint8_t { norm, mla_up, activation, attention_core, moe, mlp };
inline constexpr int kRecomputeOps = 6;
std::string_view name(RecomputeOp op);  ///< "norm", "mla-up", "activation", "attention-core", "moe", "mlp"
std::optional<RecomputeOp> recompute_op_from_name(std::string_view text);

/// none() | selective() = the attention core | full() = the whole layer from its input | of({...}).
class Recompute {
 public:
  static Recompute none() { return {}; }
  static Recompute selective() { return of({RecomputeOp::attention_core}); }
  static Recompute full();
  static Recompute of(std::initializer_list<RecomputeOp> ops);

  void add(RecomputeOp op) { bits_ |= bit(op); }
  [[nodiscard]] bool contains(RecomputeOp op) const { return full_ || (bits_ & bit(op)) != 0; }
  [[nodiscard]] bool is_full() const { return full_; }
  [[nodiscard]] bool is_none() const { return !full_ && bits_ == 0; }
  friend bool operator==(const Recompute&, const Recompute&) = default;

 private:
  static std::uint32_t bit(RecomputeOp op) { return 1U << static_cast<unsigned>(op); }
  std::uint32_t bits_ = 0;
  bool full_ = false;
};

struct MicroBatch {
  std::int64_t sequences = 1;
  std::int64_t sequence_length = 0;  ///< tokens of a whole sequence, before context parallelism splits it
  friend bool operator==(const MicroBatch&, const MicroBatch&) = default;
};

/// fused: one kernel for RoPE, bias + dropout + residual, SwiGLU with its cast, cross-entropy, gradient accumulation in the
/// weight GEMM's epilogue; unfused: a framework's separate element-wise operators.
enum class ElementwiseKernels : std::uint8_t { fused, unfused };
enum class ExpertKernels : std::uint8_t { grouped, loop };  ///< one grouped GEMM, or one GEMM per expert
enum class Dropout : std::uint8_t { off, on };
/// What crosses the expert-parallel network: a token once per rank that needs it (DeepEP-like), or once per chosen expert, copied
/// at its source (an all-to-all of NCCL, as Megatron-LM's default dispatcher).
enum class DispatchCopies : std::uint8_t { per_rank, per_choice };
/// How far a recomputed block runs again: whole (a re-entrant checkpoint calls the block's forward), or only until the last
/// tensor that the backward pass reads is there again, so that closing products are left out (PyTorch's non-reentrant checkpoint,
/// XLA's dead-code elimination).
enum class Checkpoint : std::uint8_t { whole, early_stop };

/// Where the tensor-parallel communication of a linear's backward pass runs: after and before its products, or beside the one
/// that does not need it, the gather for the weight gradient beside the input's product and the input gradient's reduction beside
/// the weights' one (Megatron-LM since 2022, LinearWithGradAccumulationAndAsyncCommunication).
enum class GradientComm : std::uint8_t { between_products, beside_products };

struct Implementation {
  hw::AttentionKind attention = hw::AttentionKind::flash;
  hw::Mask mask = hw::Mask::causal;  ///< full: the attention kernel computes the masked half too
  ElementwiseKernels elementwise = ElementwiseKernels::fused;
  ExpertKernels experts = ExpertKernels::grouped;
  Dropout dropout = Dropout::off;
  DispatchCopies dispatch_copies = DispatchCopies::per_rank;
  Checkpoint checkpoint = Checkpoint::whole;
  GradientComm gradient_comm = GradientComm::between_products;
  double expert_imbalance = 1.0;  ///< rows of the fullest expert-parallel rank over the mean
  friend bool operator==(const Implementation&, const Implementation&) = default;
};

}  // namespace gpufleet::models
