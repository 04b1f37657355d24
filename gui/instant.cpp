// Steady state: an instance holds b·G sequences (G attention groups); each takes L·t(b) seconds, t(b) the time of a token at that
// batch, so b·G = (requests/s of the instance)·L·t(b) (Little 1961). Queueing of prompts: rho/(2(1-rho)) of a service (M/D/1).
#include "gui/instant.h"

#include <algorithm>
#include <cmath>

#include "scenarios/metrics.h"
#include "scenarios/run_fleet.h"
#include "scenarios/serving_figures.h"
#include "sim/training/run.h"

namespace gpufleet::gui {
namespace {

using scenarios::RunResult;
using scenarios::Scenario;

constexpr double kAlmostFull = 0.98;  // of the time an instance can work; beyond it queues have no steady state

// Fixed figures of the workload and of the two kinds of instance.
struct Steady {
  const sim::ServingJob* job;
  const sim::ServingPool *decode, *prefill;
  double prompt, cached, input, output, context, groups;
  double prefill_each;  // seconds of an instance for one prompt
  bool joint;

  explicit Steady(const sim::ServingJob& j) : job(&j) {
    const auto find = [&](sim::PoolRole other) {
      const auto it = std::find_if(j.pools.begin(), j.pools.end(), [&](const sim::ServingPool& p) { return p.role != other; });
      return it == j.pools.end() ? &j.pools.front() : &*it;
    };
    decode = find(sim::PoolRole::prefill);
    prefill = find(sim::PoolRole::decode);
    joint = decode->role == sim::PoolRole::joint;
    means();
    prompt = std::max(1.0, input * (1 - job->workload.cached_share));
    cached = input - prompt;
    context = input + output / 2;
    groups = std::max(1, decode->limits.groups);
    const double own = std::max(1, prefill->limits.groups);
    const double prompts = std::max(1.0, prefill->limits.max_batched_tokens / prompt);
    prefill_each = prefill->iteration.seconds({.prefill_tokens = prompts * prompt,
                                               .prefill_core = prompts * prefill->iteration.prefill_core(prompt, cached),
                                               .prefill_sequences = prompts,
                                               .last_chunks = prompts}) /
                   (prompts * own);
  }

  void means() {
    const sim::Workload& w = job->workload;
    input = w.prompt.mean;
    output = std::max(1.0, w.output.mean);
    const sim::TraceShape trace = sim::trace_shape(w);
    if (trace.requests == 0) return;
    input = trace.prompt;
    output = std::max(1.0, trace.output);
  }

