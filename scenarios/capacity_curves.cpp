#include "scenarios/capacity_curves.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "models/parameters.h"
#include "scenarios/parallel.h"
#include "scenarios/plan_serving.h"
#include "scenarios/raw_scenario.h"
#include "scenarios/validate.h"
#include "sim/serving/memory.h"
#include "sim/training/memory.h"
#include "sim/training/step.h"

namespace gpufleet::scenarios {
namespace {

constexpr int kThreads = 0;  // all cores; each point depends on itself alone
// Instances that are busy all the time queue without bound; deployments run at this share (DeepSeek day 6: nodes are added by
// load).
constexpr double kHeadroom = 0.85;

Diagnostic about(const CurveSpec& spec, std::string message) {
  return {.kind = DiagnosticKind::infeasible,
          .where = {},
          .key = "horizon.curve." + spec.name,
          .message = std::move(message),
          .hint = {}};
}

Result<Scenario> scenario_of(const CurveSpec& spec, double count, const Catalogs& catalogs) {
  std::vector<std::string> overrides{"fleet.pool.0.accelerator=" + spec.accelerator};
  if (count > 0) overrides.push_back(fmt::format("fleet.pool.0.count={:.0f}", count));
  overrides.insert(overrides.end(), spec.overrides.begin(), spec.overrides.end());
  const Result<RawScenario> raw = load_scenario(spec.scenario, overrides, catalogs.data);
  if (!raw) return raw.diagnostics();
  return validate(*raw, catalogs);
}

struct TrainingPoint {
  double rate = 0, sigma = 0, active = 0;
  std::string refusal;
};

TrainingPoint training_point(const CurveSpec& spec, double count, const Catalogs& catalogs, const HardwareData& hardware,
                             const RunControl& control) {
  TrainingPoint out;
  const Result<Scenario> scenario = scenario_of(spec, count, catalogs);
  if (!scenario || !scenario->training) {
    out.refusal = scenario ? "has no [training]" : to_text(scenario.diagnostics().front());
    return out;
  }
  const Result<sim::TrainingRun> run = plan_training(*scenario, catalogs, hardware);
  if (!run) {
    out.refusal = run.diagnostics().front().message;
    return out;
  }
  const sim::TrainingJob& job = run->phases.front().job;
  out.refusal = sim::memory_refusal(sim::training_memory(job));
  if (!out.refusal.empty()) return out;
  const sim::StepResult step = sim::simulate_step(job, {}, control);
  out.rate =
      static_cast<double>(job.global_batch) * static_cast<double>(job.sequence_length) / to_seconds(step.step_time).value();
  out.sigma = run->spread.log_sigma;
  out.active = models::parameters(scenario->architecture).active;
  return out;
}

Result<KnownCurve> training_curve(const CurveSpec& spec, const Catalogs& catalogs, const HardwareData& hardware,
                                  const RunControl& control) {
  std::vector<TrainingPoint> points(spec.counts.size());
  for_each_index(points.size(), kThreads, [&](std::size_t i) {
    if (!control.stopped()) points[i] = training_point(spec, spec.counts[i], catalogs, hardware, {control.stop, {}});
  });
  KnownCurve out;
  if (control.stopped()) return out;
  std::vector<sim::CurvePoint> kept;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (!points[i].refusal.empty()) {
      out.notes.push_back(fmt::format("{} on {:.0f} {}: {}", spec.name, spec.counts[i], spec.accelerator, points[i].refusal));
      continue;
    }
    kept.push_back({spec.counts[i], points[i].rate});
    out.log_sigma = points[i].sigma;
    out.active_parameters = points[i].active;
  }
  if (kept.empty()) return about(spec, out.notes.empty() ? "has no points" : out.notes.front());
  out.curve = sim::CapacityCurve(std::move(kept), sim::CapacityCurve::Beyond::flat);
  return out;
}

Result<KnownCurve> serving_curve(const CurveSpec& spec, const Catalogs& catalogs, const HardwareData& hardware) {
  const Result<Scenario> scenario = scenario_of(spec, 0, catalogs);
  if (!scenario) return scenario.diagnostics();
  if (!scenario->serving) return about(spec, fmt::format("{} has no [serving]", spec.scenario));
  const Result<ServingCapacity> capacity = serving_capacity(*scenario, catalogs, hardware, kHeadroom);
  if (!capacity) return capacity.diagnostics();
  KnownCurve out;
  out.unit = capacity->gpus;
  out.active_parameters = models::parameters(scenario->architecture).active;
  for (const sim::ServingEngine& engine : catalogs.engines)
    if (engine.name == scenario->serving->pools.front().engine) out.log_sigma = engine.log_sigma;
  out.curve =
      sim::CapacityCurve({{static_cast<double>(capacity->gpus), capacity->rate}}, sim::CapacityCurve::Beyond::proportional);
  return out;
}

// What one pool's instance costs: seconds of a decode iteration at a batch, of prefill a token.
struct PoolRates {
  sim::IterationModel model;
  sim::InstanceMemory memory;
  const ServingPoolSpec* spec;
  double max_sequences = 0, max_tokens = 0;

  [[nodiscard]] double decode_seconds(double batch, double context) const {
    return model.seconds({.decode_sequences = batch, .decode_cached = batch * context});
  }
  /// Seconds of an instance for one prompt of `prompt` new tokens after `cached` known ones, in full iterations.
  [[nodiscard]] double prefill_seconds(double prompt, double cached) const {
    const double prompts = std::max(1.0, max_tokens / prompt) * spec->shard.dp, group = prompts / spec->shard.dp;
    const double seconds = model.seconds({.prefill_tokens = group * prompt,
                                          .prefill_core = group * model.prefill_core(prompt, cached),
                                          .prefill_sequences = group,
                                          .last_chunks = group});
    return seconds / prompts;
  }
};

}  // namespace

