#include "scenarios/validate_rl.h"

#include <fmt/format.h>
#include <algorithm>

namespace gpufleet::scenarios {
namespace {

ServingPoolSpec read_rollout(const TypedTable& table, const std::vector<PoolSpec>& pools,
                             const models::Architecture& architecture, sim::RlPools& kind, Diagnostics& sink) {
  const auto whole = [&](std::string_view key, int otherwise) {
    return static_cast<int>(table.integer(key).value_or(otherwise));
  };
  ServingPoolSpec out;
  out.name = "rollout";
  out.role = sim::PoolRole::decode;
  if (const auto name = table.text("pool")) {
    const auto found = std::find_if(pools.begin(), pools.end(), [&](const PoolSpec& p) { return p.name == *name; });
    if (found == pools.end()) {
      std::vector<std::string> names;
      for (const PoolSpec& pool : pools) names.push_back(pool.name);
      sink.push_back(table.error("pool", fmt::format("no pool is called \"{}\"", *name), did_you_mean(*name, names)));
    } else {
      out.pool = static_cast<int>(found - pools.begin());
      kind = sim::RlPools::split;
    }
  }
  out.engine = table.text("engine").value_or("vllm");
  out.instances = whole("instances", 0);
  out.shard.tp = whole("tp", 1);
  out.shard.dp = whole("dp", 1);
  out.shard.ep = whole("ep", 1);
  if (out.shard.ep > 1 && out.shard.dp > 1) out.shard.experts = models::ExpertPlacement::exchange;
  if (out.shard.ranks() % out.shard.ep != 0)
    sink.push_back(
        table.error("ep", fmt::format("tp · dp = {} ranks are no multiple of ep = {}", out.shard.ranks(), out.shard.ep), {}));
  if (out.shard.ep > 1 && architecture.routed_experts == 0)
    sink.push_back(table.error("ep", "the model has no routed experts", {}));
  if (architecture.heads > 0 && architecture.heads % out.shard.tp != 0)
    sink.push_back(
        table.error("tp", fmt::format("{} query heads do not divide over {} ranks", architecture.heads, out.shard.tp), {}));
  out.speculation = {whole("drafts", 0), table.number("acceptance").value_or(0)};
  const hw::Dtype format = hw::dtype_from_name(table.text("weights").value_or("bf16")).value_or(hw::Dtype::bf16);
  out.precision.linear = out.precision.experts = format;
  if (format == hw::Dtype::fp8) out.precision.dispatch = hw::Dtype::fp8;
  out.balance = sim::ExpertBalance::rearranged;
  return out;
}

}  // namespace

RlSpec read_rl(const TypedTable& rl, const std::vector<PoolSpec>& pools, const models::Architecture& architecture,
               Diagnostics& sink) {
  RlSpec out;
  out.iterations = rl.integer("iterations").value_or(1);
  out.answers = rl.integer("answers").value_or(1);
  out.prompt = static_cast<double>(rl.integer("prompt").value_or(0));
  const TypedTable length = rl.table("length");
  out.lengths = {.mean = length.number("mean").value_or(1),
                 .log_sigma = length.number("log_sigma").value_or(0.8),
                 .longest = static_cast<double>(length.integer("longest").value_or(1))};
  if (!length.present()) {
    sink.push_back(rl.error("length", "how long answers are is not given", "give length = { mean = ..., longest = ... }"));
  } else if (out.lengths.mean >= out.lengths.longest && !length.broken("mean") && !length.broken("longest")) {
    sink.push_back(length.error("mean", "the mean is not below the longest", {}));
  }
  out.scoring_passes = rl.number("scoring_passes").value_or(0);
  out.score_seconds = rl.number("score_time").value_or(0);
  out.switch_seconds = rl.number("switch_time").value_or(0);
  out.rollout = read_rollout(rl.table("rollout"), pools, architecture, out.pools, sink);
  return out;
}

}  // namespace gpufleet::scenarios
