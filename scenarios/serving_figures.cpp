#include "scenarios/serving_figures.h"

#include <algorithm>

namespace gpufleet::scenarios {
namespace {

constexpr double kMillion = 1e6, kJoulesPerKwh = 3.6e6;

struct Totals {
  double gpus = 0, nodes = 0, prefill_nodes = 0, decode_nodes = 0, cost = 0, energy = 0, kv = 0, kv_weight = 0;
};

Totals totals(const sim::ServingJob& job, const sim::ServingResult& result) {
  Totals out;
  for (std::size_t i = 0; i < result.pools.size(); ++i) {
    const sim::PoolResult& pool = result.pools[i];
    const sim::ServingPool& spec = job.pools[i];
    out.nodes += pool.nodes_mean;
    if (spec.role == sim::PoolRole::prefill) out.prefill_nodes += pool.nodes_mean;
    if (spec.role == sim::PoolRole::decode) out.decode_nodes += pool.nodes_mean;
    out.gpus += pool.nodes_mean / spec.nodes_per_instance * spec.gpus_per_instance;
    out.cost += pool.cost;
    out.energy += pool.energy;
    out.kv += pool.kv_used_mean * pool.instance_hours;
    out.kv_weight += pool.instance_hours;
  }
  return out;
}

}  // namespace

std::vector<ServingFigure> serving_figures(const sim::ServingJob& job, const sim::ServingResult& r) {
  const Totals t = totals(job, r);
  const double window = std::max(r.window, 1e-9), span = std::max(r.makespan, 1e-9);
  const double output = r.output_tokens / window, input = r.input_tokens / window;
  const double asked = std::max<double>(1, static_cast<double>(r.counted + r.refused));
  std::vector<ServingFigure> out;
  const auto add = [&](const char* name, double value) { out.push_back({name, value}); };
  const auto ratio = [&](const char* name, double value, double of) {
    if (of > 0) add(name, value / of);
  };
  add("input_tokens_per_second", input);
  add("output_tokens_per_second", output);
  ratio("input_tokens_per_second_per_node", input, t.nodes);
  ratio("output_tokens_per_second_per_node", output, t.nodes);
  ratio("input_tokens_per_second_per_gpu", input, t.gpus);
  ratio("output_tokens_per_second_per_gpu", output, t.gpus);
  ratio("input_tokens_per_second_per_prefill_node", input, t.prefill_nodes);
  ratio("output_tokens_per_second_per_decode_node", output, t.decode_nodes);
  ratio("output_tokens_per_second_per_user", 1, r.tpot.mean());
  const auto quantiles = [&](const std::string& name, const sim::QuantileSketch& sketch) {
    if (sketch.count() == 0) return;
    out.push_back({name + "_p50", sketch.quantile(0.5)});
    out.push_back({name + "_p90", sketch.quantile(0.9)});
    out.push_back({name + "_p99", sketch.quantile(0.99)});
    out.push_back({name + "_mean", sketch.mean()});
  };
  quantiles("ttft", r.ttft);
  quantiles("tpot", r.tpot);
  quantiles("e2e", r.e2e);
  add("goodput", static_cast<double>(r.slo_met) / span);
  add("slo_attainment", static_cast<double>(r.slo_met) / asked);
  ratio("kv_memory_used", t.kv, t.kv_weight);
  ratio("prefix_hit_ratio", r.cached_tokens, r.input_tokens);
  if (t.cost > 0) {
    ratio("cost_per_million_output_tokens", t.cost * kMillion, r.total_output_tokens);
    ratio("cost_per_million_input_tokens", t.cost * kMillion, r.total_input_tokens);
  }
  const bool powered = std::ranges::all_of(job.pools, [](const sim::ServingPool& pool) { return pool.power > 0; });
  if (powered)
    ratio("energy_per_million_tokens", t.energy / kJoulesPerKwh * kMillion, r.total_output_tokens + r.total_input_tokens);
  add("serving_nodes", t.nodes);
  if (t.cost > 0) add("serving_cost", t.cost);
  return out;
}

std::vector<BreakdownItem> serving_breakdown(const sim::ServingResult& result) {
  std::vector<BreakdownItem> out;
  const auto count = [](std::uint64_t n) { return static_cast<double>(n); };
  for (const sim::PoolResult& pool : result.pools) {
    const auto add = [&](const char* what, const char* unit, double value) {
      if (value > 0) out.push_back({pool.name + what, unit, value});
    };
    add(" nodes in service", "nodes", pool.nodes_mean);
    add(" nodes at the peak", "nodes", pool.nodes_peak);
    add(" busy share", "ratio", pool.busy_share);
    add(" sequences a decode iteration", "sequences", pool.batch_mean);
    add(" KV blocks in use", "ratio", pool.kv_used_mean);
    add(" KV blocks in use at the peak", "ratio", pool.kv_used_peak);
    add(" preemptions", "requests", count(pool.preemptions));
    add(" failures", "count", count(pool.failures));
  }
  out.push_back({"requests", "requests", count(result.arrived)});
  out.push_back({"requests in the system", "requests", result.requests_in_system});
  out.push_back({"makespan", "s", result.makespan});
  return out;
}

ResultTable serving_series(const sim::ServingResult& result) {
  ResultTable out;
  out.name = "time_series";
  out.columns = {{"time", "s"},           {"arrivals", "requests/s"}, {"completions", "requests/s"},
                 {"input", "tokens/s"},   {"output", "tokens/s"},     {"waiting", "requests"},
                 {"running", "requests"}, {"kv_memory_used", ""},     {"nodes", ""}};
  for (const sim::ServingSample& s : result.samples)
    out.rows.push_back(
        {s.time, s.arrivals, s.completions, s.input_tokens, s.output_tokens, s.waiting, s.running, s.kv_used, s.active_nodes});
  return out;
}

}  // namespace gpufleet::scenarios
