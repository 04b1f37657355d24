#include "sim/serving/memory.h"

#include <fmt/format.h>

#include <algorithm>

namespace gpufleet::sim {
namespace {

constexpr double kGb = 1e9;

// Live activations of a layer at the largest batch: hidden state and residual, the widest inner tensor and its product, in BF16.
double activations(const InstanceSpec& spec) {
  const models::Architecture& a = spec.architecture;
  const double tokens = spec.engine.max_batched_tokens;
  const double inner = static_cast<double>(std::max(a.ffn_dense / spec.shard.tp, a.top_k * a.moe_ffn / spec.shard.expert_tp()));
  const double heads = static_cast<double>(a.heads * a.head_dim) / spec.shard.tp;
  return 2 * tokens * (2 * static_cast<double>(a.hidden) + 3 * inner + 3 * heads);
}

}  // namespace

double InstanceMemory::kv_tokens() const {
  const double left = budget - weights - workspace;
  return left > 0 && kv_per_token > 0 ? left / kv_per_token : 0.0;
}

InstanceMemory instance_memory(const InstanceSpec& spec) {
  const models::ServingRank rank{&spec.architecture, spec.shard, spec.precision, {}};
  InstanceMemory out;
  out.usable = static_cast<double>(spec.accelerator.usable_memory.value());
  out.budget = out.usable * spec.engine.memory_fraction;
  out.weights = models::serving_weight_bytes(rank, spec.speculation.drafts > 0 ? 1 : 0);
  if (spec.offload.on) {
    out.host_weights = models::serving_expert_bytes(rank);
    out.weights -= out.host_weights;
  }
  out.workspace = spec.engine.workspace + activations(spec);
  out.kv_per_token = models::serving_kv_bytes(rank);
  return out;
}

std::string memory_refusal(const InstanceSpec& spec, const InstanceMemory& memory, double tokens) {
  const std::string& model = spec.architecture.name;
  const std::string gpus = spec.shard.gpus() == 1 ? "one " + spec.accelerator.name
                                                  : fmt::format("each of {} {}", spec.shard.gpus(), spec.accelerator.name);
  if (spec.offload.on && memory.host_weights * spec.shard.gpus() > spec.offload.memory)
    return fmt::format("the experts of {} take {:.1f} GB, the host has {:.1f} GB of memory", model,
                       memory.host_weights * spec.shard.gpus() / kGb, spec.offload.memory / kGb);
  if (memory.weights > memory.budget)
    return fmt::format(
        "weights of {} take {:.1f} GB on {}, which offers {:.2f} GB ({:.2f} GB of memory x {:.2f}): {:.1f} times too much", model,
        memory.weights / kGb, gpus, memory.budget / kGb, memory.usable / kGb, spec.engine.memory_fraction,
        memory.weights / memory.budget);
  if (memory.kv_tokens() < tokens)
    return fmt::format(
        "{} of {:.2f} GB: weights {:.2f} GB and workspace {:.2f} GB leave room for the keys and values of {:.0f} tokens ({:.1f} "
        "kB "
        "each), a request needs {:.0f}",
        gpus, memory.budget / kGb, memory.weights / kGb, memory.workspace / kGb, memory.kv_tokens(), memory.kv_per_token / 1e3,
        tokens);
  return "";
}

}  // namespace gpufleet::sim
