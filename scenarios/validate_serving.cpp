#include "scenarios/validate_serving.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "hwprofiles/accelerator_catalog.h"
#include "scenarios/serving_engines.h"
#include "scenarios/serving_formats.h"
#include "scenarios/validate_workload.h"

namespace gpufleet::scenarios {
namespace {

std::optional<int> optional_whole(const TypedTable& table, std::string_view key) {
  const auto value = table.integer(key);
  return value ? std::optional<int>(static_cast<int>(*value)) : std::nullopt;
}
hw::Dtype format(const TypedTable& table, std::string_view key) {
  return hw::dtype_from_name(table.text(key).value_or("bf16")).value_or(hw::Dtype::bf16);
}

// At the degree that is too large: the first one that is stated and above one.
void check_size(const TypedTable& table, const PoolSpec& fleet, const ServingPoolSpec& out, Diagnostics& sink) {
  const int gpus = out.shard.gpus();
  if (fleet.count < 1 || gpus <= fleet.count) return;
  const char* at = "tp";
  for (const char* key : {"pp", "dp", "tp"})
    if (table.has(key) && whole(table, key) > 1) at = key;
  sink.push_back(table.error(at,
                             fmt::format("one instance takes {} GPUs, fleet pool \"{}\" has {}", gpus, fleet.name, fleet.count),
                             "use smaller degrees, or a larger pool"));
}

// Instances that are stated must find room together; those that are left out fill what there is.
void check_instances(const std::vector<TypedTable>& tables, const std::vector<PoolSpec>& fleet,
                     const std::vector<ServingPoolSpec>& pools, Diagnostics& sink) {
  std::vector<std::int64_t> taken(fleet.size());
  for (std::size_t i = 0; i < pools.size(); ++i) {
    const auto at = static_cast<std::size_t>(pools[i].pool);
    if (at >= fleet.size() || fleet[at].count < 1 || pools[i].instances < 1) continue;
    const int gpus = pools[i].shard.gpus();
    taken[at] += std::int64_t{pools[i].instances} * gpus;
    if (gpus > fleet[at].count || taken[at] <= fleet[at].count) continue;
    sink.push_back(tables[i].error(
        "instances",
        fmt::format("{} instances of {} GPUs, with those of the pools before, take {} GPUs; fleet pool \"{}\" has {}",
                    pools[i].instances, gpus, taken[at], fleet[at].name, fleet[at].count),
        "use fewer, or a larger pool"));
  }
}

void read_layout(const TypedTable& table, const models::Architecture& architecture, ServingPoolSpec& out, Diagnostics& sink) {
  constexpr std::array<std::string_view, 4> kPlacements{"split", "local", "exchange", "gather"};
  constexpr std::array<std::string_view, 3> kBalances{"even", "eplb", "natural"};
  models::ServingShard& shard = out.shard;
  shard = {.tp = whole(table, "tp"), .dp = whole(table, "dp"), .pp = whole(table, "pp"), .ep = whole(table, "ep")};
  shard.experts = chosen<models::ExpertPlacement>(table, "experts", kPlacements);
  shard.redundant_experts = whole(table, "redundant_experts");
  out.balance = chosen<sim::ExpertBalance>(table, "balance", kBalances);
  if (shard.tp < 1 || shard.dp < 1 || shard.ep < 1 || shard.pp < 1) return;
  if (architecture.heads % shard.tp != 0)
    sink.push_back(
        table.error("tp", fmt::format("{} query heads do not divide over {} ranks", architecture.heads, shard.tp), {}));
  if (shard.ranks() % shard.ep != 0)
    sink.push_back(table.error("ep", fmt::format("tp · dp = {} ranks are no multiple of ep = {}", shard.ranks(), shard.ep), {}));
  if (shard.ep > 1 && architecture.routed_experts == 0)
    sink.push_back(table.error("ep", fmt::format("{} has no experts to spread", architecture.name), "leave `ep` out"));
  if (shard.pp > architecture.layers) sink.push_back(table.error("pp", "there are more pipeline stages than layers", {}));
  if (shard.experts == models::ExpertPlacement::exchange && shard.dp == 1 && shard.ep > 1)
    sink.push_back(table.error("experts", "tokens are exchanged between attention groups, but dp is 1", "use \"local\""));
}

ServingPoolSpec read_pool(const TypedTable& table, const std::vector<PoolSpec>& fleet, const models::Architecture& architecture,
                          std::span<const sim::ServingEngine> engines, Diagnostics& sink) {
  constexpr std::array<std::string_view, 3> kRoles{"joint", "prefill", "decode"};
  constexpr std::array<std::string_view, 2> kOrders{"arrival", "shortest-first"};
  ServingPoolSpec out;
  out.role = chosen<sim::PoolRole>(table, "role", kRoles);
  out.name = table.text("name").value_or(std::string(kRoles[static_cast<std::size_t>(out.role)]));
  if (const auto wanted = table.text("fleet")) {
    const auto found = std::ranges::find(fleet, *wanted, &PoolSpec::name);
    std::vector<std::string> names;
    for (const PoolSpec& pool : fleet) names.push_back(pool.name);
    if (found == fleet.end())
      sink.push_back(table.error("fleet", fmt::format("no fleet pool is named \"{}\"", *wanted), did_you_mean(*wanted, names)));
    else
      out.pool = static_cast<int>(found - fleet.begin());
  }
  out.engine = table.text("engine").value_or("");
  if (!out.engine.empty() && find_engine(engines, out.engine) == nullptr) {
    const std::string hint = did_you_mean(out.engine, engine_names(engines));
    sink.push_back(table.error("engine", fmt::format("unknown serving engine \"{}\"", out.engine),
                               hint.empty() ? fmt::format("there are {}", fmt::join(engine_names(engines), ", ")) : hint));
  }
  out.instances = whole(table, "instances");
  read_layout(table, architecture, out, sink);
  if (static_cast<std::size_t>(out.pool) < fleet.size()) check_size(table, fleet[static_cast<std::size_t>(out.pool)], out, sink);
  out.precision.linear = out.precision.experts = format(table, "weights");
  out.precision.kv = format(table, "kv");
  out.precision.attention = format(table, "attention");
  if (out.precision.linear == hw::Dtype::fp8) out.precision.dispatch = hw::Dtype::fp8;
  if (table.flag("tensor_scaled").value_or(false)) out.precision.scaling = models::Fp8Scaling::tensor;
  if (table.flag("two_batch_overlap").value_or(false)) out.prefill_overlap = out.decode_overlap = sim::BatchOverlap::two_batches;
  out.speculation = {whole(table, "drafts"), table.number("acceptance").value_or(0)};
  if (out.speculation.drafts > 0 && architecture.mtp_layers == 0)
    sink.push_back(
        table.error("drafts", fmt::format("{} has no multi-token-prediction modules to draft with", architecture.name), {}));
  out.offload_experts = table.flag("offload_experts").value_or(false);
  out.max_batched_tokens = optional_whole(table, "max_batched_tokens");
  out.max_sequences = optional_whole(table, "max_sequences");
  out.memory_fraction = table.number("memory_fraction");
  out.kv_tokens = table.integer("kv_tokens");
  out.front_end = table.flag("front_end").value_or(true);
  out.order = chosen<sim::QueueOrder>(table, "order", kOrders);
  if (const auto preemption = table.text("preemption"))
    out.preemption = *preemption == "swap" ? sim::Preemption::swap : sim::Preemption::recompute;
  out.hidden_transfer = table.number("hidden_transfer").value_or(0);
  out.kv_spread = table.number("kv_spread").value_or(0);
  const TypedTable scale = table.table("autoscale");
  if (scale.present()) {
    out.autoscaler = {.on = true,
                      .period = scale.number("period").value_or(300),
                      .target = scale.number("target").value_or(0.7),
                      .least = whole(scale, "least"),
                      .start_seconds = scale.number("start").value_or(60)};
    for (const double count : day_of(scale, sink)) out.autoscaler.hours.push_back(static_cast<int>(count));
  }
  const TypedTable failures = table.table("failures");
  if (failures.present())
    out.failures = {failures.number("mean_time_between").value_or(0), failures.number("repair").value_or(600)};
  const TypedTable cache = table.table("prefix_cache");
  if (cache.present())
    out.prefix = {.blocks = {cache.integer("hbm_blocks").value_or(0), cache.integer("dram_blocks").value_or(0),
                             cache.integer("storage_blocks").value_or(0)},
                  .bandwidth = {0, cache.number("dram_bandwidth").value_or(0), cache.number("storage_bandwidth").value_or(0)}};
  return out;
}

}  // namespace

ServingSpec read_serving(const TypedTable& serving, const std::vector<PoolSpec>& fleet, const models::Architecture& architecture,
                         std::span<const sim::ServingEngine> engines, const std::filesystem::path& folder, Diagnostics& sink) {
  constexpr std::array<std::string_view, 5> kRouters{"round-robin", "least-loaded", "cache-aware", "session-affinity", "central"};
  ServingSpec out;
  const std::string router = serving.text("router").value_or("least-loaded");
  out.router =
      static_cast<sim::RouterPolicy>(std::min<std::ptrdiff_t>(std::ranges::find(kRouters, router) - kRouters.begin(), 4));
  out.warm_up = serving.number("warm_up").value_or(0);
  out.sample_period = serving.number("sample_period").value_or(600);
  out.horizon = serving.number("horizon").value_or(0);
  constexpr std::array<std::string_view, 3> kSearches{"none", "rate", "nodes"};
  out.search = chosen<CapacitySearch>(serving, "search", kSearches);
  const TypedTable slo = serving.table("slo");
  out.slo = {slo.number("ttft").value_or(0), slo.number("tpot").value_or(0), slo.number("e2e").value_or(0)};
  out.attainment = slo.number("attainment").value_or(0.9);
  if (out.search != CapacitySearch::none && out.slo == sim::Slo{})
    sink.push_back(
        serving.error("search", "there is no promise to keep, so that any load would do", "give serving.slo.ttft, tpot or e2e"));
  if (out.warm_up > 0 && out.warm_up >= serving.table("workload").number("duration").value_or(0) &&
      serving.table("workload").number("duration").value_or(0) > 0)
    sink.push_back(serving.error("warm_up", "no request arrives after it", "make it shorter than serving.workload.duration"));
  for (const TypedTable& pool : serving.tables("pool")) out.pools.push_back(read_pool(pool, fleet, architecture, engines, sink));
  check_instances(serving.tables("pool"), fleet, out.pools, sink);
  if (out.pools.empty()) sink.push_back(serving.error("pool", "a deployment needs at least one [[serving.pool]]", {}));
  read_workload(serving.table("workload"), folder, out.workload, sink);
  double longest = sim::trace_shape(out.workload).longest;
  if (longest == 0)
    longest = std::min<double>(out.workload.prompt.most, 1 << 17) + std::min<double>(out.workload.output.most, 1 << 16);
  out.max_context = longest;
  return out;
}

void check_formats(const TypedTable& serving, const ServingSpec& spec, const std::vector<PoolSpec>& fleet,
                   std::span<const hw::Accelerator> chips, Diagnostics& sink) {
  const std::vector<TypedTable> tables = serving.tables("pool");
  for (std::size_t i = 0; i < spec.pools.size(); ++i) {
    const auto at = static_cast<std::size_t>(spec.pools[i].pool);
    const Result<hw::Accelerator> chip =
        at < fleet.size() ? hw::find_accelerator(chips, fleet[at].accelerator) : Result<hw::Accelerator>(Diagnostics{});
    if (!chip || tables[i].broken("weights")) continue;  // said already
    const std::string why = format_refusal(*chip, spec.pools[i].precision);
    if (why.empty()) continue;
    // A run says what else is in the way, and ends as one that does not fit.
    sink.push_back(tables[i].error("weights", why, "a run is refused: store the weights in a format that the chip has"));
    sink.back().severity = Severity::warning;
  }
}

}  // namespace gpufleet::scenarios