const KnownCurve* CurveMemory::find(const std::string& key) const {
  const auto it = curves_.find(key);
  return it == curves_.end() ? nullptr : &it->second;
}

const KnownCurve& CurveMemory::keep(const std::string& key, KnownCurve curve) {
  return curves_.insert_or_assign(key, std::move(curve)).first->second;
}

Result<ServingCapacity> serving_capacity(const Scenario& scenario, const Catalogs& catalogs, const HardwareData& hardware,
                                         double headroom) {
  const ServingSpec& serving = *scenario.serving;
  const double cached_share = serving.workload.cached_share;
  const double input = serving.workload.prompt.mean, output = serving.workload.output.mean;
  const double prompt = std::max(1.0, input * (1 - cached_share)), context = input + output / 2;
  std::vector<PoolRates> rates;
  for (const ServingPoolSpec& pool : serving.pools) {
    const auto instance = plan_instance(pool, scenario.pools[static_cast<std::size_t>(pool.pool)], scenario.architecture,
                                        serving.max_context, catalogs, hardware, catalogs.engines);
    if (!instance) return instance.diagnostics();
    const sim::InstanceMemory memory = sim::instance_memory(*instance);
    if (const std::string why = sim::memory_refusal(*instance, memory, input + output); !why.empty())
      return Diagnostic{.kind = DiagnosticKind::infeasible,
                        .where = {scenario.name, 0, 0},
                        .key = "serving.pool." + pool.name,
                        .message = why,
                        .hint = {}};
    rates.push_back({sim::IterationModel(*instance, {}), memory, &pool, static_cast<double>(instance->engine.max_sequences),
                     static_cast<double>(instance->engine.max_batched_tokens)});
  }
  const auto decode =
      std::find_if(rates.begin(), rates.end(), [](const PoolRates& r) { return r.spec->role != sim::PoolRole::prefill; });
  const auto prefill =
      std::find_if(rates.begin(), rates.end(), [](const PoolRates& r) { return r.spec->role != sim::PoolRole::decode; });
  if (decode == rates.end() || prefill == rates.end())
    return Diagnostic{
        .where = {scenario.name, 0, 0}, .key = "serving.pool", .message = "prefill and decode are both needed", .hint = {}};
  const bool joint = decode->spec->role == sim::PoolRole::joint;
  const double prefill_each = prefill->prefill_seconds(prompt, input - prompt);
  // Per answer token of a joint instance, prompts take the iterations' time as well, and users wait for both.
  const double tpot = serving.slo.tpot > 0 ? serving.slo.tpot : 1e9;
  const double groups = decode->spec->shard.dp;
  const auto time_per_token = [&](double batch) {
    const double own = decode->decode_seconds(batch, context) / decode->model.tokens_per_step();
    const double others = joint ? prefill_each / output * batch * groups : 0.0;
    return own + others;
  };
  double low = 1, high = std::min(decode->max_sequences, std::max(1.0, decode->memory.kv_tokens() / (input + output)));
  for (int i = 0; i < 50 && time_per_token(high) > tpot && high - low > 1e-3; ++i) {
    const double middle = 0.5 * (low + high);
    (time_per_token(middle) > tpot ? high : low) = middle;
  }
  const double batch = time_per_token(high) > tpot ? low : high;
  if (time_per_token(batch) > tpot * 1.001)
    return Diagnostic{.kind = DiagnosticKind::infeasible,
                      .where = {scenario.name, 0, 0},
                      .key = "serving.slo.tpot",
                      .message = fmt::format("one sequence alone takes {:.1f} ms a token", time_per_token(1) * 1e3),
                      .hint = {}};
  const double decode_gpus = decode->spec->shard.gpus(), prefill_gpus = prefill->spec->shard.gpus();
  const double instance_rate = batch * groups / time_per_token(batch) * headroom;
  ServingCapacity out{.batch = batch};
  if (joint) {
    out.rate = instance_rate;
    out.gpus = static_cast<std::int64_t>(decode_gpus);
    return out;
  }
  // One decode instance and as many prefill instances, in part, as keep it busy.
  const double prefill_instances = instance_rate / output * prefill_each / headroom;
  out.gpus = static_cast<std::int64_t>(std::ceil(decode_gpus + prefill_instances * prefill_gpus));
  out.rate = instance_rate;
  return out;
}

Result<KnownCurve> capacity_curve(const CurveSpec& spec, const Catalogs& catalogs, const HardwareData& hardware,
                                  CurveMemory& memory, const RunControl& control) {
  if (spec.kind == CurveSpec::Kind::given) {
    KnownCurve out;
    const bool single = spec.points.size() == 1;
    out.unit = spec.unit;
    out.curve =
        sim::CapacityCurve(spec.points, single ? sim::CapacityCurve::Beyond::proportional : sim::CapacityCurve::Beyond::flat);
    return out;
  }
  if (const Result<RawScenario> file = load_scenario(spec.scenario, {}, catalogs.data); !file) return file.diagnostics();
  const Result<Scenario> asked = scenario_of(spec, spec.counts.empty() ? 0 : spec.counts.back(), catalogs);
  const std::string key =
      fmt::format("{} {} {}", asked ? asked->hash : spec.scenario, spec.accelerator, fmt::join(spec.counts, ","));
  if (const KnownCurve* known = memory.find(key)) return *known;
  Result<KnownCurve> made = spec.kind == CurveSpec::Kind::training ? training_curve(spec, catalogs, hardware, control)
                                                                   : serving_curve(spec, catalogs, hardware);
  if (!made || control.stopped()) return made;  // cut short: not to be kept
  return memory.keep(key, std::move(made).value());
}

}  // namespace gpufleet::scenarios
