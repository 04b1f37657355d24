// How a training job spreads over GPUs, and why a layout may not work: every reason in plain words.
#pragma once

#include <cstdint>

#include "core/diagnostics.h"
#include "models/architecture.h"
#include "models/memory.h"
#include "models/training_choices.h"

namespace gpufleet::models {

/// Whether a tensor-parallel group may leave its node; a scenario has to say so.
enum class TensorParallelSpan : std::uint8_t { node, across_nodes };

/// Degrees of parallelism: tp·cp·pp·dp GPUs. Experts are laid over the same GPUs: ep·expert_tp divides tp·cp·dp.
struct Layout {
  int tp = 1;
  int pp = 1;
  int dp = 1;
  int ep = 1;
  int cp = 1;
  int expert_tp = 1;
  int virtual_stages = 1;  ///< model chunks a pipeline rank holds
  Zero zero = Zero::optimizer;
  std::int64_t micro_batch = 1;  ///< sequences
  SequenceParallel sequence_parallel = SequenceParallel::on;
  TensorParallelSpan tp_span = TensorParallelSpan::node;
  friend bool operator==(const Layout&, const Layout&) = default;

  [[nodiscard]] Shard shard() const { return {tp, sequence_parallel, cp, ep, expert_tp}; }
  [[nodiscard]] Replicas replicas() const { return {dp * cp, dp * cp * tp / (ep * expert_tp)}; }
};

/// The job that a layout has to serve.
struct LayoutJob {
  std::int64_t gpus = 0;
  std::int64_t gpus_per_node = 0;
  std::int64_t global_batch = 0;  ///< sequences
  std::int64_t sequence_length = 0;
};

/// Errors (it cannot run) and warnings (it runs, but not as one may think). Keys are "layout.tp", "layout.pp", "layout.dp",
/// "layout.ep", "layout.cp", "layout.expert_tp", "layout.virtual_stages", "layout.zero", "layout.micro_batch", "global_batch",
/// "sequence", "architecture"; a caller adds the places in its file. Uneven pipeline stages are no error.
Diagnostics check_layout(const Architecture& architecture, const Layout& layout, const LayoutJob& job);

}  // namespace gpufleet::models
