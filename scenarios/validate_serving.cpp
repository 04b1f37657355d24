#include "scenarios/validate_serving.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <sstream>

#include "scenarios/serving_engines.h"
#include "scenarios/serving_trace.h"
#include "scenarios/validate_parts.h"

namespace gpufleet::scenarios {
namespace {

template <class Enum, std::size_t N>
Enum chosen(const TypedTable& table, std::string_view key, const std::array<std::string_view, N>& names) {
  const std::string value = table.text(key).value_or(std::string(names[0]));
  const auto found = std::ranges::find(names, value);
  return static_cast<Enum>(found == names.end() ? 0 : found - names.begin());
}

int whole(const TypedTable& table, std::string_view key) { return static_cast<int>(table.integer(key).value_or(0)); }
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

// "hours": 24 numbers that are not negative; empty where left out or wrong.
std::vector<double> day_of(const TypedTable& table, Diagnostics& sink) {
  std::vector<double> out;
  const auto text = table.text("hours");
  if (!text) return out;
  std::istringstream words(*text);
  for (double value = 0; words >> value;) out.push_back(value);
  if (words.eof() && out.size() == 24 && std::ranges::all_of(out, [](double x) { return x >= 0 && x <= 1e9; })) return out;
  sink.push_back(table.error("hours", "wants 24 numbers that are not negative", {}));
  return {};
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

sim::LengthDistribution read_length(const TypedTable& table, Diagnostics& sink) {
  constexpr std::array<std::string_view, 4> kKinds{"fixed", "uniform", "lognormal", "exponential"};
  sim::LengthDistribution out;
  out.kind = chosen<sim::LengthKind>(table, "kind", kKinds);
  out.mean = table.number("mean").value_or(1024);
  out.variation = table.number("variation").value_or(1);
  out.low = table.number("low").value_or(1);
  out.high = table.number("high").value_or(1);
  out.most = static_cast<std::int32_t>(table.integer("most").value_or(1 << 20));
  if (out.kind == sim::LengthKind::uniform && out.high < out.low) sink.push_back(table.error("high", "lies below `low`", {}));
  if (out.kind == sim::LengthKind::uniform) out.mean = 0.5 * (out.low + out.high);
  return out;
}

// Rates by the hour, scaled to a mean of 1.
std::vector<double> read_hours(const TypedTable& table, Diagnostics& sink) {
  std::vector<double> out = day_of(table, sink);
  double sum = 0;
  for (const double factor : out) sum += factor;
  if (!out.empty() && sum <= 0) {
    sink.push_back(table.error("hours", "wants at least one number above zero", {}));
    return {};
  }
  for (double& factor : out) factor *= 24 / sum;
  return out;
}

void read_workload(const TypedTable& table, const std::filesystem::path& folder, sim::Workload& out, Diagnostics& sink) {
  constexpr std::array<std::string_view, 6> kArrivals{"poisson", "gamma", "mmpp", "closed-loop", "burst", "trace"};
  out.arrivals.kind = chosen<sim::ArrivalKind>(table, "arrivals", kArrivals);
  out.arrivals.rate = table.number("rate").value_or(1);
  out.arrivals.variation = table.number("variation").value_or(1);
  out.arrivals.busy_factor = table.number("busy_factor").value_or(4);
  out.arrivals.busy_seconds = table.number("busy").value_or(10);
  out.arrivals.calm_seconds = table.number("calm").value_or(60);
  out.arrivals.clients = whole(table, "clients");
  constexpr std::array<std::string_view, 3> kStarts{"together", "warm", "staggered"};
  out.arrivals.start = chosen<sim::ClosedStart>(table, "start", kStarts);
  out.arrivals.hours = read_hours(table, sink);
  out.prompt = read_length(table.table("prompt"), sink);
  out.output = read_length(table.table("output"), sink);
  out.cached_share = table.number("cached_share").value_or(0);
  out.duration = table.number("duration").value_or(0);
  out.requests = static_cast<std::uint64_t>(table.integer("requests").value_or(0));
  out.sessions.turns = table.number("turns").value_or(1);
  out.sessions.think_seconds = table.number("think").value_or(60);
  out.sessions.shared_prefix = whole(table, "shared_prefix");
  out.trace_speed = table.number("trace_speed").value_or(1);
  if (out.arrivals.kind == sim::ArrivalKind::trace) {
    const std::size_t before = sink.size();
    if (!table.has("trace"))
      sink.push_back(table.error("arrivals", "no trace is named to replay", "give `trace`, a file"));
    else if (table.broken("trace"))
      return;
    const std::filesystem::path file = table.has("trace") ? named_file(table, "trace", folder, sink) : std::filesystem::path();
    if (sink.size() > before) return;
    auto trace = read_trace_file(file);
    sink.insert(sink.end(), trace.diagnostics().begin(), trace.diagnostics().end());
    if (!trace) return;
    sink.insert(sink.end(), trace->warnings.begin(), trace->warnings.end());
    out.block_tokens = trace->block_tokens;
    out.trace = std::move(trace->requests);
    out.stream = std::move(trace->stream);
  }
  if (out.arrivals.kind != sim::ArrivalKind::trace && table.has("trace")) {
    Diagnostic unused = table.error("trace", "is replayed with arrivals = \"trace\" alone", "add that, or leave `trace` out");
    if (table.has("arrivals")) unused.severity = Severity::warning;  // chosen so, over a base's trace maybe
    sink.push_back(unused);
    if (!table.has("arrivals")) return;
  }
  // What a broken value stands for is nobody's mistake.
  for (const char* key : {"arrivals", "requests", "duration", "rate", "clients", "busy", "calm", "hours", "prompt", "output"})
    if (table.broken(key)) return;
  if (const std::string why = sim::workload_problem(out); !why.empty()) sink.push_back(table.error("arrivals", why, {}));
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

}  // namespace gpufleet::scenarios
