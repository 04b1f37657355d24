// Megatron-LM: megatron/training/arguments.py; vLLM: `vllm serve --help`; SGLang: `python -m sglang.launch_server --help`.
#include "scenarios/interop/launch_flags.h"

#include <array>

namespace gpufleet::scenarios {
namespace {

using enum FlagKind;

constexpr std::array kMegatron{
    FlagRow{"--tensor-model-parallel-size", "-tp", "layout.tp", number, {}},
    FlagRow{"--pipeline-model-parallel-size", "-pp", "layout.pp", number, {}},
    FlagRow{"--context-parallel-size", "-cp", "layout.cp", number, {}},
    FlagRow{"--expert-model-parallel-size", "-ep", "layout.ep", number, {}},
    FlagRow{"--expert-tensor-parallel-size", "-etp", "layout.expert_tp", number, {}},
    FlagRow{"--num-virtual-stages-per-pipeline-rank", "", "layout.virtual_stages", number, {}},
    FlagRow{"--micro-batch-size", "", "layout.micro_batch", number, {}},
    FlagRow{"--global-batch-size", "", "global_batch", number, {}},
    FlagRow{"--seq-length", "", "sequence", number, {}},
    FlagRow{"--sequence-parallel", "-sp", "layout.sequence_parallel", on, "true"},
    FlagRow{"--use-distributed-optimizer", "", "layout.zero", on, "1"},
    FlagRow{"--recompute-activations", "", "layout.recompute", on, "\"selective\""},
    FlagRow{"--recompute-granularity", "", "layout.recompute", text, {}},
    FlagRow{"--overlap-grad-reduce", "", "overlap.grad_reduce", on, "true"},
    FlagRow{"--overlap-param-gather", "", "overlap.param_gather", on, "true"},
    FlagRow{"--tp-comm-overlap", "", "overlap.tensor_parallel", on, "true"},
    FlagRow{"--bf16", "", "precision", on, "\"bf16\""},
    FlagRow{"--fp16", "", "precision", on, "\"fp16\""},
    FlagRow{"--moe-router-group-topk", "", "node_limit", number, {}},
};

constexpr std::array kVllm{
    FlagRow{"--tensor-parallel-size", "-tp", "tp", number, {}},
    FlagRow{"--pipeline-parallel-size", "-pp", "pp", number, {}},
    FlagRow{"--data-parallel-size", "-dp", "dp", number, {}},
    FlagRow{"--max-num-seqs", "", "max_sequences", number, {}},
    FlagRow{"--max-num-batched-tokens", "", "max_batched_tokens", number, {}},
    FlagRow{"--gpu-memory-utilization", "", "memory_fraction", number, {}},
};

constexpr std::array kSglang{
    FlagRow{"--tensor-parallel-size", "--tp-size", "tp", number, {}},
    FlagRow{"--pipeline-parallel-size", "--pp-size", "pp", number, {}},
    FlagRow{"--expert-parallel-size", "--ep-size", "ep", number, {}},
    FlagRow{"--max-running-requests", "", "max_sequences", number, {}},
    FlagRow{"--chunked-prefill-size", "", "max_batched_tokens", number, {}},
    FlagRow{"--mem-fraction-static", "", "memory_fraction", number, {}},
    FlagRow{"--ep-num-redundant-experts", "", "redundant_experts", number, {}},
    FlagRow{"--speculative-num-steps", "", "drafts", number, {}},
    FlagRow{"--enable-two-batch-overlap", "", "two_batch_overlap", on, "true"},
};

}  // namespace

std::span<const FlagRow> flag_rows(LaunchTool tool) {
  switch (tool) {
    case LaunchTool::megatron: return kMegatron;
    case LaunchTool::vllm: return kVllm;
    case LaunchTool::sglang: return kSglang;
  }
  return {};
}

}  // namespace gpufleet::scenarios
