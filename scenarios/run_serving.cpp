#include "scenarios/run_serving.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/serving/simulate.h"

namespace gpufleet::scenarios {
namespace {

struct Figure {
  std::string name;
  double value = 0;
};

std::vector<Figure> figures(const sim::ServingJob& job, const sim::ServingResult& r) {
  double gpus = 0, nodes = 0, cost = 0, energy = 0, kv = 0, kv_weight = 0;
  for (std::size_t i = 0; i < r.pools.size(); ++i) {
    const sim::PoolResult& pool = r.pools[i];
    nodes += pool.nodes_mean;
    gpus += pool.nodes_mean / job.pools[i].nodes_per_instance * job.pools[i].gpus_per_instance;
    cost += pool.cost;
    energy += pool.energy;
    kv += pool.kv_used_mean * pool.instance_hours;
    kv_weight += pool.instance_hours;
  }
  const double window = std::max(r.window, 1e-9), span = std::max(r.makespan, 1e-9);
  const double output = r.output_tokens / window, input = r.input_tokens / window;
  const double counted = std::max<double>(1, static_cast<double>(r.counted + r.refused));
  std::vector<Figure> out{{"input_tokens_per_second", input},
                          {"output_tokens_per_second", output},
                          {"input_tokens_per_second_per_node", nodes > 0 ? input / nodes : 0},
                          {"output_tokens_per_second_per_node", nodes > 0 ? output / nodes : 0},
                          {"input_tokens_per_second_per_gpu", gpus > 0 ? input / gpus : 0},
                          {"output_tokens_per_second_per_gpu", gpus > 0 ? output / gpus : 0}};
  const auto quantiles = [&](const std::string& name, const sim::QuantileSketch& sketch) {
    out.push_back({name + "_p50", sketch.quantile(0.5)});
    out.push_back({name + "_p90", sketch.quantile(0.9)});
    out.push_back({name + "_p99", sketch.quantile(0.99)});
  };
  quantiles("ttft", r.ttft);
  quantiles("tpot", r.tpot);
  quantiles("e2e", r.e2e);
  out.push_back({"goodput", static_cast<double>(r.slo_met) / span});
  out.push_back({"slo_attainment", static_cast<double>(r.slo_met) / counted});
  out.push_back({"kv_memory_used", kv_weight > 0 ? kv / kv_weight : 0});
  out.push_back({"prefix_hit_ratio", r.input_tokens > 0 ? r.cached_tokens / r.input_tokens : 0});
  if (cost > 0) {
    out.push_back({"cost_per_million_output_tokens", cost / r.total_output_tokens * 1e6});
    out.push_back({"cost_per_million_input_tokens", cost / r.total_input_tokens * 1e6});
  }
  out.push_back({"energy_per_million_tokens", energy / (r.total_output_tokens + r.total_input_tokens) * 1e6 / 3.6e6});
  out.push_back({"serving_nodes", nodes});
  if (cost > 0) out.push_back({"serving_cost", cost});
  return out;
}

// One standard deviation of an instance's time: kernel classes and links err together.
constexpr double kTimeSigma = 0.1;

}  // namespace

Diagnostics run_serving(const Scenario& scenario, const Catalogs& catalogs, const HardwareData& hardware,
                        const RunControl& control, RunResult& result) {
  const ServingSpec& spec = *scenario.serving;
  std::vector<std::vector<Figure>> runs;
  sim::ServingResult middle;
  hw::Provenance provenance = hw::Provenance::measured;
  for (const double sigmas : {0.0, kNormalQuantile90, -kNormalQuantile90}) {
    sim::Perturbation perturbation;
    perturbation.kernel.fill(std::exp(sigmas * kTimeSigma));
    perturbation.network = std::exp(sigmas * kTimeSigma);
    // A long simulation is run once; its interval then follows from the first hour's.
    constexpr double kHour = 3600, kMany = 2e7;
    ServingSpec asked = spec;
    const double expected = spec.workload.arrivals.rate * spec.workload.duration;
    if (sigmas != 0 && expected > kMany) asked.workload.duration = std::max(kHour, spec.workload.duration * kMany / expected);
    const Result<sim::ServingJob> job =
        plan_serving(asked, scenario.pools, scenario.architecture, catalogs, hardware, catalogs.engines, perturbation);
    if (!job) return job.diagnostics();
    sim::ServingResult simulated = sim::simulate_serving(*job, result.seed, control);
    runs.push_back(figures(*job, simulated));
    if (sigmas == 0) middle = std::move(simulated);
  }
  (void)provenance;
  for (std::size_t i = 0; i < runs[0].size(); ++i) {
    const double value = runs[0][i].value;
    const double slow = runs[1][i].value, fast = runs[2][i].value;
    result.metrics.push_back(
        {runs[0][i].name, {value, std::min({value, slow, fast}), std::max({value, slow, fast})}, hw::Provenance::measured});
  }
  for (const sim::PoolResult& pool : middle.pools) {
    result.breakdown.push_back({pool.name + " nodes in service", "nodes", pool.nodes_mean});
    result.breakdown.push_back({pool.name + " busy share", "ratio", pool.busy_share});
    if (pool.batch_mean > 0)
      result.breakdown.push_back({pool.name + " sequences a decode iteration", "sequences", pool.batch_mean});
    result.breakdown.push_back({pool.name + " KV blocks in use", "ratio", pool.kv_used_mean});
    if (pool.preemptions > 0)
      result.breakdown.push_back({pool.name + " preemptions", "requests", static_cast<double>(pool.preemptions)});
  }
  result.breakdown.push_back({"requests", "requests", static_cast<double>(middle.arrived)});
  if (middle.refused > 0)
    result.warnings.push_back(
        fmt::format("{} of {} requests are longer than an instance can hold and were refused", middle.refused, middle.arrived));
  return {};
}

}  // namespace gpufleet::scenarios
