// Arguments of Megatron-LM: megatron/training/arguments.py (core_v0.14).
#include "scenarios/interop/emit_megatron.h"

#include <algorithm>
#include <cmath>

#include "scenarios/interop/command_text.h"
#include "scenarios/interop/pipeline_ends.h"
#include "scenarios/interop/recompute_modules.h"

namespace gpufleet::scenarios {
namespace {

void emit_attention(const models::Architecture& model, CommandText& out) {
  out.flag("--num-attention-heads", model.heads);
  if (model.attention == models::AttentionForm::mla) {
    out.flag("--multi-latent-attention");
    if (model.q_lora_rank > 0) out.flag("--q-lora-rank", model.q_lora_rank);
    out.flag("--kv-lora-rank", model.kv_lora_rank);
    out.flag("--qk-head-dim", model.qk_nope);
    out.flag("--qk-pos-emb-head-dim", model.qk_rope);
    out.flag("--v-head-dim", model.v_head_dim);
  } else {
    if (model.kv_heads != model.heads) {
      out.flag("--group-query-attention");
      out.flag("--num-query-groups", model.kv_heads);
    }
    if (model.head_dim * model.heads != model.hidden) out.flag("--kv-channels", model.head_dim);
    if (model.qk_norm) out.flag("--qk-layernorm");
  }
  if (model.attention_bias != models::LinearBias::all) out.flag("--disable-bias-linear");
  if (model.attention_bias == models::LinearBias::qkv) out.flag("--add-qkv-bias");
}

void emit_experts_of(const models::Architecture& model, const TrainingSpec& training, CommandText& out) {
  if (model.routed_experts == 0) return;
  out.flag("--num-experts", model.routed_experts);
  out.flag("--moe-router-topk", model.top_k);
  out.flag("--moe-ffn-hidden-size", model.moe_ffn);
  if (model.shared_ffn > 0) out.flag("--moe-shared-expert-intermediate-size", model.shared_ffn);
  if (model.dense_layers > 0)
    out.flag("--moe-layer-freq", fmt::format("([0]*{}+[1]*{})", model.dense_layers, model.layers - model.dense_layers));
  const std::int64_t limit = training.node_limit > 0 ? training.node_limit : model.topk_groups;
  if (model.expert_groups > 1 && limit > 0 && limit <= model.expert_groups) {
    out.flag("--moe-router-num-groups", model.expert_groups);
    out.flag("--moe-router-group-topk", limit);
  } else if (training.node_limit > 0) {
    out.lost(fmt::format("node_limit = {}: the model routes without groups", training.node_limit));
  }
  const models::Implementation& how = training.implementation;
  if (how.experts == models::ExpertKernels::grouped) out.flag("--moe-grouped-gemm");
  const bool once = how.dispatch_copies == models::DispatchCopies::per_rank;
  out.flag("--moe-token-dispatcher-type", once ? "flex" : "alltoall");
  if (once) out.flag("--moe-enable-deepep");
  if (how.expert_imbalance != 1) out.lost(fmt::format("expert_imbalance = {}", how.expert_imbalance));
  if (training.overlap.expert) out.flag("--overlap-moe-expert-parallel-comm");
}

void emit_model(const Scenario& scenario, std::span<const models::PublishedModel> checkpoints, CommandText& out) {
  const models::Architecture& model = scenario.architecture;
  const TrainingSpec& training = *scenario.training;
  const std::int64_t sequence = training.phases.front().sequence;
  out.flag("--num-layers", model.layers);
  out.flag("--hidden-size", model.hidden);
  if (model.ffn_dense > 0) out.flag("--ffn-hidden-size", model.ffn_dense);
  emit_attention(model, out);
  if (model.gated_mlp) out.flag("--swiglu");
  out.flag("--vocab-size", model.vocab);
  if (const models::PublishedModel* known = models::checkpoint_of(checkpoints, model.name, "bf16")) {
    out.flag("--tokenizer-type", "HuggingFaceTokenizer");
    out.flag("--tokenizer-model", known->id);
  } else {
    out.lost(fmt::format("the tokeniser of {}: no Hugging Face id is known here", model.name));
  }
  if (!model.tied_embeddings) out.flag("--untie-embeddings-and-output-weights");
  out.flag("--max-position-embeddings", std::max(sequence, model.max_position));
  if (model.positions == models::Positions::rope) out.flag("--position-embedding-type", "rope");
  if (model.positions == models::Positions::none) out.flag("--position-embedding-type", "none");
  if (model.positions == models::Positions::alibi) out.lost("positions as a bias on the scores (ALiBi)");
  if (model.mtp_layers > 0 && training.train_mtp) out.flag("--mtp-num-layers", model.mtp_layers);
  emit_experts_of(model, training, out);
  if (training.implementation.dropout == models::Dropout::off) {
    out.flag("--hidden-dropout", "0.0");
    out.flag("--attention-dropout", "0.0");
  } else {
    out.flag("--hidden-dropout", "0.1");
    out.flag("--attention-dropout", "0.1");
  }
}

// Layers of the first pipeline stage, of the last, and of each between. Megatron-LM cuts every stage into equal chunks; where
// it counts embedding and loss as layers, these take the place of a layer in the first chunk and in the last.
struct StageLayers {
  std::int64_t first, between, last;
};

// Whether Megatron-LM has flags for them; if so, they are put out.
bool emit_ends(const StageLayers& of, std::int64_t chunks, CommandText& out) {
  if (of.first == of.between && of.last == of.between && of.between % chunks == 0) return true;
  const bool whole = of.first > 0 && of.last > 0 && of.first % chunks == 0 && of.between % chunks == 0 && of.last % chunks == 0;
  if (whole) {
    out.flag("--decoder-first-pipeline-num-layers", of.first);
    out.flag("--decoder-last-pipeline-num-layers", of.last);
    return true;
  }
  const std::int64_t embedding = of.between - of.first, loss = of.between - of.last;
  if (of.between % chunks != 0 || embedding < 0 || embedding > 1 || loss < 0 || loss > 1) return false;
  if (embedding > 0) out.flag("--account-for-embedding-in-pipeline-split");
  if (loss > 0) out.flag("--account-for-loss-in-pipeline-split");
  return true;
}

// Stages that state no layers: the simulator balances them, Megatron-LM shares them out evenly or has to be told.
void emit_balanced(const Scenario& scenario, std::int64_t pp, std::int64_t chunks, CommandText& out) {
  const std::int64_t layers = scenario.architecture.layers, parts = pp * chunks;
  const std::int64_t each = (layers + parts - 1) / parts, missing = each * parts - layers;
  if (missing == 0) return;
  if (missing <= 2) {
    if (missing == 2) out.flag("--account-for-embedding-in-pipeline-split");
    out.flag("--account-for-loss-in-pipeline-split");
    const bool modules = scenario.architecture.mtp_layers > 0 && scenario.training->train_mtp;
    if (!balance_shortens_ends(scenario.architecture, modules ? MtpModules::trained : MtpModules::none))
      out.lost(fmt::format("the balance of {} layers by their cost; one layer less at the ends stands in its place", layers));
    return;
  }
  // The ends share what the stages between leave, the last one with the head the lesser part.
  const std::int64_t between = each * chunks, rest = layers - between * (pp - 2);
  const std::int64_t last = rest / chunks / 2 * chunks;
  if (emit_ends({rest - last, between, last}, chunks, out)) {
    out.lost(fmt::format("the balance of {} layers by their cost; {} in the first stage and {} in the last stand in its place",
                         layers, rest - last, last));
  } else {
    out.lost(
        fmt::format("an uneven split of {} layers over {} stages{}: Megatron-LM refuses it without a "
                    "--pipeline-model-parallel-layout",
                    layers, pp, chunks > 1 ? fmt::format(" of {} chunks", chunks) : ""));
  }
}

void emit_stages(const Scenario& scenario, const LayoutSpec& layout, CommandText& out) {
  if (!layout.replicas.empty()) out.lost("replicas on unlike accelerators");
  const std::vector<StageSpec>& stages = layout.stages;
  const bool unlike = std::ranges::any_of(
      stages, [&](const StageSpec& stage) { return stage.pool != stages.front().pool || stage.tp != layout.tp; });
  if (unlike) out.lost("stages on pools or with tensor-parallel degrees of their own");
  if (stages.size() < 2) return;
  const std::int64_t chunks = layout.schedule == sim::Schedule::interleaved ? layout.virtual_stages : 1;
  if (std::ranges::all_of(stages, [](const StageSpec& stage) { return stage.layers == 0; }))
    return emit_balanced(scenario, static_cast<std::int64_t>(stages.size()), chunks, out);
  const int between = stages.size() > 2 ? stages[1].layers : std::max(stages.front().layers, stages.back().layers);
  const bool even =
      std::all_of(stages.begin() + 1, stages.end() - 1, [&](const StageSpec& stage) { return stage.layers == between; });
  if (even && emit_ends({stages.front().layers, between, stages.back().layers}, chunks, out)) return;
  std::vector<int> layers;
  for (const StageSpec& stage : stages) layers.push_back(stage.layers);
  out.lost(fmt::format("layers of the pipeline stages: {}, for which Megatron-LM wants a --pipeline-model-parallel-layout",
                       fmt::join(layers, ", ")));
}

void emit_sharding(const LayoutSpec& layout, CommandText& out) {
  if (layout.zero >= 1) out.flag("--use-distributed-optimizer");
  if (layout.zero >= 2) {
    out.flag("--use-megatron-fsdp");
    out.flag("--data-parallel-sharding-strategy", layout.zero == 3 ? "optim_grads_params" : "optim_grads");
  }
  if (layout.shard_group == 0) return;
  const int ranks = layout.dp * layout.cp;
  if (ranks % layout.shard_group == 0)
    out.degree("--num-distributed-optimizer-instances", ranks / layout.shard_group);
  else
    out.lost(fmt::format("shard_group = {}", layout.shard_group));
}

void emit_recompute(const models::Recompute& recompute, const models::Architecture& model, CommandText& out) {
  if (recompute.is_none()) return;
  out.flag("--recompute-granularity", recompute.is_full() ? "full" : "selective");
  if (recompute.is_full()) {
    out.flag("--recompute-method", "uniform");
    out.flag("--recompute-num-layers", 1);
    return;
  }
  if (recompute == models::Recompute::selective()) return;
  out.flag("--recompute-modules");
  for (const auto& [module, op] : kRecomputeModules)
    if (recompute.contains(op)) out.word(module);
  if (recompute.contains(models::RecomputeOp::activation) && model.dense_layers > 0)
    out.lost("recomputation of the dense layers' activation; moe_act is that of experts");
}

void emit_layout(const Scenario& scenario, CommandText& out) {
  const TrainingSpec& training = *scenario.training;
  const LayoutSpec& layout = training.phases.front().layout;
  out.degree("--tensor-model-parallel-size", layout.tp);
  out.degree("--pipeline-model-parallel-size", layout.pp);
  out.degree("--context-parallel-size", layout.cp);
  out.degree("--expert-model-parallel-size", layout.ep);
  if (layout.expert_tp != layout.tp && scenario.architecture.routed_experts > 0)
    out.flag("--expert-tensor-parallel-size", layout.expert_tp);
  if (layout.schedule == sim::Schedule::interleaved)
    out.degree("--num-virtual-stages-per-pipeline-rank", layout.virtual_stages);
  else if (layout.schedule != sim::Schedule::one_f_one_b && layout.pp > 1)
    out.lost(fmt::format("schedule = \"{}\"{}", sim::name(layout.schedule),
                         layout.virtual_stages > 1 ? fmt::format(", virtual_stages = {}", layout.virtual_stages) : ""));
  emit_stages(scenario, layout, out);
  if (layout.tp > 1 && layout.sequence_parallel == models::SequenceParallel::on) out.flag("--sequence-parallel");
  emit_sharding(layout, out);
  emit_recompute(layout.recompute, scenario.architecture, out);
  if (training.overlap.grad_reduce) out.flag("--overlap-grad-reduce");
  if (training.overlap.param_gather && layout.zero >= 1) out.flag("--overlap-param-gather");
  if (training.overlap.tensor_parallel) out.flag("--tp-comm-overlap");
  if (!training.overlap.pipeline) out.flag("--no-overlap-p2p-communication");
}

enum class MicroScaled : std::uint8_t { no, yes };

void emit_precision(const models::Precision& precision, MicroScaled micro_scaled, CommandText& out) {
  using enum hw::Dtype;
  const bool narrow = precision.low_precision_gemm();
  const hw::Dtype wide = narrow ? precision.attention : precision.gemm;
  if (wide == bf16) out.flag("--bf16");
  if (wide == fp16) out.flag("--fp16");
  if (!narrow && wide != bf16 && wide != fp16)
    out.lost(fmt::format("precision = \"{}\": without --bf16 or --fp16 it is fp32", hw::name(wide)));
  if (precision.gemm == fp8) {
    out.flag("--fp8-format", "hybrid");
    out.flag("--fp8-recipe", micro_scaled == MicroScaled::yes              ? "mxfp8"
                             : precision.scaling == models::Scaling::block ? "blockwise"
                                                                           : "tensorwise");
  } else if (narrow) {
    out.lost(fmt::format("products in {}", hw::name(precision.gemm)));
  }
  if (narrow && wide != bf16 && wide != fp16) out.lost(fmt::format("attention in {}", hw::name(wide)));
  const hw::Dtype activation = precision.activation();
  if (precision.parameters == fp8)
    out.flag("--fp8-param-gather");
  else if (precision.parameters != activation)
    out.lost(fmt::format("parameters in {}", hw::name(precision.parameters)));
  if (precision.gradients == bf16)
    out.flag("--grad-reduce-in-bf16");
  else if (precision.gradients == fp32 && wide == fp16)  // with bf16 it goes without saying
    out.flag("--accumulate-allreduce-grads-in-fp32");
  else if (precision.gradients != fp32 && precision.gradients != activation)
    out.lost(fmt::format("gradients in {}", hw::name(precision.gradients)));
  if (precision.master != fp32 || precision.moments != fp32) {
    out.flag("--use-precision-aware-optimizer");
    const auto state = [&](std::string_view flag, hw::Dtype format) {
      if (format == fp16 || format == bf16 || format == fp8)
        out.flag(flag, hw::name(format));
      else if (format != fp32)
        out.lost(fmt::format("optimiser states in {}", hw::name(format)));
    };
    state("--main-params-dtype", precision.master);
    state("--exp-avg-dtype", precision.moments);
    state("--exp-avg-sq-dtype", precision.moments);
  }
  if (precision.dispatch != activation) out.lost(fmt::format("expert dispatch in {}", hw::name(precision.dispatch)));
  if (precision.combine != activation) out.lost(fmt::format("expert combine in {}", hw::name(precision.combine)));
}

void emit_batch(const PhaseSpec& phase, CommandText& out) {
  const LayoutSpec& layout = phase.layout;
  out.flag("--seq-length", phase.sequence);
  out.flag("--micro-batch-size", layout.micro_batch);
  out.flag("--global-batch-size", phase.global_batch);
  const auto samples = [&](double tokens) {
    return static_cast<std::int64_t>(std::llround(tokens / static_cast<double>(phase.sequence)));
  };
  if (phase.tokens) {
    const std::int64_t wanted = samples(*phase.tokens);
    out.flag("--train-samples", std::max<std::int64_t>(1, wanted));
    if (static_cast<double>(wanted) * static_cast<double>(phase.sequence) != *phase.tokens)
      out.lost(fmt::format("tokens = {:.0f}, which is no whole number of sequences", *phase.tokens));
  } else if (phase.steps) {
    out.flag("--train-iters", *phase.steps);
  }
  if (phase.ramp.size() < 2) return;
  const std::int64_t start = phase.ramp.front().sequences, step = std::max<std::int64_t>(1, layout.micro_batch * layout.dp);
  const std::int64_t rise = phase.global_batch - start;
  if (phase.ramp.size() == 2 && rise > 0 && rise % step == 0 && start % step == 0) {
    out.flag("--rampup-batch-size", start);
    out.word(std::to_string(step));
    out.word(std::to_string(samples(phase.ramp.back().from_token)));
    if (static_cast<double>(samples(phase.ramp.back().from_token) * phase.sequence) != phase.ramp.back().from_token)
      out.lost(
          fmt::format("the ramp's end at {:.0f} tokens, which is no whole number of sequences", phase.ramp.back().from_token));
  } else {
    out.lost("ramp: Megatron-LM's begins at a multiple of the replicas' micro-batches and rises by such a multiple, once");
  }
}

void name_the_rest_of(const Scenario& scenario, CommandText& out) {
  const TrainingSpec& training = *scenario.training;
  const models::Implementation& how = training.implementation;
  if (how.attention == hw::AttentionKind::unfused) out.flag("--attention-backend", "unfused");
  if (how.attention == hw::AttentionKind::flash2) out.lost("attention = \"flash-2\": the backend's version is what is installed");
  if (how.elementwise == models::ElementwiseKernels::unfused)
    out.flag(scenario.architecture.gated_mlp ? "--no-bias-swiglu-fusion" : "--no-bias-gelu-fusion");
  if (how.gradient_comm == models::GradientComm::between_products) out.flag("--no-async-tensor-model-parallel-allreduce");
  if (training.optimizer_on_host) out.flag("--optimizer-cpu-offload");
  const auto lost_if = [&](bool there, std::string_view what) {
    if (there) out.lost(what);
  };
  lost_if(how.checkpoint == models::Checkpoint::early_stop, "checkpoint = \"early-stop\"");
  lost_if(training.comm_sms > 0, fmt::format("comm_sms = {}", training.comm_sms));
  for (std::size_t i = 1; i < training.phases.size(); ++i)
    out.lost(fmt::format("phase \"{}\": start it as a run of its own", training.phases[i].name));
  lost_if(training.post_gpu_hours > 0, "[training.post]");
  lost_if(training.rl.has_value(), "[training.rl]");
  lost_if(training.failures.has_value(), "[training.failures]");
  lost_if(scenario.pools.size() > 1, "the fleet's other pools");
}

}  // namespace

std::string emit_megatron(const Scenario& scenario, std::span<const models::PublishedModel> checkpoints) {
  int fleet = 0;
  for (const PoolSpec& one : scenario.pools) fleet += one.count;
  // One process for each accelerator of the layout; what it leaves idle is not started.
  const LayoutSpec& layout = scenario.training->phases.front().layout;
  const int count = layout.replicas.empty() ? layout.tp * layout.cp * layout.pp * layout.dp : fleet;
  int per_node = std::max(1, std::min(scenario.pools.front().gpus_per_node, count));
  while (count % per_node != 0) --per_node;
  CommandText out(fmt::format("torchrun --nnodes {} --nproc-per-node {} pretrain_gpt.py", count / per_node, per_node));
  if (count < fleet) out.lost(fmt::format("{} accelerators of the fleet, which the layout leaves idle", fleet - count));
  emit_model(scenario, checkpoints, out);
  emit_batch(scenario.training->phases.front(), out);
  emit_layout(scenario, out);
  // Micro-scaling is a tensor's scaling to the simulator; the word stands in the scenario's own text only.
  emit_precision(scenario.training->precision,
                 scenario.canonical.find("\"mxfp8\"") == std::string::npos ? MicroScaled::no : MicroScaled::yes, out);
  name_the_rest_of(scenario, out);
  return out.take();
}

}  // namespace gpufleet::scenarios