  [[nodiscard]] double decode_instances() const { return std::max(1, decode->instances); }
  [[nodiscard]] double prefill_instances() const { return std::max(1, prefill->instances); }
  [[nodiscard]] double most() const {
    const double tokens = static_cast<double>(decode->limits.kv_blocks) * decode->limits.block;
    return std::max(1.0, std::min<double>(decode->limits.max_sequences, tokens / context));
  }
  [[nodiscard]] double decode_seconds(double batch) const {
    return decode->iteration.seconds({.decode_sequences = batch, .decode_cached = batch * context}) /
           decode->iteration.tokens_per_step();
  }
  // Seconds a token at a batch of one group; prompts of the same instances take their time too.
  [[nodiscard]] double token_seconds(double batch) const {
    return decode_seconds(batch) + (joint ? prefill_each / output * batch * groups : 0.0);
  }
  // Sequences of one group that `requests` a second of an instance keep there.
  [[nodiscard]] double batch_of(double requests) const {
    double low = 0, high = most();
    if (requests * output * token_seconds(high) > high * groups) return high;
    for (int i = 0; i < 60 && high - low > 1e-6 * high; ++i) {
      const double middle = 0.5 * (low + high);
      (requests * output * token_seconds(std::max(middle, 1e-3)) > middle * groups ? low : high) = middle;
    }
    return high;
  }
};

double requests_a_second(const sim::Workload& w) {
  if (w.arrivals.kind != sim::ArrivalKind::trace) return w.arrivals.rate;
  const sim::TraceShape trace = sim::trace_shape(w);
  return trace.seconds > 0 ? static_cast<double>(trace.requests - 1) / trace.seconds * w.trace_speed : 1;
}

}  // namespace

std::shared_ptr<const sim::ServingJob> InstantMemory::find(const std::string& key) const {
  const auto it = jobs_.find(key);
  return it == jobs_.end() ? nullptr : it->second;
}

void InstantMemory::keep(const std::string& key, std::shared_ptr<const sim::ServingJob> job) {
  constexpr std::size_t kMost = 64;
  if (jobs_.size() >= kMost) jobs_.clear();
  jobs_[key] = std::move(job);
}

SteadyServing steady_serving(const sim::ServingJob& job) {
  const Steady s(job);
  const sim::ArrivalProcess& arrivals = job.workload.arrivals;
  SteadyServing out;
  const double first = s.prefill->request_overhead + s.prefill_each * std::max(1, s.prefill->limits.groups);
  double rate = requests_a_second(job.workload);
  if (arrivals.kind == sim::ArrivalKind::closed_loop || arrivals.kind == sim::ArrivalKind::burst) {
    const double clients = arrivals.kind == sim::ArrivalKind::burst ? static_cast<double>(job.workload.requests)
                                                                    : static_cast<double>(arrivals.clients);
    const double batch = std::min(s.most(), std::max(1e-3, clients / s.decode_instances() / s.groups));
    const double turn = first + s.output * s.token_seconds(batch) + arrivals.think_seconds;
    rate = batch * s.groups * s.decode_instances() / turn;
  }
  rate = std::min(rate, kAlmostFull * s.prefill_instances() / s.prefill_each);
  const double batch = s.batch_of(rate / s.decode_instances());
  out.tpot = s.token_seconds(std::max(batch, 1e-3));
  out.batch = batch * s.groups;
  const double most = s.decode_instances() * out.batch / (s.output * out.tpot);
  rate = std::min(rate, most);
  out.output_rate = rate * s.output;
  out.input_rate = rate * s.input;
  out.kv_used = std::min(1.0, batch / s.most());
  out.prefill_busy = std::min(1.0, rate * s.prefill_each / s.prefill_instances());
  out.decode_busy = s.joint ? std::min(1.0, std::max(out.prefill_busy, out.batch > 0 ? 1.0 : 0.0))
                            : std::min(1.0, rate * s.output / s.decode_instances() * s.decode_seconds(std::max(batch, 1e-3)) /
                                                std::max(batch * s.groups, 1.0));
  const double rho = std::min(out.prefill_busy, kAlmostFull);
  out.ttft = first + rho / (2 * (1 - rho)) * s.prefill_each + (s.joint ? s.decode_seconds(std::max(batch, 1e-3)) / 2 : 0.0);
  return out;
}

namespace {

bool add_training(const Scenario& scenario, const scenarios::Catalogs& catalogs, const scenarios::HardwareData& hardware,
                  RunResult& result) {
  Result<sim::TrainingRun> run = scenarios::plan_training(scenario, catalogs, hardware);
  if (!run) return false;
  // A ramp of the batch costs as many steps as it is cut into, and moves a run by a percent.
  for (sim::TrainingPhase& phase : run->phases) phase.ramp.clear();
  sim::RunOptions options;
  options.draws = 0;
  options.replicas = 1;
  const sim::TrainingReport report = sim::simulate_run(*run, options, {});
  for (const scenarios::MetricSpec& spec : scenarios::metrics())
    for (const sim::TrainingMetric& metric : report.metrics)
      if (metric.name == spec.name)
        result.metrics.push_back(
            {std::string(metric.name), {metric.estimate.value, metric.estimate.value, metric.estimate.value}, report.provenance});
  return true;
}

// The place after the value that begins at `at` of a JSON text: brackets are balanced, texts are passed over whole.
std::size_t after_value(std::string_view text, std::size_t at) {
  int depth = 0;
  for (bool quoted = false; at < text.size(); ++at) {
    const char c = text[at];
    if (quoted) {
      if (c == '\\') ++at;
      quoted = c != '"';
      continue;
    }
    if (c == '"') quoted = true;
    if (c == '{' || c == '[') ++depth;
    if ((c == '}' || c == ']') && depth-- == 0) return at;
    if (c == ',' && depth == 0) return at;
  }
  return at;
}

// What the plan of instances depends on: all but how many there are, what they are rented for, what users send and are promised.
std::string plan_key(const Scenario& scenario) {
  constexpr std::string_view kFree[] = {"\"count\":", "\"rent\":", "\"slo\":", "\"title\":", "\"workload\":"};
  std::string out;
  const std::string_view text = scenario.canonical;
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view rest = text.substr(at);
    const auto key = std::find_if(std::begin(kFree), std::end(kFree), [&](std::string_view k) { return rest.starts_with(k); });
    if (key == std::end(kFree)) {
      out += text[at++];
    } else {
      at = after_value(text, at + key->size());
    }
  }
  return out;
}

bool add_serving(const Scenario& scenario, const scenarios::Catalogs& catalogs, const scenarios::HardwareData& hardware,
                 InstantMemory& memory, RunResult& result) {
  const std::string key = plan_key(scenario);
  std::shared_ptr<const sim::ServingJob> known = memory.find(key);
  if (known == nullptr) {
    Result<sim::ServingJob> job = scenarios::plan_serving(*scenario.serving, scenario.pools, scenario.architecture, catalogs,
                                                          hardware, catalogs.engines, 0);
    if (!job) return false;
    known = std::make_shared<const sim::ServingJob>(std::move(job).value());
    memory.keep(key, known);
  }
  sim::ServingJob job = *known;
  job.workload = scenario.serving->workload;
  job.slo = scenario.serving->slo;
  for (std::size_t i = 0; i < job.pools.size(); ++i) {
    const scenarios::ServingPoolSpec& spec = scenario.serving->pools[i];
    const scenarios::PoolSpec& fleet = scenario.pools[static_cast<std::size_t>(spec.pool)];
    const int gpus = fleet.count;
    if (fleet.rent_usd_per_hour) job.pools[i].cost_per_hour = *fleet.rent_usd_per_hour * job.pools[i].gpus_per_instance;
    if (spec.instances == 0) job.pools[i].instances = std::max(1, gpus / std::max(1, job.pools[i].gpus_per_instance));
  }
  const SteadyServing steady = steady_serving(job);
  sim::ServingResult now;
  now.window = now.makespan = 1;
  now.output_tokens = now.total_output_tokens = steady.output_rate;
  now.input_tokens = now.total_input_tokens = steady.input_rate;
  now.cached_tokens = steady.input_rate * scenario.serving->workload.cached_share;
  now.ttft.add(steady.ttft);
  now.tpot.add(steady.tpot);
  now.e2e.add(steady.ttft + steady.tpot * scenario.serving->workload.output.mean);
  for (const sim::ServingPool& pool : job.pools) {
    const bool prefill = pool.role == sim::PoolRole::prefill;
    sim::PoolResult each;
    each.name = pool.name;
    each.busy_share = prefill ? steady.prefill_busy : steady.decode_busy;
    each.instance_hours = pool.instances / 3600.0;
    each.nodes_mean = each.nodes_peak = pool.instances * pool.nodes_per_instance;
    each.batch_mean = prefill ? 0 : steady.batch;
    each.kv_used_mean = prefill ? 0 : steady.kv_used;
    each.cost = pool.instances * pool.cost_per_hour / 3600;
    each.energy = pool.instances * (pool.idle_power + each.busy_share * (pool.power - pool.idle_power));
    now.pools.push_back(each);
  }
  for (const scenarios::ServingFigure& figure : scenarios::serving_figures(job, now)) {
    // What depends on the spread of lengths, on queues or on the length of the run is left to the simulation.
    const std::string& name = figure.name;
    if (name.ends_with("_p90") || name.ends_with("_p99") || name == "goodput" || name == "slo_attainment" ||
        name == "serving_cost")
      continue;
    result.metrics.push_back({name, {figure.value, figure.value, figure.value}, hw::Provenance::measured});
  }
  return true;
}

}  // namespace

std::optional<RunResult> instant_result(const Scenario& scenario, const scenarios::Catalogs& catalogs,
                                        const scenarios::HardwareData& hardware, InstantMemory& memory) {
  RunResult result;
  result.title = scenario.title;
  result.scenario_name = scenario.name;
  result.scenario_hash = scenario.hash;
  result.version = std::string(scenarios::program_version());
  bool any = false;
  if (scenario.training) any = add_training(scenario, catalogs, hardware, result) || any;
  if (scenario.serving) any = add_serving(scenario, catalogs, hardware, memory, result) || any;
  if (scenario.fleet) any = !has_errors(scenarios::run_fleet(*scenario.fleet, catalogs, result)) || any;
  return any ? std::optional(std::move(result)) : std::nullopt;
}

}  // namespace gpufleet::gui
