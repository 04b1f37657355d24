#include "scenarios/plan_serving.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "hwprofiles/accelerator_catalog.h"
#include "scenarios/pool_hardware.h"
#include "scenarios/serving_engines.h"
#include "scenarios/serving_formats.h"
#include "sim/serving/simulate.h"

namespace gpufleet::scenarios {
namespace {

Diagnostic refusal(const ServingPoolSpec& spec, std::string message) {
  return {.kind = DiagnosticKind::infeasible,
          .where = {},
          .key = "serving.pool." + spec.name,
          .message = std::move(message),
          .hint = {}};
}

// Host processors that serve offloaded experts, per GPU: 8 to 12 channels of DDR5 a socket at 70 % of their nominal rate.
constexpr double kHostBandwidth = 2 * 8 * 44.8e9 * 0.7, kHostFlops = 10e12;

}  // namespace

Result<sim::InstanceSpec> plan_instance(const ServingPoolSpec& spec, const PoolSpec& fleet,
                                        const models::Architecture& architecture, double max_context, const Catalogs& catalogs,
                                        const HardwareData& hardware, std::span<const sim::ServingEngine> engines) {
  const sim::ServingEngine* engine = find_engine(engines, spec.engine);
  if (engine == nullptr)
    return Diagnostic{.where = {},
                      .key = "serving.pool.engine",
                      .message = fmt::format("no serving engine is named \"{}\"", spec.engine),
                      .hint = did_you_mean(spec.engine, engine_names(engines))};
  Result<PoolHardware> parts = pool_hardware(fleet, catalogs, hardware);
  if (!parts) return parts.diagnostics();
  const bool crosses = spec.shard.ranks() > fleet.gpus_per_node || spec.shard.gpus() > fleet.gpus_per_node;
  if (crosses && parts->fabric.out.rate.value() == 0)
    return refusal(spec, fmt::format("an instance of {} GPUs spans nodes, but node type \"{}\" has no network", spec.shard.gpus(),
                                     fleet.node));
  const std::string& library =
      spec.precision.scaling == models::Fp8Scaling::tensor ? engine->tensor_scaled_kernels : engine->kernels;
  sim::InstanceSpec out{.architecture = architecture,
                        .accelerator = parts->accelerator,
                        .kernels = hw::make_kernel_time_model(parts->accelerator, hardware.fits, library),
                        .fabric = parts->fabric,
                        .gpus_per_node = fleet.gpus_per_node,
                        .shard = spec.shard,
                        .precision = spec.precision,
                        .engine = *engine,
                        .prefill_overlap = spec.prefill_overlap,
                        .decode_overlap = spec.decode_overlap,
                        .speculation = spec.speculation,
                        .balance = spec.balance,
                        .max_context = max_context};
  if (spec.max_batched_tokens) out.engine.max_batched_tokens = *spec.max_batched_tokens;
  if (spec.max_sequences) out.engine.max_sequences = *spec.max_sequences;
  if (spec.memory_fraction) out.engine.memory_fraction = *spec.memory_fraction;
  if (spec.block) out.engine.block = *spec.block;
  if (spec.preemption) out.engine.preemption = *spec.preemption;
  // A pool that only prefills runs compute-bound without a break; elsewhere memory-bound iterations let the chip cool.
  if (spec.role == sim::PoolRole::prefill) out.sustained = hw::sustained_rates(hardware.sustained, parts->accelerator);
  if (spec.offload_experts)
    out.offload = {true, static_cast<double>(parts->node.host_memory.value()), kHostBandwidth, kHostFlops};
  return out;
}

Result<sim::ServingPool> plan_serving_pool(const ServingPoolSpec& spec, const PoolSpec& fleet, const sim::InstanceSpec& instance,
                                           const sim::IterationModel& model, double longest, const Catalogs& catalogs) {
  const sim::InstanceMemory memory = sim::instance_memory(instance);
  if (const std::string why = sim::memory_refusal(instance, memory, longest); !why.empty()) return refusal(spec, why);
  if (std::string why = format_refusal(instance.accelerator, spec.precision); !why.empty()) return refusal(spec, std::move(why));
  const auto node = hw::find_node(catalogs.nodes, fleet.node);
  const int gpus = spec.shard.gpus();
  sim::ServingPool out{.name = spec.name, .role = spec.role, .iteration = model};
  out.gpus_per_instance = gpus;
  out.nodes_per_instance = static_cast<double>(gpus) / fleet.gpus_per_node;
  out.instances = spec.instances > 0 ? spec.instances : fleet.count / gpus;
  if (out.instances < 1) return refusal(spec, fmt::format("one instance takes {} GPUs, the pool has {}", gpus, fleet.count));
  constexpr int kMostInstances = 8'000;  // tens of kilobytes each
  if (out.instances > kMostInstances)
    return refusal(spec, fmt::format("{} instances; at most {} are simulated request by request", out.instances, kMostInstances));
  const sim::ServingEngine& engine = instance.engine;
  out.limits = {.kv_blocks = static_cast<std::int64_t>(memory.kv_tokens()) / engine.block,
                .block = engine.block,
                .groups = spec.shard.dp,
                .max_batched_tokens = engine.max_batched_tokens,
                .max_sequences = engine.max_sequences,
                .policy = engine.policy,
                .admission = engine.admission,
                .preemption = engine.preemption,
                .order = spec.order};
  if (spec.kv_tokens) out.limits.kv_blocks = *spec.kv_tokens / engine.block;
  const double pcie = instance.accelerator.pcie_bandwidth.value() / 2;
  out.kv_bytes_per_token = memory.kv_per_token * spec.shard.tp * spec.shard.pp;
  // MLA's latent is the same on every rank of a tensor-parallel group: one copy travels.
  if (instance.architecture.attention == models::AttentionForm::mla) out.kv_bytes_per_token = memory.kv_per_token * spec.shard.pp;
  if (pcie > 0) out.limits.swap_seconds_per_token = memory.kv_per_token / pcie;
  out.prefix = spec.prefix;
  if (instance.fabric.out.rate.value() > 0) {
    out.transfer_bandwidth = instance.fabric.out.rate.value() * instance.fabric.out.pairwise.efficiency * gpus;
    out.transfer_latency = instance.fabric.out.pairwise.launch.value() + 2e-3;  // and the hand-over between two engines
  }
  out.hidden_transfer = spec.hidden_transfer;
  out.request_overhead = spec.front_end ? engine.request_overhead : 0.0;
  out.kv_spread = spec.kv_spread;
  out.autoscaler = spec.autoscaler;
  out.failures = spec.failures;
  if (fleet.rent_usd_per_hour) out.cost_per_hour = *fleet.rent_usd_per_hour * gpus;
  const double host = node.ok() && node->accelerators > 0 ? node->host_power.value() / node->accelerators : 0.0;
  if (instance.accelerator.tdp.value() <= 0) return out;  // nobody knows its power: no energy either
  out.power = (instance.accelerator.tdp.value() + host) * gpus;
  out.idle_power = (instance.accelerator.idle_power.value() + 0.5 * host) * gpus;
  return out;
}

// Kernels and links of an instance err together: what averages out between them is in the engine's spread.
sim::Perturbation shifted(const sim::ServingEngine& engine, double sigmas) {
  sim::Perturbation out;
  out.kernel.fill(std::exp(sigmas * engine.log_sigma));
  out.network = std::exp(sigmas * engine.log_sigma);
  return out;
}

Result<sim::ServingJob> plan_serving(const ServingSpec& spec, std::span<const PoolSpec> fleet,
                                     const models::Architecture& architecture, const Catalogs& catalogs,
                                     const HardwareData& hardware, std::span<const sim::ServingEngine> engines, double sigmas) {
  Diagnostics problems;
  sim::ServingJob out;
  const double longest = spec.workload.prompt.mean + spec.workload.output.mean;
  for (const ServingPoolSpec& pool : spec.pools) {
    const PoolSpec& hardware_pool = fleet[static_cast<std::size_t>(pool.pool)];
    const auto instance = plan_instance(pool, hardware_pool, architecture, spec.max_context, catalogs, hardware, engines);
    if (!instance) {
      problems.insert(problems.end(), instance.diagnostics().begin(), instance.diagnostics().end());
      continue;
    }
    auto planned = plan_serving_pool(pool, hardware_pool, *instance, sim::IterationModel::constant(0, 0), longest, catalogs);
    if (!planned) {
      problems.insert(problems.end(), planned.diagnostics().begin(), planned.diagnostics().end());
      continue;
    }
    planned->iteration = sim::IterationModel(*instance, shifted(instance->engine, sigmas));
    out.pools.push_back(std::move(planned).value());
  }
  if (has_errors(problems)) return problems;
  out.router = spec.router;
  out.workload = spec.workload;
  out.slo = spec.slo;
  out.warm_up = spec.warm_up;
  out.horizon = spec.horizon;
  out.sample_period = spec.sample_period;
  if (const std::string why = sim::serving_problem(out); !why.empty())
    return Diagnostic{.where = {}, .key = "serving", .message = why, .hint = {}};
  return out;
}

}  // namespace gpufleet::scenarios
