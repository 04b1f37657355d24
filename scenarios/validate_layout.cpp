// Parallel layouts: read, completed (data-parallel degree, layers of each stage) and checked against pools, model and batch.
#include <fmt/format.h>
#include <algorithm>
#include <limits>

#include "models/layout.h"
#include "scenarios/stage_split.h"
#include "scenarios/validate_parts.h"
#include "sim/training/program.h"

namespace gpufleet::scenarios {
namespace {

models::Recompute recompute_of(const std::vector<std::string>& parts) {
  models::Recompute out;
  for (const std::string& part : parts) {
    if (part == "full") return models::Recompute::full();
    if (part == "selective") out.add(models::RecomputeOp::attention_core);
    if (const auto op = models::recompute_op_from_name(part)) out.add(*op);
  }
  return out;
}

int pool_index(const std::vector<PoolSpec>& pools, std::string_view name) {
  for (std::size_t i = 0; i < pools.size(); ++i)
    if (pools[i].name == name) return static_cast<int>(i);
  return -1;
}

// Index of the pool that `row` names, or `otherwise`.
int read_pool_name(const TypedTable& row, const LayoutContext& context, int otherwise, Diagnostics& sink) {
  const auto name = row.text("pool");
  if (!name) return otherwise;
  const int pool = pool_index(*context.pools, *name);
  if (pool >= 0) return pool;
  std::vector<std::string> names;
  for (const PoolSpec& one : *context.pools) names.push_back(one.name);
  const std::string hint = did_you_mean(*name, names);
  sink.push_back(row.error("pool", fmt::format("no pool is called \"{}\"", *name),
                           hint.empty() ? fmt::format("there are {}", fmt::join(names, ", ")) : hint));
  return otherwise;
}

std::vector<StageSpec> read_stages(const TypedTable& table, const LayoutSpec& layout, int pool, const LayoutContext& context,
                                   Diagnostics& sink) {
  const std::vector<TypedTable> rows = table.tables("stage");
  std::vector<StageSpec> stages;
  std::vector<std::optional<int>> layers(static_cast<std::size_t>(layout.pp));
  for (const TypedTable& row : rows) {
    StageSpec stage{pool, static_cast<int>(row.integer("tp").value_or(layout.tp)), 0};
    stage.pool = read_pool_name(row, context, pool, sink);
    if (const auto count = row.integer("layers"); count && stages.size() < layers.size())
      layers[stages.size()] = static_cast<int>(*count);
    stages.push_back(stage);
  }
  if (!rows.empty() && rows.size() != static_cast<std::size_t>(layout.pp)) {
    sink.push_back(table.error("stage", fmt::format("{} stages are listed but pp = {}", rows.size(), layout.pp),
                               "list every pipeline stage once, in order"));
    return {};
  }
  if (rows.empty()) stages.assign(static_cast<std::size_t>(layout.pp), StageSpec{pool, layout.tp, 0});
  // Where no stage says how many layers it holds, the simulator splits them evenly over the schedule's chunks.
  if (std::none_of(layers.begin(), layers.end(), [](const auto& count) { return count.has_value(); })) return stages;
  const int total = static_cast<int>(context.architecture->layers);
  const std::optional<std::vector<int>> split = split_layers(total, layers);
  if (!split && total > 0) {
    int given = 0;
    for (const auto& count : layers) given += count.value_or(0);
    sink.push_back(table.error("stage", fmt::format("the stages hold {} layers, the model has {}", given, total), {}));
  }
  for (std::size_t i = 0; split && i < stages.size(); ++i) stages[i].layers = (*split)[i];
  return stages;
}

// Groups of unlike replicas; the first one's stages stand for the layout's.
void read_replicas(const TypedTable& table, const LayoutContext& context, LayoutSpec& layout, Diagnostics& sink) {
  std::vector<std::int64_t> used(context.pools->size(), 0);
  layout.dp = 0;
  int stated = 0;
  for (const TypedTable& row : table.tables("replica")) {
    ReplicaSpec replica;
    replica.count = static_cast<int>(row.integer("count").value_or(1));
    replica.micro_batches = row.integer("micro_batches").value_or(0);
    stated += replica.micro_batches > 0 ? 1 : 0;
    replica.stages = read_stages(row, layout, read_pool_name(row, context, 0, sink), context, sink);
    for (const StageSpec& stage : replica.stages)
      if (static_cast<std::size_t>(stage.pool) < used.size())
        used[static_cast<std::size_t>(stage.pool)] += std::int64_t{stage.tp} * layout.cp * replica.count;
    layout.dp += replica.count;
    layout.replicas.push_back(std::move(replica));
  }
  layout.stages = layout.replicas.front().stages;
  if (stated != 0 && stated != static_cast<int>(layout.replicas.size()))
    sink.push_back(
        table.error("replica", "some groups state micro_batches and some do not", "state them in all groups or in none"));
  for (std::size_t i = 0; i < used.size(); ++i) {
    const PoolSpec& pool = (*context.pools)[i];
    if (used[i] > pool.count && pool.count > 0)
      sink.push_back(table.error(
          "replica", fmt::format("the replicas take {} of the {} accelerators of pool \"{}\"", used[i], pool.count, pool.name),
          {}));
  }
  for (const std::string_view key : {"stage", "dp"})
    if (table.has(key))
      sink.push_back(table.error(key, fmt::format("both `{}` and `replica` are given", key), "keep one of them"));
}

// Accelerators of each pool that one data-parallel replica takes.
std::vector<std::int64_t> per_replica(const LayoutSpec& layout, std::size_t pools) {
  std::vector<std::int64_t> out(pools, 0);
  for (const StageSpec& stage : layout.stages) out[static_cast<std::size_t>(stage.pool)] += std::int64_t{stage.tp} * layout.cp;
  return out;
}

void complete_dp(LayoutSpec& layout, const TypedTable& table, const LayoutContext& context, Diagnostics& sink) {
  const std::vector<PoolSpec>& pools = *context.pools;
  if (pools.empty() || layout.stages.empty() ||
      std::any_of(pools.begin(), pools.end(), [](const PoolSpec& p) { return p.count == 0; }))
    return;
  const std::vector<std::int64_t> need = per_replica(layout, pools.size());
  const std::optional<std::int64_t> asked = table.integer("dp");
  std::int64_t possible = std::numeric_limits<std::int64_t>::max();
  std::size_t tightest = 0;
  for (std::size_t i = 0; i < pools.size(); ++i) {
    if (need[i] == 0 || pools[i].count / need[i] >= possible) continue;
    possible = pools[i].count / need[i];
    tightest = i;
  }
  const PoolSpec& pool = pools[tightest];
  const std::string arithmetic = fmt::format("one replica takes {} of the {} {} (tp {} · cp {} · {} stages)", need[tightest],
                                             pool.count, pool.accelerator, layout.tp, layout.cp, layout.pp);
  if (possible == 0) {
    sink.push_back(table.error("pp", fmt::format("the layout needs more accelerators than the pool has: {}", arithmetic), {}));
    return;
  }
  layout.dp = static_cast<int>(asked.value_or(possible));
  if (asked && *asked > possible) {
    sink.push_back(
        table.error("dp", fmt::format("dp = {} does not fit: {}, so dp is at most {}", *asked, arithmetic, possible), {}));
  } else if (!asked && need[tightest] * possible != pool.count) {
    sink.push_back(table.error("dp", fmt::format("{} accelerators do not divide into replicas: {}", pool.count, arithmetic),
                               "state dp to leave the rest idle, or change the degrees"));
  }
}

// What the model's shape says to the layout, once for each kind of stage; its keys are ours without the table in front.
void check_shape(const LayoutSpec& layout, const TypedTable& table, const LayoutContext& context, const TypedTable& phase,
                 const PhaseSpec& spec, Diagnostics& sink) {
  // Unlike replicas need no even shares; check_schedule adds theirs up.
  const std::int64_t even_batch = layout.replicas.empty() ? spec.global_batch : layout.dp * layout.micro_batch;
  std::vector<std::pair<int, int>> seen;  // (pool, tp)
  std::vector<StageSpec> stages = layout.stages;
  for (const ReplicaSpec& replica : layout.replicas) stages.insert(stages.end(), replica.stages.begin(), replica.stages.end());
  for (const StageSpec& stage : stages) {
    if (std::find(seen.begin(), seen.end(), std::pair(stage.pool, stage.tp)) != seen.end()) continue;
    seen.emplace_back(stage.pool, stage.tp);
    models::Layout shape;
    shape.tp = stage.tp;
    shape.pp = layout.pp;
    shape.dp = layout.dp;
    shape.ep = layout.ep;
    shape.cp = layout.cp;
    shape.expert_tp = layout.expert_tp;
    shape.virtual_stages = layout.virtual_stages;
    shape.zero = static_cast<models::Zero>(layout.zero);
    shape.micro_batch = layout.micro_batch;
    shape.sequence_parallel = layout.sequence_parallel;
    shape.tp_span = layout.tp_across_nodes ? models::TensorParallelSpan::across_nodes : models::TensorParallelSpan::node;
    const PoolSpec& pool = (*context.pools)[static_cast<std::size_t>(stage.pool)];
    // Accelerators are counted over all pools elsewhere; here the layout's own product stands for them.
    const models::LayoutJob job{std::int64_t{shape.tp} * shape.cp * shape.pp * shape.dp, pool.gpus_per_node, even_batch,
                                spec.sequence};
    for (const Diagnostic& found : models::check_layout(*context.architecture, shape, job)) {
      if (found.severity == Severity::warning) continue;  // mixed and measured layouts are what they are
      const bool of_layout = found.key.starts_with("layout.");
      const std::string key = of_layout ? found.key.substr(7)
                              : found.key == "global_batch" && !phase.has("global_batch") && phase.has("ramp") ? "ramp"
                                                                                                               : found.key;
      if (found.key == "architecture") continue;  // reported where the model is named
      const TypedTable& at = of_layout ? table : phase;
      const std::string hint = found.key == "layout.tp" && found.hint.starts_with("say so")
                                   ? "say tp_across_nodes = true if that is meant"
                                   : found.hint;
      sink.push_back(at.error(key, found.message, hint));
    }
  }
}

/// Shard groups (HSDP) must be equal parts of the data-parallel ranks; those of unlike replicas differ in size and are not
/// checked.
void check_shard_group(const LayoutSpec& layout, const TypedTable& table, Diagnostics& sink) {
  const std::int64_t ranks = std::int64_t{layout.dp} * layout.cp, size = layout.shard_group;
  if (size == 0 || !layout.replicas.empty() || ranks % size == 0) return;
  std::int64_t nearest = std::min(size, ranks);
  while (ranks % nearest != 0) --nearest;
  sink.push_back(table.error("shard_group",
                             fmt::format("shard groups of {} do not divide the {} data-parallel ranks (dp · cp)", size, ranks),
                             fmt::format("{} do", nearest)));
}

void check_schedule(const LayoutSpec& layout, const TypedTable& table, std::int64_t batch, Diagnostics& sink) {
  if (!layout.replicas.empty()) {
    std::int64_t carried = 0;
    for (const ReplicaSpec& replica : layout.replicas) {
      if (replica.micro_batches == 0) return;  // balanced when the run is planned
      carried += replica.count * replica.micro_batches * layout.micro_batch;
    }
    if (carried != batch)
      sink.push_back(table.error(
          "replica", fmt::format("the replicas carry {} sequences a step, the global batch is {}", carried, batch), {}));
    return;
  }
  const std::int64_t share = layout.dp * layout.micro_batch;
  if (batch == 0 || batch % share != 0) return;
  if (const auto why = sim::refusal(layout.schedule, layout.pp, layout.virtual_stages, batch / share))
    sink.push_back(table.error("schedule", fmt::format("{} cannot run: {}", sim::name(layout.schedule), *why), {}));
}

}  // namespace

LayoutSpec read_layout(const TypedTable& table, const LayoutContext& context, Diagnostics& sink) {
  const LayoutSpec defaults;
  const LayoutSpec& from = context.inherited == nullptr ? defaults : *context.inherited;
  const auto whole = [&](std::string_view key, int otherwise) {
    return static_cast<int>(table.integer(key).value_or(otherwise));
  };
  LayoutSpec out;
  out.tp = whole("tp", from.tp);
  out.ep = whole("ep", from.ep);
  out.cp = whole("cp", from.cp);
  out.expert_tp = whole("expert_tp", from.expert_tp);
  out.virtual_stages = whole("virtual_stages", from.virtual_stages);
  out.zero = whole("zero", from.zero);
  out.shard_group = whole("shard_group", from.shard_group);
  out.micro_batch = table.integer("micro_batch").value_or(from.micro_batch);
  const bool lists_stages =
      find_key("training.layout.stage[]") != nullptr && context.inherited == nullptr && !table.tables("stage").empty();
  out.pp = table.has("pp") || !lists_stages ? whole("pp", from.pp) : static_cast<int>(table.tables("stage").size());
  const std::optional<std::string> schedule = table.text("schedule");
  out.schedule = schedule ? sim::schedule_from_name(*schedule).value_or(from.schedule) : from.schedule;
  out.recompute =
      table.has("recompute") || context.inherited == nullptr ? recompute_of(table.texts("recompute")) : from.recompute;
  const bool sequence_parallel = table.flag("sequence_parallel").value_or(from.sequence_parallel == models::SequenceParallel::on);
  out.sequence_parallel = sequence_parallel ? models::SequenceParallel::on : models::SequenceParallel::off;
  out.tp_across_nodes = table.flag("tp_across_nodes").value_or(from.tp_across_nodes);

  const bool same_pipeline = context.inherited != nullptr && out.pp == from.pp && out.tp == from.tp;
  if (same_pipeline) {
    out.stages = from.stages;
    out.replicas = from.replicas;
    if (!out.replicas.empty()) out.dp = from.dp;
  } else if (context.inherited == nullptr && !table.tables("replica").empty()) {
    read_replicas(table, context, out, sink);
  } else if (context.inherited == nullptr) {
    out.stages = read_stages(table, out, 0, context, sink);
  } else {
    out.stages.assign(static_cast<std::size_t>(out.pp), StageSpec{0, out.tp, 0});
  }
  if (out.replicas.empty()) complete_dp(out, table, context, sink);
  return out;
}

void check_layout(const LayoutSpec& layout, const TypedTable& table, const LayoutContext& context, const TypedTable& phase,
                  const PhaseSpec& spec, Diagnostics& sink) {
  const bool degrees_known = !table.broken("tp") && !table.broken("pp") && !table.broken("dp") && !table.broken("cp");
  if (!degrees_known || context.architecture->layers == 0 || context.pools->empty() || layout.stages.empty()) return;
  if (spec.global_batch == 0 || spec.sequence == 0 || table.broken("micro_batch") || context.architecture->aggregate_only) return;
  check_shape(layout, table, context, phase, spec, sink);
  check_schedule(layout, table, spec.global_batch, sink);
  check_shard_group(layout, table, sink);
}

}  // namespace gpufleet::scenarios
