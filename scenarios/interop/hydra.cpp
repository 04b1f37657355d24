// NeMo: examples/nlp/language_modeling/conf/megatron_gpt_config.yaml; Megatron-Bridge: its ConfigContainer. Both name a field of
// the model as Megatron-LM names its flag, with underscores; the exceptions are in the table.
#include "scenarios/interop/hydra.h"

#include <fmt/format.h>
#include <algorithm>
#include <array>
#include <string>

namespace gpufleet::scenarios {
namespace {

struct OverrideRow {
  std::string_view key, flag;
};
constexpr std::array kRenamed = std::to_array<OverrideRow>({
    {"trainer.num_nodes", "--nnodes"},
    {"trainer.devices", "--nproc-per-node"},
    {"trainer.max_steps", "--train-iters"},
    {"trainer.precision", "--precision"},
    {"mixed_precision", "--precision"},
    {"model.precision", "--precision"},
    {"model.fp8", "--fp8-format"},
    {"train.train_iters", "--train-iters"},
    {"train.train_samples", "--train-samples"},
    {"train.micro_batch_size", "--micro-batch-size"},
    {"train.global_batch_size", "--global-batch-size"},
    {"data.micro_batch_size", "--micro-batch-size"},
    {"data.global_batch_size", "--global-batch-size"},
    {"data.seq_length", "--seq-length"},
    {"dataset.sequence_length", "--seq-length"},
    {"dataset.seq_length", "--seq-length"},
    {"ddp.use_distributed_optimizer", "--use-distributed-optimizer"},
    {"ddp.overlap_grad_reduce", "--overlap-grad-reduce"},
    {"ddp.overlap_param_gather", "--overlap-param-gather"},
    {"optimizer.use_distributed_optimizer", "--use-distributed-optimizer"},
    {"comm_overlap.tp_comm_overlap", "--tp-comm-overlap"},
    {"model.encoder_seq_length", "--seq-length"},
    {"model.virtual_pipeline_model_parallel_size", "--num-virtual-stages-per-pipeline-rank"},
    {"model.num_moe_experts", "--num-experts"},
    {"model.moe_ffn_hidden_size", "--moe-ffn-hidden-size"},
    {"model.moe_grouped_gemm", "--moe-grouped-gemm"},
    {"model.mcore_moe_grouped_gemm", "--moe-grouped-gemm"},
    {"model.activations_checkpoint_granularity", "--recompute-granularity"},
    {"model.activations_checkpoint_method", "--recompute-method"},
    {"model.activations_checkpoint_num_layers", "--recompute-num-layers"},
    {"model.ub_tp_comm_overlap", "--tp-comm-overlap"},
    {"model.optim.overlap_grad_sync", "--overlap-grad-reduce"},
    {"model.optim.overlap_param_sync", "--overlap-param-gather"},
    {"model.optim.name", "--optimizer-name"},
    {"trainer.strategy.virtual_pipeline_model_parallel_size", "--num-virtual-stages-per-pipeline-rank"},
});

// Fields of the model whose flag has the same name.
constexpr std::array<std::string_view, 36> kSameName{"tensor_model_parallel_size",
                                                     "pipeline_model_parallel_size",
                                                     "context_parallel_size",
                                                     "expert_model_parallel_size",
                                                     "expert_tensor_parallel_size",
                                                     "sequence_parallel",
                                                     "micro_batch_size",
                                                     "global_batch_size",
                                                     "seq_length",
                                                     "num_layers",
                                                     "hidden_size",
                                                     "ffn_hidden_size",
                                                     "num_attention_heads",
                                                     "num_query_groups",
                                                     "kv_channels",
                                                     "vocab_size",
                                                     "make_vocab_size_divisible_by",
                                                     "moe_router_topk",
                                                     "moe_shared_expert_intermediate_size",
                                                     "moe_token_dispatcher_type",
                                                     "moe_layer_freq",
                                                     "multi_latent_attention",
                                                     "q_lora_rank",
                                                     "kv_lora_rank",
                                                     "qk_head_dim",
                                                     "qk_pos_emb_head_dim",
                                                     "v_head_dim",
                                                     "mtp_num_layers",
                                                     "recompute_granularity",
                                                     "recompute_modules",
                                                     "recompute_method",
                                                     "recompute_num_layers",
                                                     "hidden_dropout",
                                                     "attention_dropout",
                                                     "account_for_embedding_in_pipeline_split",
                                                     "account_for_loss_in_pipeline_split"};
constexpr std::array<std::string_view, 16> kRoots{
    "trainer.",      "log.", "optim.",       "model.",      "train.",  "data.", "dataset.", "optimizer.",
    "comm_overlap.", "ddp.", "exp_manager.", "checkpoint.", "logger.", "rng.",  "dist.",    "mixed_precision"};

std::string_view without_plus(std::string_view word) {
  while (word.starts_with('+') || word.starts_with('~')) word.remove_prefix(1);
  return word;
}

}  // namespace

bool is_override(std::string_view word) {
  word = without_plus(word);
  const std::size_t equals = word.find('=');
  return equals != std::string_view::npos &&
         std::ranges::any_of(kRoots, [&](std::string_view root) { return word.starts_with(root) && root.size() <= equals; });
}

std::optional<Flag> override_flag(std::string_view word) {
  if (!is_override(word)) return std::nullopt;
  word = without_plus(word);
  const std::size_t equals = word.find('=');
  const std::string_view key = word.substr(0, equals);
  std::string value(word.substr(equals + 1));
  if (value == "null" || value == "None") return std::nullopt;
  const bool off = value == "False" || value == "false";
  if (value == "True" || value == "true") value.clear();
  const auto row = std::ranges::find(kRenamed, key, &OverrideRow::key);
  if (row != kRenamed.end()) return off ? std::nullopt : std::optional(Flag{std::string(row->flag), value});
  // NeMo 2 keeps the layout in the strategy.
  const std::size_t prefix = key.starts_with("model.") ? 6 : key.starts_with("trainer.strategy.") ? 17 : 0;
  if (prefix > 0 && std::ranges::find(kSameName, key.substr(prefix)) != kSameName.end()) {
    std::string name = fmt::format("--{}", key.substr(prefix));
    std::ranges::replace(name, '_', '-');
    return off ? std::nullopt : std::optional(Flag{std::move(name), value});
  }
  return Flag{std::string(key), std::string(word.substr(equals + 1))};
}

}  // namespace gpufleet::scenarios
