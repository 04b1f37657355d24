// Megatron-LM: megatron/training/arguments.py; vLLM: `vllm serve --help`; SGLang: `python -m sglang.launch_server --help`.
#include "scenarios/interop/launch_flags.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "core/diagnostics.h"
#include "scenarios/interop/model_match.h"

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
constexpr std::array<std::string_view, 9> kSwitchPrefixes{
    "--enable-", "--disable-", "--no-", "--use-", "--skip-", "--overlap-", "--create-", "--calculate-per-", "--account-for-"};

// What import_megatron.cpp and import_serving.cpp take beyond the rows, where it is long enough to be told from others when
// misspelt.
constexpr std::array<std::string_view, 42> kMegatronOthers{"--recompute-activations",
                                                           "--recompute-granularity",
                                                           "--recompute-method",
                                                           "--recompute-modules",
                                                           "--recompute-num-layers",
                                                           "--num-layers-per-virtual-pipeline-stage",
                                                           "--account-for-embedding-in-pipeline-split",
                                                           "--account-for-loss-in-pipeline-split",
                                                           "--decoder-first-pipeline-num-layers",
                                                           "--decoder-last-pipeline-num-layers",
                                                           "--train-samples",
                                                           "--train-iters",
                                                           "--rampup-batch-size",
                                                           "--data-parallel-sharding-strategy",
                                                           "--use-torch-fsdp2",
                                                           "--use-megatron-fsdp",
                                                           "--use-custom-fsdp",
                                                           "--num-distributed-optimizer-instances",
                                                           "--moe-router-num-groups",
                                                           "--moe-router-group-topk",
                                                           "--moe-grouped-gemm",
                                                           "--moe-token-dispatcher-type",
                                                           "--moe-enable-deepep",
                                                           "--attention-backend",
                                                           "--attention-dropout",
                                                           "--hidden-dropout",
                                                           "--mtp-num-layers",
                                                           "--accumulate-allreduce-grads-in-fp32",
                                                           "--grad-reduce-in-bf16",
                                                           "--fp8-format",
                                                           "--fp8-recipe",
                                                           "--fp8-param-gather",
                                                           "--main-params-dtype",
                                                           "--exp-avg-dtype",
                                                           "--exp-avg-sq-dtype",
                                                           "--use-precision-aware-optimizer",
                                                           "--tokenizer-model",
                                                           "--tokenizer-type",
                                                           "--model-recipe-name",
                                                           "--max-position-embeddings",
                                                           "--position-embedding-type",
                                                           "--use-rotary-position-embeddings"};
constexpr std::array<std::string_view, 14> kServingOthers{"--model-path",
                                                          "--quantization",
                                                          "--kv-cache-dtype",
                                                          "--enable-expert-parallel",
                                                          "--enable-ep-moe",
                                                          "--enable-deepep-moe",
                                                          "--moe-a2a-backend",
                                                          "--all2all-backend",
                                                          "--enable-dp-attention",
                                                          "--speculative-config",
                                                          "--speculative-algorithm",
                                                          "--speculative-eagle-topk",
                                                          "--speculative-num-draft-tokens",
                                                          "--dist-init-addr"};

// Whether `word` becomes `other` by as many letters put in, left out, replaced, or swapped with the next.
bool within(std::string_view word, std::string_view other, std::size_t slips) {
  while (!word.empty() && !other.empty() && word.front() == other.front()) word.remove_prefix(1), other.remove_prefix(1);
  if (word.empty() || other.empty()) return word.size() + other.size() <= slips;
  if (slips == 0) return false;
  const bool swapped = word.size() > 1 && other.size() > 1 && word[0] == other[1] && word[1] == other[0];
  return within(word.substr(1), other.substr(1), slips - 1) || within(word.substr(1), other, slips - 1) ||
         within(word, other.substr(1), slips - 1) || (swapped && within(word.substr(2), other.substr(2), slips - 1));
}

std::vector<std::string> long_flags(LaunchTool tool) {
  std::vector<std::string> out;
  const auto add = [&](std::string_view name) {
    if (name.starts_with("--")) out.emplace_back(name);
  };
  for (const FlagRow& row : flag_rows(tool)) add(row.flag), add(row.other);
  if (tool != LaunchTool::megatron) {
    std::ranges::for_each(kServingOthers, add);
    return out;
  }
  std::ranges::for_each(kMegatronOthers, add);
  for (const std::string_view flag : shape_flags()) add(flag);
  return out;
}

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

std::string meant_flag(LaunchTool tool, std::string_view name) {
  // Tools have many flags that are not taken over: short ones are too like each other, and so are those that begin otherwise.
  constexpr std::size_t kShortest = 12, kTwoSlips = 16, kAlike = 5;
  if (!name.starts_with("--") || name.size() + 1 < kShortest) return {};
  std::vector<std::string> near;
  for (std::string& flag : long_flags(tool)) {
    if (flag == name) return {};
    if (flag.size() >= kShortest && flag.substr(0, kAlike) == name.substr(0, kAlike) &&
        within(name, flag, flag.size() < kTwoSlips ? 1 : 2))
      near.push_back(std::move(flag));
  }
  return did_you_mean(name, near);
}

}  // namespace gpufleet::scenarios
