// Internal to the room: the sizes that one rank sees, and the steps that every block shares (norm, residual, entry to and
// exit from the tensor-parallel region).
#pragma once

#include "models/architecture.h"
#include "models/training_choices.h"
#include "models/work_tape.h"

namespace gpufleet::models {

struct RankView {
  std::int64_t tokens = 0;        ///< of the micro-batch on this context-parallel rank
  std::int64_t local_tokens = 0;  ///< of them, those whose norms and residuals this rank computes (sequence parallelism)
  std::int64_t own_tokens = 0;    ///< tokens / tp: those that it alone sends to experts
  std::int64_t sequences = 0;
  std::int64_t sequence_length = 0;
  std::int64_t tp = 1, cp = 1, ep = 1, expert_tp = 1;
  bool sequence_parallel = false;
  bool dropout = false;
};
RankView rank_view(const Shard& shard, const MicroBatch& micro_batch, const Implementation& implementation);

/// value / parts, rounded up (padding, replicated key/value heads).
std::int64_t split(std::int64_t value, std::int64_t parts);

/// Bias of a linear's output [m, n] where no epilogue takes it.
void append_bias(Tape& tape, Part part, double values);
/// Norm over `values` = tokens · width. `gated_family`: RMSNorm, which frameworks without a fused kernel run as six operators.
void append_norm(Tape& tape, Part part, double values, bool gated_family);
/// Start of a residual branch: forward nothing; backward adds the branch's gradient to the stream's.
void append_branch(Tape& tape, const RankView& view, std::int64_t hidden);
/// End of a residual branch: bias, dropout and add.
void append_residual(Tape& tape, const RankView& view, std::int64_t hidden, bool bias);
/// Into the tensor-parallel region with a tensor of `bytes` (whole): all-gather | reduce-scatter of its gradient, or, without
/// sequence parallelism, nothing | all-reduce.
void enter_tp(Tape& tape, Part part, const RankView& view, double bytes);
/// After the linear that reads the gathered input: gathers it again for the weight gradient (only the shard is kept).
void regather_for_weights(Tape& tape, Part part, const RankView& view, double bytes);
/// Out of the region: reduce-scatter | all-gather, or all-reduce | nothing.
void exit_tp(Tape& tape, Part part, const RankView& view, double bytes);

/// Norm, attention and its residual (attention_work.cpp); norm, dense FFN and residual; norm, MoE and residual (ffn_work.cpp).
void append_attention(Tape& tape, const Architecture& architecture, const RankView& view, const Precision& precision,
                      const Implementation& implementation);
void append_dense_ffn(Tape& tape, const Architecture& architecture, const RankView& view);
void append_moe(Tape& tape, const Architecture& architecture, const RankView& view, const Precision& precision,
                const Implementation& implementation);

}  // namespace gpufleet::models
