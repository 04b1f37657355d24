#include <algorithm>

#include "models/catalog.h"
#include "models/config_weights.h"
#include "scenarios/interop/command_text.h"
#include "scenarios/interop/emit_megatron.h"
#include "scenarios/interop/launch_command.h"

namespace gpufleet::scenarios {
namespace {

bool sixteen_bits(std::string_view weights) { return weights == "bf16" || weights == "fp16"; }

/// What a serving engine is told to load, and in what format it lies there (empty: not known).
struct LoadedModel {
  std::string id, stored;
};

// A model read from a config.json stands under that file's name, or in its folder.
LoadedModel loaded_model(const Scenario& scenario, const ServingPoolSpec& pool,
                         std::span<const models::PublishedModel> checkpoints, CommandText& out) {
  const models::Architecture& model = scenario.architecture;
  // One scale a tensor is what an engine makes itself of 16 bits.
  const bool made = pool.precision.linear == hw::Dtype::fp8 && pool.precision.scaling == models::Fp8Scaling::tensor;
  const std::string wanted = made ? "bf16" : std::string(hw::name(pool.precision.linear));
  if (const models::PublishedModel* known = models::checkpoint_of(checkpoints, model.name, wanted))
    return {known->id, known->weights};
  constexpr std::string_view kOf = "config.json of ";
  std::string id = model.name;
  if (model.source.starts_with(kOf)) {
    id = model.source.substr(kOf.size());
    out.lost("that the model is read from a config.json: the name above has to hold such a checkpoint");
    if (id.ends_with(".json")) id = id.rfind('/') == std::string::npos ? "." : id.substr(0, id.rfind('/'));
  } else {
    out.lost(fmt::format("the Hugging Face id of {}, which is not known here; its catalog name stands in its place", model.name));
  }
  // A name is no flag.
  return {id.starts_with('-') ? fmt::format("./{}", id) : id, models::noted_weights(model.notes)};
}

void emit_weights(const ServingPoolSpec& pool, const std::string& stored, CommandText& out) {
  const std::string wanted(hw::name(pool.precision.linear));
  const bool by_tensor = pool.precision.scaling == models::Fp8Scaling::tensor;
  if (wanted == "fp8" && (stored.empty() || sixteen_bits(stored))) {
    out.flag("--quantization", "fp8");
    if (!by_tensor) out.lost("one scale for each block of the weights; what an engine quantises itself has one for a tensor");
  } else if (wanted == "fp16" && stored != "fp16" && (stored.empty() || stored == "bf16")) {
    out.flag("--dtype", "float16");
  } else if (wanted == "bf16" && stored == "fp16") {
    out.flag("--dtype", "bfloat16");
  } else if (wanted == "int4" && stored == "fp4") {
    return;  // widened alike
  } else if (wanted != stored && !(stored.empty() && sixteen_bits(wanted))) {
    out.lost(stored.empty() || sixteen_bits(stored)
                 ? fmt::format("weights in {}: name a checkpoint that is quantised so", wanted)
                 : fmt::format("weights in {}: the checkpoint stores {}, and no flag changes that", wanted, stored));
  } else if (wanted == "fp8" && by_tensor) {
    out.lost("one scale for each tensor of the weights; the checkpoint has its own");
  }
}

void emit_experts(const Scenario& scenario, const ServingPoolSpec& pool, LaunchTool tool, CommandText& out) {
  if (scenario.architecture.routed_experts == 0) return;
  using enum models::ExpertPlacement;
  const bool vllm = tool == LaunchTool::vllm;
  const models::ServingShard& shard = pool.shard;
  if (shard.ep > 1 && vllm) {
    out.flag("--enable-expert-parallel");
    if (shard.ep != shard.ranks())
      out.lost(fmt::format("ep = {}: vLLM spreads experts over all {} ranks", shard.ep, shard.ranks()));
  }
  if (!vllm) out.degree("--ep-size", shard.ep);
  if (shard.experts == exchange)
    out.flag(vllm ? "--all2all-backend" : "--moe-a2a-backend", !vllm                                 ? "deepep"
                                                               : pool.role == sim::PoolRole::prefill ? "deepep_high_throughput"
                                                                                                     : "deepep_low_latency");
  if (shard.experts == gather)
    out.flag(vllm ? "--all2all-backend" : "--moe-a2a-backend", vllm ? "allgather_reducescatter" : "none");
  if (shard.redundant_experts > 0)
    out.flag(vllm ? "--num-redundant-experts" : "--ep-num-redundant-experts", shard.redundant_experts);
  if (pool.balance == sim::ExpertBalance::rearranged) out.flag("--enable-eplb");
  if (pool.balance == sim::ExpertBalance::even) out.lost("balance = \"even\"");
}

void emit_limits(const ServingPoolSpec& pool, LaunchTool tool, CommandText& out) {
  const bool vllm = tool == LaunchTool::vllm;
  // SGLang's limits are of all attention groups together.
  const std::int64_t groups = vllm ? 1 : pool.shard.dp;
  if (pool.max_sequences) out.flag(vllm ? "--max-num-seqs" : "--max-running-requests", *pool.max_sequences * groups);
  if (pool.max_batched_tokens)
    out.flag(vllm ? "--max-num-batched-tokens" : "--chunked-prefill-size", *pool.max_batched_tokens * groups);
  if (pool.memory_fraction) out.flag(vllm ? "--gpu-memory-utilization" : "--mem-fraction-static", *pool.memory_fraction);
  if (pool.kv_tokens && !vllm) out.flag("--max-total-tokens", *pool.kv_tokens);
  if (pool.kv_tokens && vllm) out.lost(fmt::format("kv_tokens = {}", *pool.kv_tokens));
  if (pool.speculation.drafts > 0) {
    if (vllm) {
      out.flag("--speculative-config",
               fmt::format(R"({{"method": "mtp", "num_speculative_tokens": {}}})", pool.speculation.drafts));
    } else {
      out.flag("--speculative-algorithm", "NEXTN");
      out.flag("--speculative-num-steps", pool.speculation.drafts);
      out.flag("--speculative-eagle-topk", 1);
      out.flag("--speculative-num-draft-tokens", pool.speculation.drafts + 1);
    }
    out.lost(fmt::format("acceptance = {}", pool.speculation.acceptance));
  }
  if (pool.prefill_overlap == sim::BatchOverlap::two_batches || pool.decode_overlap == sim::BatchOverlap::two_batches)
    out.flag(vllm ? "--enable-dbo" : "--enable-two-batch-overlap");
}

void name_the_rest(const ServingPoolSpec& pool, LaunchTool tool, CommandText& out) {
  const auto lost_if = [&](bool there, std::string_view what) {
    if (there) out.lost(what);
  };
  lost_if(pool.engine != name(tool), fmt::format("engine = \"{}\"", pool.engine));
  lost_if(pool.precision.attention != hw::Dtype::bf16, fmt::format("attention = \"{}\"", hw::name(pool.precision.attention)));
  lost_if(pool.offload_experts, "offload_experts");
  lost_if(pool.preemption.has_value(), "preemption");
  lost_if(pool.order != sim::QueueOrder::arrival, "order = \"shortest-first\"");
  lost_if(pool.hidden_transfer > 0, fmt::format("hidden_transfer = {}", pool.hidden_transfer));
  lost_if(pool.kv_spread > 0, fmt::format("kv_spread = {}", pool.kv_spread));
  lost_if(!pool.front_end, "front_end = false");
  lost_if(std::ranges::any_of(pool.prefix.blocks, [](auto blocks) { return blocks > 0; }), "the sizes of [prefix_cache]");
  lost_if(pool.autoscaler.on, "[autoscale]");
  lost_if(pool.failures.mean_time_between > 0, "[failures]");
}

std::string serving_pool(const Scenario& scenario, const ServingPoolSpec& pool, LaunchTool tool,
                         std::span<const models::PublishedModel> checkpoints) {
  const bool vllm = tool == LaunchTool::vllm;
  CommandText out(vllm ? "vllm serve" : "python -m sglang.launch_server --model-path");
  const LoadedModel model = loaded_model(scenario, pool, checkpoints, out);
  out.word(model.id);
  // SGLang counts all ranks of the instance as tensor-parallel and cuts attention groups out of them.
  out.degree("--tensor-parallel-size", vllm ? pool.shard.tp : pool.shard.ranks());
  out.degree("--pipeline-parallel-size", pool.shard.pp);
  out.degree(vllm ? "--data-parallel-size" : "--dp-size", pool.shard.dp);
  if (!vllm && pool.shard.dp > 1) out.flag("--enable-dp-attention");
  const PoolSpec& fleet = scenario.pools[static_cast<std::size_t>(pool.pool)];
  const int gpus = pool.shard.gpus(), per_node = std::max(1, fleet.gpus_per_node);
  if (!vllm && gpus > per_node) {
    out.flag("--nnodes", (gpus + per_node - 1) / per_node);
    out.flag("--node-rank", 0);
    out.flag("--dist-init-addr", "FIRST_NODE:5000");
  }
  emit_experts(scenario, pool, tool, out);
  emit_weights(pool, model.stored, out);
  const std::string kv(hw::name(pool.precision.kv));
  if (kv == "fp8") out.flag("--kv-cache-dtype", vllm ? "fp8" : "fp8_e4m3");
  if (kv != "fp8" && !sixteen_bits(kv)) out.lost(fmt::format("kv = \"{}\"", kv));
  emit_limits(pool, tool, out);
  if (pool.role != sim::PoolRole::joint) {
    const bool prefill = pool.role == sim::PoolRole::prefill;
    if (vllm)
      out.flag("--kv-transfer-config",
               fmt::format(R"({{"kv_connector": "NixlConnector", "kv_role": "{}"}})", prefill ? "kv_producer" : "kv_consumer"));
    else
      out.flag("--disaggregation-mode", prefill ? "prefill" : "decode");
  }
  name_the_rest(pool, tool, out);
  const int instances = pool.instances > 0 ? pool.instances : std::max(1, fleet.count / std::max(1, gpus));
  if (instances > 1) out.lost(fmt::format("{} instances: run it as often", instances));
  return out.take();
}

std::string serving_commands(const Scenario& scenario, LaunchTool tool, std::span<const models::PublishedModel> checkpoints) {
  const std::vector<ServingPoolSpec>& pools = scenario.serving->pools;
  std::string out;
  for (const ServingPoolSpec& pool : pools) {
    if (pools.size() > 1)
      out += fmt::format("{}# pool {}, instances of {} accelerators\n", out.empty() ? "" : "\n", one_line(pool.name),
                         pool.shard.gpus());
    out += serving_pool(scenario, pool, tool, checkpoints);
  }
  return out +
         "# not said: what users send and are promised, and the fleet ([serving.workload], [serving.slo], [[fleet.pool]])\n";
}

}  // namespace

Result<std::string> emit_command(const Scenario& scenario, LaunchTool tool, std::span<const models::Architecture> architectures,
                                 std::span<const models::PublishedModel> checkpoints) {
  const bool training = tool == LaunchTool::megatron;
  if (training ? !scenario.training.has_value() : !scenario.serving.has_value())
    return Diagnostic{.where = {scenario.name, 0, 0},
                      .key = training ? "training" : "serving",
                      .message = fmt::format("the scenario has nothing that {} could run", name(tool)),
                      .hint = {}};
  std::string out = training ? emit_megatron(scenario, checkpoints) : serving_commands(scenario, tool, checkpoints);
  const models::Architecture& model = scenario.architecture;
  const models::Architecture* whole = models::find_architecture(architectures, model.name);
  if (whole == nullptr) return out;
  const bool changed = whole->layers != model.layers || whole->dense_layers != model.dense_layers || whole->vocab != model.vocab;
  // A training command gives the shape, and names the model by its tokeniser where one is published.
  if (changed && !training)
    out += fmt::format("# not said: that {} has {} layers and a vocabulary of {} here\n", model.name, model.layers, model.vocab);
  if (changed && training && models::checkpoint_of(checkpoints, model.name, {}) == nullptr)
    out += fmt::format("# not said: that this is {0} with other layers or vocabulary; --model {0} brings it back\n", model.name);
  return out;
}

}  // namespace gpufleet::scenarios
