// Megatron-LM: megatron/training/arguments.py; vLLM: `vllm serve --help`; SGLang: `python -m sglang.launch_server --help`.
#include "scenarios/interop/launch_flags.h"

#include <algorithm>
#include <array>

namespace gpufleet::scenarios {
namespace {

using enum FlagKind;

constexpr std::array kMegatron{
    FlagRow{"--tensor-model-parallel-size", "-tp", "layout.tp", count, {}, {}},
    FlagRow{"--pipeline-model-parallel-size", "-pp", "layout.pp", count, {}, {}},
    FlagRow{"--context-parallel-size", "-cp", "layout.cp", count, {}, {}},
    FlagRow{"--expert-model-parallel-size", "-ep", "layout.ep", count, {}, {}},
    FlagRow{"--expert-tensor-parallel-size", "-etp", "layout.expert_tp", count, {}, {}},
    FlagRow{"--num-virtual-stages-per-pipeline-rank", "-vp", "layout.virtual_stages", count, {}, {}},
    FlagRow{"--micro-batch-size", "-mb", "layout.micro_batch", count, {}, {}},
    FlagRow{"--global-batch-size", "-gb", "global_batch", count, {}, {}},
    FlagRow{"--seq-length", "-sl", "sequence", count, {}, {}},
    FlagRow{"--sequence-parallel", "-sp", "layout.sequence_parallel", on, "true", "false"},
    FlagRow{"--use-distributed-optimizer", "", "layout.zero", on, "1", "0"},
    FlagRow{"--overlap-grad-reduce", "", "overlap.grad_reduce", on, "true", "false"},
    FlagRow{"--overlap-param-gather", "", "overlap.param_gather", on, "true", "false"},
    FlagRow{"--tp-comm-overlap", "", "overlap.tensor_parallel", on, "true", {}},
    FlagRow{"--no-overlap-p2p-communication", "", "overlap.pipeline", on, "false", {}},
    FlagRow{"--overlap-moe-expert-parallel-comm", "", "overlap.expert", on, "true", {}},
    FlagRow{"--optimizer-cpu-offload", "", "implementation.optimizer", on, "\"host\"", {}},
    FlagRow{"--no-async-tensor-model-parallel-allreduce", "", "implementation.async_tensor_gradients", on, "false", {}},
    FlagRow{"--no-bias-swiglu-fusion", "--no-bias-gelu-fusion", "implementation.fusion", on, "\"unfused\"", {}},
};

constexpr std::array kVllm{
    FlagRow{"--tensor-parallel-size", "-tp", "tp", count, {}, {}},
    FlagRow{"--pipeline-parallel-size", "-pp", "pp", count, {}, {}},
    FlagRow{"--data-parallel-size", "-dp", "dp", count, {}, {}},
    FlagRow{"--max-num-seqs", "", "max_sequences", count, {}, {}},
    FlagRow{"--max-num-batched-tokens", "", "max_batched_tokens", count, {}, {}},
    FlagRow{"--gpu-memory-utilization", "", "memory_fraction", share, {}, {}},
    FlagRow{"--num-redundant-experts", "", "redundant_experts", natural, {}, {}},
    FlagRow{"--enable-eplb", "", "balance", on, "\"eplb\"", {}},
    FlagRow{"--enable-dbo", "", "two_batch_overlap", on, "true", {}},
};

constexpr std::array kSglang{
    FlagRow{"--tensor-parallel-size", "--tp-size", "tp", count, {}, {}},
    FlagRow{"--pipeline-parallel-size", "--pp-size", "pp", count, {}, {}},
    FlagRow{"--data-parallel-size", "--dp-size", "dp", count, {}, {}},
    FlagRow{"--expert-parallel-size", "--ep-size", "ep", count, {}, {}},
    FlagRow{"--tp", "", "tp", count, {}, {}},
    FlagRow{"--pp", "", "pp", count, {}, {}},
    FlagRow{"--dp", "", "dp", count, {}, {}},
    FlagRow{"--ep", "", "ep", count, {}, {}},
    FlagRow{"--max-running-requests", "", "max_sequences", count, {}, {}},
    FlagRow{"--chunked-prefill-size", "", "max_batched_tokens", count, {}, {}},
    FlagRow{"--mem-fraction-static", "", "memory_fraction", share, {}, {}},
    FlagRow{"--max-total-tokens", "", "kv_tokens", count, {}, {}},
    FlagRow{"--ep-num-redundant-experts", "", "redundant_experts", natural, {}, {}},
    FlagRow{"--enable-eplb", "", "balance", on, "\"eplb\"", {}},
    FlagRow{"--speculative-num-steps", "", "drafts", natural, {}, {}},
    FlagRow{"--enable-two-batch-overlap", "", "two_batch_overlap", on, "true", {}},
};

// Switches whose names do not begin as switches do.
constexpr std::array<std::string_view, 23> kSwitches{"--trust-remote-code",
                                                     "--enforce-eager",
                                                     "--async-scheduling",
                                                     "--log-requests",
                                                     "--bf16",
                                                     "--fp16",
                                                     "--swiglu",
                                                     "--squared-relu",
                                                     "--multi-latent-attention",
                                                     "--group-query-attention",
                                                     "--qk-layernorm",
                                                     "--untie-embeddings-and-output-weights",
                                                     "--add-qkv-bias",
                                                     "--moe-grouped-gemm",
                                                     "--moe-enable-deepep",
                                                     "--moe-permute-fusion",
                                                     "--moe-router-fusion",
                                                     "--moe-shared-expert-overlap",
                                                     "--recompute-activations",
                                                     "--fp8-param-gather",
                                                     "--grad-reduce-in-bf16",
                                                     "--accumulate-allreduce-grads-in-fp32",
                                                     "--headless"};
constexpr std::array<std::string_view, 8> kSwitchPrefixes{"--enable-", "--disable-", "--no-",     "--use-",
                                                          "--skip-",   "--overlap-", "--create-", "--calculate-per-"};

}  // namespace

std::span<const FlagRow> flag_rows(LaunchTool tool) {
  switch (tool) {
    case LaunchTool::megatron: return kMegatron;
    case LaunchTool::vllm: return kVllm;
    case LaunchTool::sglang: return kSglang;
  }
  return {};
}

bool is_bare_flag(std::string_view name) {
  for (const LaunchTool tool : {LaunchTool::megatron, LaunchTool::vllm, LaunchTool::sglang})
    for (const FlagRow& row : flag_rows(tool))
      if (row.kind == on && (row.flag == name || (!row.other.empty() && row.other == name))) return true;
  return std::ranges::find(kSwitches, name) != kSwitches.end() ||
         std::ranges::any_of(kSwitchPrefixes, [&](std::string_view prefix) { return name.starts_with(prefix); });
}

}  // namespace gpufleet::scenarios
