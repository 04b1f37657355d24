// Work of one rank as a list: kernels and communications in execution order. Models emit it, the simulators time it.
#pragma once

#include <cstdint>
#include <string_view>
#include <variant>
#include <vector>

#include "hwprofiles/kernel.h"

namespace gpufleet::models {

/// tp_* run in the tensor-parallel group, etp_* in the expert-tensor-parallel group, ep_* in the expert-parallel group.
enum class CommKind : std::uint8_t {
  tp_all_gather,
  tp_reduce_scatter,
  tp_all_reduce,
  etp_all_gather,
  etp_reduce_scatter,
  ep_dispatch,
  ep_combine,
  cp_exchange
};
std::string_view name(CommKind kind);

/// `bytes`: tp_* and etp_*: the full (gathered) tensor. ep_*: ONE copy of this rank's tokens, tokens · hidden ·
/// bytes per value with scales, whatever top_k is; how many copies travel where is the network's question.
/// cp_exchange: this rank's keys and values (or their gradients).
struct Comm {
  CommKind kind = CommKind::tp_all_reduce;
  double bytes = 0;
  bool beside_product = false;  ///< may run beside the product that does not need it (see GradientComm)
  friend bool operator==(const Comm&, const Comm&) = default;
};

/// What a work item is for, so that a breakdown can be shown.
enum class Part : std::uint8_t {
  embedding,
  norm,
  attention_projection,
  attention_core,
  dense_ffn,
  router,
  permute,
  expert_ffn,
  shared_expert,
  head,
  loss,
  mtp,
  residual
};
inline constexpr int kParts = 13;
std::string_view name(Part part);

struct WorkItem {
  Part part = Part::residual;
  std::variant<hw::Kernel, Comm> work;
  friend bool operator==(const WorkItem&, const WorkItem&) = default;
};

/// One layer and one micro-batch. `backward_input` begins with whatever is recomputed, then yields the gradient of the
/// layer's input; `backward_weight` may run any time after it and accumulates the weight gradients.
/// A Stream with launches = 0 is traffic of a neighbouring kernel's epilogue and costs no launch of its own.
struct LayerWork {
  std::vector<WorkItem> forward;
  std::vector<WorkItem> backward_input;
  std::vector<WorkItem> backward_weight;
  friend bool operator==(const LayerWork&, const LayerWork&) = default;
};

/// Model FLOPs of one kernel: 2 per multiply-add of matrix products; a causal attention core counts the unmasked half, its
/// backward twice its forward (recomputed scores do not count); memory-bound kernels and communication are 0.
double model_flops(const hw::Kernel& kernel);
/// Sum over the items; communication counts 0.
double model_flops(const std::vector<WorkItem>& items);
/// Bytes of all memory-bound kernels (hw::Stream) of the items.
double stream_bytes(const std::vector<WorkItem>& items);

}  // namespace gpufleet::models
