// Keys of [training]. Defaults follow Megatron-LM's arguments where it has one (github.com/NVIDIA/Megatron-LM, arguments.py).
#include "scenarios/schema_tables.h"

namespace gpufleet::scenarios {
namespace {

const std::vector<std::string> kFormats{"fp64", "fp32", "tf32", "bf16", "fp16", "fp8", "fp8-block", "mxfp8", "fp4"};
const std::vector<std::string> kShorthands{"fp32", "tf32", "bf16", "fp16", "fp8", "fp8-block", "mxfp8"};

std::vector<KeySpec> precision_keys() {
  const auto format = [](std::string name, std::string fallback, std::string source, std::string doc) {
    return KeySpec{.path = "training.precision." + std::move(name),
                   .type = KeyType::choice,
                   .fallback = std::move(fallback),
                   .fallback_source = std::move(source),
                   .choices = kFormats,
                   .doc = std::move(doc)};
  };
  return {
      {.path = "training.precision",
       .type = KeyType::choice_table,
       .fallback = "bf16",
       .fallback_source = "common practice since 2021",
       .choices = kShorthands,
       .doc = "Number formats: a shorthand for the matrix products, or a table; formats left out follow from `gemm`."},
      format("gemm", "bf16", "common practice since 2021",
             "Matrix products of linear layers; fp8 means scaled FP8, fp8-block DeepSeek's 128-wide blocks."),
      format("attention", "", "bf16, or fp16 / fp32 with gemm in that format", "Attention core."),
      format("dispatch", "", "the activations' format", "Expert dispatch on the wire."),
      format("combine", "", "the activations' format", "Expert combine on the wire."),
      format("parameters", "", "the activations' format", "Weights as kept for compute and gathered."),
      format("gradients", "", "fp32; fp16 with gemm in fp16", "Gradient accumulation and reduction."),
      format("master", "fp32", "Micikevicius et al. 2018", "Master copy of the weights."),
      format("moments", "fp32", "Megatron-LM", "Both Adam moments."),
  };
}

void append(std::vector<KeySpec>& keys, std::vector<KeySpec> more) { keys.insert(keys.end(), more.begin(), more.end()); }

std::vector<KeySpec> layout_keys(const std::string& at, const std::string& inherit) {
  const auto degree = [&](std::string name, std::string fallback, std::string source, std::string doc) {
    return KeySpec{.path = at + "." + std::move(name),
                   .type = KeyType::integer,
                   .minimum = 1,
                   .maximum = 1e6,
                   .fallback = inherit.empty() ? std::move(fallback) : std::string(),
                   .fallback_source = inherit.empty() ? std::move(source) : inherit,
                   .doc = std::move(doc)};
  };
  const auto row = [&](KeySpec key) {
    key.path = at + "." + key.path;
    if (!inherit.empty()) {
      key.fallback.clear();
      key.fallback_source = inherit;
    }
    return key;
  };
  return {
      degree("tp", "1", "Megatron-LM", "Tensor-parallel degree."),
      degree("pp", "1", "Megatron-LM", "Pipeline stages."),
      degree("dp", "", "all accelerators / (tp · cp · pp)", "Data-parallel replicas."),
      degree("ep", "1", "Megatron-LM", "Ranks that share one layer's routed experts."),
      degree("cp", "1", "Megatron-LM", "Context-parallel degree."),
      degree("expert_tp", "1", "DeepSeek-V3", "Tensor-parallel degree inside an expert."),
      degree("virtual_stages", "1", "Megatron-LM", "Model chunks per stage of the interleaved schedule."),
      row({.path = "zero",
           .type = KeyType::integer,
           .minimum = 0,
           .maximum = 3,
           .fallback = "1",
           .fallback_source = "Megatron-LM's distributed optimiser",
           .doc = "ZeRO stage: 0 replicates, 1 shards optimiser states, 2 gradients too, 3 parameters too (FSDP)."}),
      row({.path = "shard_group",
           .type = KeyType::integer,
           .minimum = 0,
           .maximum = 1e6,
           .fallback = "0",
           .fallback_source = "0 = the whole data-parallel group",
           .doc = "Ranks over which ZeRO shards (HSDP)."}),
      degree("micro_batch", "1", "Megatron-LM", "Sequences per micro-batch."),
      row({.path = "schedule",
           .type = KeyType::choice,
           .fallback = "1f1b",
           .fallback_source = "Megatron-LM",
           .choices = {"gpipe", "1f1b", "interleaved", "zb-1p", "zb-2p", "zbv", "v-half", "v-min", "dualpipe", "dualpipe-v"},
           .doc = "Pipeline schedule."}),
      row({.path = "recompute",
           .type = KeyType::choices,
           .fallback = "none",
           .fallback_source = "Megatron-LM",
           .choices = {"none", "selective", "full", "norm", "mla-up", "activation", "attention-core", "mlp", "moe"},
           .doc = "Activations recomputed in the backward pass: a policy, or a list of parts."}),
      row({.path = "sequence_parallel",
           .type = KeyType::boolean,
           .fallback = "true",
           .fallback_source = "Korthikanti et al. 2022",
           .doc = "Split norms and residuals along the sequence over the tensor-parallel ranks."}),
      row({.path = "tp_across_nodes",
           .type = KeyType::boolean,
           .fallback = "false",
           .fallback_source = "never by accident",
           .doc = "Allow a tensor-parallel group larger than a node."}),
  };
}

std::vector<KeySpec> stage_keys(const std::string& at) {
  return {
      {.path = at, .type = KeyType::tables, .doc = "One entry per pipeline stage: uneven splits and mixed fleets."},
      {.path = at + ".pool", .type = KeyType::text, .fallback_source = "the first pool", .doc = "Pool the stage runs on."},
      {.path = at + ".tp",
       .type = KeyType::integer,
       .minimum = 1,
       .maximum = 1e6,
       .fallback_source = "training.layout.tp",
       .doc = "Tensor-parallel degree of the stage."},
      {.path = at + ".layers",
       .type = KeyType::integer,
       .minimum = 0,
       .maximum = 10000,
       .fallback_source = "an even share",
       .doc = "Transformer layers of the stage."},
  };
}

std::vector<KeySpec> replica_keys(const std::string& at) {
  std::vector<KeySpec> keys{
      {.path = at,
       .type = KeyType::tables,
       .doc = "Groups of data-parallel replicas on unlike chips, in place of `stage` and `dp`; gradients are reduced over all."},
      {.path = at + ".count",
       .type = KeyType::integer,
       .minimum = 1,
       .maximum = 1e6,
       .fallback = "1",
       .fallback_source = "one replica",
       .doc = "Replicas of the group."},
      {.path = at + ".micro_batches",
       .type = KeyType::integer,
       .minimum = 1,
       .maximum = 1e6,
       .fallback_source = "balanced by the groups' simulated speeds",
       .doc = "Micro-batches of each of its replicas in a step; in all groups or in none."},
      {.path = at + ".pool",
       .type = KeyType::text,
       .fallback_source = "the first pool",
       .doc = "Pool of all its stages, where they are not listed."},
  };
  append(keys, stage_keys(at + ".stage[]"));
  return keys;
}

std::vector<KeySpec> option_keys() {
  const auto flag = [](std::string path, std::string fallback, std::string source, std::string doc) {
    return KeySpec{.path = "training." + std::move(path),
                   .type = KeyType::boolean,
                   .fallback = std::move(fallback),
                   .fallback_source = std::move(source),
                   .doc = std::move(doc)};
  };
  return {
      {.path = "training.implementation", .type = KeyType::table, .doc = "How the framework implements a layer."},
      {.path = "training.implementation.attention",
       .type = KeyType::choice,
       .fallback = "flash",
       .fallback_source = "FlashAttention, common since 2023",
       .choices = {"flash", "flash-2", "unfused"},
       .doc = "Fused attention, or one that writes the score matrix."},
      {.path = "training.implementation.fusion",
       .type = KeyType::choice,
       .fallback = "fused",
       .fallback_source = "Megatron-LM",
       .choices = {"fused", "unfused"},
       .doc = "Whether element-wise operations are fused."},
      flag("implementation.dropout", "false", "LLM practice since 2022", "Dropout with its masks kept."),
      flag("implementation.grouped_gemm", "true", "MegaBlocks, DeepGEMM", "Experts in one grouped launch."),
      {.path = "training.implementation.expert_imbalance",
       .type = KeyType::number,
       .minimum = 1,
       .maximum = 100,
       .fallback = "1",
       .fallback_source = "balanced routing",
       .doc = "Load of the busiest expert rank over the mean."},
      {.path = "training.implementation.dispatcher",
       .type = KeyType::choice,
       .fallback = "deepep",
       .fallback_source = "DeepSeek-V3; Megatron-LM's flex dispatcher",
       .choices = {"deepep", "alltoall"},
       .doc = "Expert exchange: a token once per node and rank that needs it, or an all-to-all with a copy for every chosen "
              "expert."},
      {.path = "training.implementation.optimizer",
       .type = KeyType::choice,
       .fallback = "gpu",
       .fallback_source = "Megatron-LM",
       .choices = {"gpu", "host"},
       .doc = "Where optimiser states live and are updated; on the host they take no memory of the accelerator."},
      flag("implementation.async_tensor_gradients", "true", "Megatron-LM since 2022",
           "Tensor-parallel communication of the backward pass beside the product that does not need it."),
      {.path = "training.implementation.checkpoint",
       .type = KeyType::choice,
       .fallback = "whole",
       .fallback_source = "Megatron-LM (re-entrant checkpoints)",
       .choices = {"whole", "early-stop"},
       .doc = "Whether a recomputed block runs again whole, or stops once all that the backward pass reads is there again."},
      flag("implementation.mtp", "true", "DeepSeek-V3", "Train the architecture's multi-token-prediction layers."),
      {.path = "training.overlap", .type = KeyType::table, .doc = "Communication that hides behind compute."},
      flag("overlap.grad_reduce", "true", "Megatron-LM --overlap-grad-reduce", "Gradient reduction during the backward pass."),
      flag("overlap.param_gather", "true", "Megatron-LM --overlap-param-gather", "Parameter gathering during the forward pass."),
      flag("overlap.tensor_parallel", "false", "Megatron-LM --tp-comm-overlap is off",
           "Tensor-parallel communication chunked under the products."),
      flag("overlap.pipeline", "true", "Megatron-LM", "Stage-to-stage sends beside compute."),
      flag("overlap.expert", "false", "Megatron-LM", "Expert all-to-all under compute of the same pass."),
  };
}

}  // namespace

std::vector<KeySpec> training_keys() {
  std::vector<KeySpec> keys{
      {.path = "training", .type = KeyType::table, .presence = Presence::asked, .doc = "The training run."},
      {.path = "training.stack",
       .type = KeyType::text,
       .doc = "A named software stack (scenarios/stacks/NAME.toml) whose options are taken where this file says nothing."},
      {.path = "training.tokens",
       .type = KeyType::number,
       .minimum = 1,
       .maximum = 1e18,
       .doc = "Tokens of the whole run; without it only the step is answered."},
      {.path = "training.sequence",
       .type = KeyType::integer,
       .presence = Presence::required,
       .minimum = 1,
       .maximum = 100e6,
       .doc = "Tokens per sequence."},
      {.path = "training.global_batch",
       .type = KeyType::integer,
       .minimum = 1,
       .maximum = 1e9,
       .fallback_source = "the ramp's last entry",
       .doc = "Sequences per optimiser step."},
      {.path = "training.ramp[]",
       .type = KeyType::tables,
       .doc = "Batch-size schedule by tokens seen: points between which the batch grows linearly; constant after the last."},
      {.path = "training.ramp[].from_token",
       .type = KeyType::number,
       .presence = Presence::required,
       .minimum = 0,
       .maximum = 1e18,
       .doc = "Tokens seen at this point."},
      {.path = "training.ramp[].sequences",
       .type = KeyType::integer,
       .presence = Presence::required,
       .minimum = 1,
       .maximum = 1e9,
       .doc = "Sequences per step at this point."},
  };
  append(keys, precision_keys());
  keys.push_back({.path = "training.layout", .type = KeyType::table, .doc = "Parallel layout."});
  append(keys, layout_keys("training.layout", ""));
  append(keys, stage_keys("training.layout.stage[]"));
  append(keys, replica_keys("training.layout.replica[]"));
  append(keys, option_keys());
  append(keys, {
                   {.path = "training.comm_sms",
                    .type = KeyType::integer,
                    .minimum = 0,
                    .maximum = 256,
                    .fallback = "0",
                    .fallback_source = "0 = the communication library's",
                    .doc = "Multiprocessors that communication kernels hold."},
                   {.path = "training.node_limit",
                    .type = KeyType::integer,
                    .minimum = 0,
                    .maximum = 1024,
                    .fallback = "0",
                    .fallback_source = "0 = as the model does",
                    .doc = "Node-limited routing: nodes that one token's experts may lie on; as many as experts are spread over "
                           "lift a model's own limit."},
                   {.path = "training.phase[]", .type = KeyType::tables, .doc = "Phases after the main one, in order."},
                   {.path = "training.phase[].name",
                    .type = KeyType::text,
                    .presence = Presence::required,
                    .doc = "What the phase is called in results."},
                   {.path = "training.phase[].tokens",
                    .type = KeyType::number,
                    .minimum = 1,
                    .maximum = 1e18,
                    .doc = "Tokens of the phase; or give `steps`."},
                   {.path = "training.phase[].steps",
                    .type = KeyType::integer,
                    .minimum = 1,
                    .maximum = 1e9,
                    .doc = "Optimiser steps of the phase; or give `tokens`."},
                   {.path = "training.phase[].sequence",
                    .type = KeyType::integer,
                    .minimum = 1,
                    .maximum = 100e6,
                    .fallback_source = "training.sequence",
                    .doc = "Tokens per sequence."},
                   {.path = "training.phase[].global_batch",
                    .type = KeyType::integer,
                    .minimum = 1,
                    .maximum = 1e9,
                    .fallback_source = "training.global_batch",
                    .doc = "Sequences per optimiser step."},
                   {.path = "training.phase[].layout",
                    .type = KeyType::table,
                    .fallback_source = "training.layout",
                    .doc = "Layout of the phase; keys left out are those of training.layout."},
               });
  append(keys, layout_keys("training.phase[].layout", "training.layout"));
  append(
      keys,
      {
          {.path = "training.post", .type = KeyType::table, .doc = "Work after the last phase that is counted, not simulated."},
          {.path = "training.post.gpu_hours",
           .type = KeyType::quantity,
           .presence = Presence::required,
           .dimension = Dimension::time,
           .minimum = 0,
           .maximum = 1e15,
           .doc = "Accelerator-hours of post-training."},
      });
  return keys;
}

}  // namespace gpufleet::scenarios
