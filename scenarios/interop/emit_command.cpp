#include <fmt/format.h>

#include "scenarios/interop/launch_command.h"

namespace gpufleet::scenarios {
namespace {

class Words {
 public:
  explicit Words(std::string program) : text_(std::move(program)) {}
  void flag(std::string_view name) { text_ += fmt::format(" \\\n  {}", name); }
  template <class Value>
  void flag(std::string_view name, const Value& value) {
    text_ += fmt::format(" \\\n  {} {}", name, value);
  }
  /// Degrees of 1 go without saying.
  void degree(std::string_view name, int value) {
    if (value > 1) flag(name, value);
  }
  [[nodiscard]] std::string take() { return text_ + "\n"; }

 private:
  std::string text_;
};

std::string megatron(const Scenario& scenario) {
  const TrainingSpec& training = *scenario.training;
  const PhaseSpec& phase = training.phases.front();
  const LayoutSpec& layout = phase.layout;
  const models::Architecture& model = scenario.architecture;
  const PoolSpec& pool = scenario.pools.front();
  const int per_node = std::min(pool.gpus_per_node, pool.count);
  Words out(
      fmt::format("torchrun --nnodes {} --nproc-per-node {} pretrain_gpt.py", (pool.count + per_node - 1) / per_node, per_node));
  out.flag("--num-layers", model.layers);
  out.flag("--hidden-size", model.hidden);
  out.flag("--num-attention-heads", model.heads);
  out.flag("--seq-length", phase.sequence);
  out.flag("--micro-batch-size", layout.micro_batch);
  out.flag("--global-batch-size", phase.global_batch);
  out.degree("--tensor-model-parallel-size", layout.tp);
  out.degree("--pipeline-model-parallel-size", layout.pp);
  out.degree("--context-parallel-size", layout.cp);
  out.degree("--expert-model-parallel-size", layout.ep);
  out.degree("--num-virtual-stages-per-pipeline-rank", layout.virtual_stages);
  if (layout.expert_tp != layout.tp && layout.ep > 1) out.flag("--expert-tensor-parallel-size", layout.expert_tp);
  if (layout.tp > 1 && layout.sequence_parallel == models::SequenceParallel::on) out.flag("--sequence-parallel");
  if (layout.zero == 1) out.flag("--use-distributed-optimizer");
  const bool eight = training.precision.gemm == hw::Dtype::fp8;
  out.flag(training.precision.gemm == hw::Dtype::fp16 ? "--fp16" : "--bf16");
  if (eight) out.flag("--fp8-format", "hybrid");
  if (eight && training.precision.scaling == models::Scaling::block) out.flag("--fp8-recipe", "blockwise");
  if (training.overlap.grad_reduce) out.flag("--overlap-grad-reduce");
  if (training.overlap.param_gather && layout.zero == 1) out.flag("--overlap-param-gather");
  if (training.overlap.tensor_parallel) out.flag("--tp-comm-overlap");
  return out.take();
}

std::string serving(const Scenario& scenario, LaunchTool tool) {
  const ServingPoolSpec& pool = scenario.serving->pools.front();
  const bool vllm = tool == LaunchTool::vllm;
  Words out(vllm ? fmt::format("vllm serve {}", scenario.architecture.name)
                 : fmt::format("python -m sglang.launch_server --model-path {}", scenario.architecture.name));
  // SGLang counts all ranks of the instance as tensor-parallel and cuts attention groups out of them.
  out.degree("--tensor-parallel-size", vllm ? pool.shard.tp : pool.shard.tp * pool.shard.dp);
  out.degree("--pipeline-parallel-size", pool.shard.pp);
  out.degree(vllm ? "--data-parallel-size" : "--dp-size", pool.shard.dp);
  if (!vllm && pool.shard.dp > 1) out.flag("--enable-dp-attention");
  if (pool.shard.ep > 1 && vllm) out.flag("--enable-expert-parallel");
  if (!vllm) out.degree("--ep-size", pool.shard.ep);
  if (pool.precision.kv == hw::Dtype::fp8) out.flag("--kv-cache-dtype", vllm ? "fp8" : "fp8_e4m3");
  if (pool.precision.linear == hw::Dtype::fp8) out.flag("--quantization", "fp8");
  if (pool.max_sequences) out.flag(vllm ? "--max-num-seqs" : "--max-running-requests", *pool.max_sequences);
  if (pool.max_batched_tokens) out.flag(vllm ? "--max-num-batched-tokens" : "--chunked-prefill-size", *pool.max_batched_tokens);
  if (pool.memory_fraction) out.flag(vllm ? "--gpu-memory-utilization" : "--mem-fraction-static", *pool.memory_fraction);
  return out.take();
}

}  // namespace

Result<std::string> emit_command(const Scenario& scenario, LaunchTool tool) {
  const bool training = tool == LaunchTool::megatron;
  if (training ? !scenario.training.has_value() : !scenario.serving.has_value())
    return Diagnostic{.where = {scenario.name, 0, 0},
                      .key = training ? "training" : "serving",
                      .message = fmt::format("the scenario has nothing that {} could run", name(tool)),
                      .hint = {}};
  return training ? megatron(scenario) : serving(scenario, tool);
}

}  // namespace gpufleet::scenarios
