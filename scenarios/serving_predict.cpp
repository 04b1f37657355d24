// Predictions for published points: whole deployments by simulation, single iterations from the tables.
#include <algorithm>
#include <atomic>
#include <bit>
#include <cmath>
#include <map>
#include <thread>

#include "models/catalog.h"
#include "scenarios/serving_points.h"
#include "sim/serving/simulate.h"

namespace gpufleet::scenarios {
namespace {

/// What two points must share to share tables.
struct InstanceKey {
  std::string chip, node, engine, model;
  int gpus_per_node = 0, tp = 0, dp = 0, ep = 0, placement = 0, overlap = 0, role = 0, drafts = 0, most_tokens = 0,
      prompt_tokens = 0, prompt_tp = 0, prompt_dp = 0, prompt_ep = 0;
  sim::ExpertBalance balance = sim::ExpertBalance::natural;
  models::Fp8Scaling scaling = models::Fp8Scaling::block;
  hw::Dtype weights = hw::Dtype::bf16, kv = hw::Dtype::bf16, products = hw::Dtype::bf16;
  double acceptance = 0, context = 0;
  bool offline = false;
  auto operator<=>(const InstanceKey&) const = default;
};

struct Prepared {
  Result<sim::InstanceSpec> spec = Diagnostic{}, prompt_spec = Diagnostic{};  ///< the second where prompts are apart
  std::optional<sim::IterationModel> model, prompt_model;
};

constexpr double kFrontMargin = 256;

double context_of(const ServingPoint& point) {
  return std::exp2(std::ceil(std::log2(point.input + point.output + kFrontMargin)));
}

// Tokens of an iteration that shared tables reach: points that ask for a few more or fewer share them.
int covered_tokens(const ServingPoolSpec& pool) {
  return pool.max_batched_tokens ? static_cast<int>(std::bit_ceil(static_cast<unsigned>(*pool.max_batched_tokens))) : 0;
}

InstanceKey key_of(const ServingPoint& p) {
  const models::ServingShard& s = p.pool.shard;
  return {p.fleet.accelerator,
          p.fleet.node,
          p.pool.engine,
          p.model,
          p.fleet.gpus_per_node,
          s.tp,
          s.dp,
          s.ep,
          static_cast<int>(s.experts),
          static_cast<int>(p.pool.decode_overlap),
          static_cast<int>(p.pool.role),
          p.pool.speculation.drafts,
          covered_tokens(p.pool),
          p.prompts.max_batched_tokens.value_or(0),
          p.mode == PointMode::split ? p.prompts.shard.tp : 0,
          p.mode == PointMode::split ? p.prompts.shard.dp : 0,
          p.mode == PointMode::split ? p.prompts.shard.ep : 0,
          p.pool.balance,
          p.pool.precision.scaling,
          p.pool.precision.linear,
          p.pool.precision.kv,
          p.pool.precision.attention,
          p.pool.speculation.acceptance,
          context_of(p),
          p.load == PointLoad::burst};
}

sim::LengthDistribution lengths(double nominal, double spread) {
  sim::LengthDistribution out;
  out.kind = spread > 0 ? sim::LengthKind::uniform : sim::LengthKind::fixed;
  out.mean = nominal * (1 - spread / 2);
  out.low = std::floor(nominal * (1 - spread));
  out.high = nominal;
  return out;
}

/// Rounds of a closed loop: benchmarks send ten requests a client, all clients at once after a warm-up that has ended (the runs
/// of aiconfigurator and InferenceX alike), so the crowded start is one part in ten of what they measure.
constexpr double kRounds = 10;

// Seconds of the instance that one request costs when `batch` of them are answered at once: its part of a full prefill and of its
// decode iterations.
double request_seconds(const ServingPoint& point, const sim::ServingPool& pool, double batch) {
  const double groups = pool.limits.groups;
  const double prompts = std::max(1.0, std::floor(pool.limits.max_batched_tokens / point.input)), tokens = prompts * point.input;
  const double prefill = pool.iteration.seconds({.prefill_tokens = tokens,
                                                 .prefill_core = prompts * pool.iteration.prefill_core(point.input, 0),
                                                 .prefill_sequences = prompts,
                                                 .last_chunks = prompts});
  const double mine = std::max(1.0, batch / groups);
  const double decode =
      pool.iteration.seconds({.decode_sequences = mine, .decode_cached = mine * (point.input + point.output / 2)});
  return prefill / (prompts * groups) + decode * point.output / (pool.iteration.tokens_per_step() * mine * groups);
}

// Share of the rate that the instance could reach with as many requests as its memory holds.
double utilisation(const ServingPoint& point, const sim::ServingPool& pool) {
  const sim::InstanceLimits& limits = pool.limits;
  const double room = static_cast<double>(limits.kv_blocks) * limits.block / (point.input + point.output / 2);
  const double most = limits.groups * std::clamp(room, 1.0, static_cast<double>(limits.max_sequences));
  return request_seconds(point, pool, most) / request_seconds(point, pool, std::min(point.amount, most));
}

void simulate(const ServingPoint& point, const Prepared& prepared, const Catalogs& catalogs, PointPrediction& out) {
  const double longest = point.input + point.output;
  auto pool = plan_serving_pool(point.pool, point.fleet, *prepared.spec, *prepared.model, longest, catalogs);
  if (!pool) {
    out.refusal = pool.diagnostics().front().message;
    return;
  }
  if (point.mode == PointMode::kernel) pool->request_overhead = 0;
  if (point.pool.max_batched_tokens) pool->limits.max_batched_tokens = *point.pool.max_batched_tokens;
  if (point.policy) pool->limits.policy = *point.policy;
  sim::ServingJob job;
  double gpus = point.pool.shard.gpus();
  if (point.mode == PointMode::split) {
    auto prompts =
        plan_serving_pool(point.prompts, point.fleet, *prepared.prompt_spec, *prepared.prompt_model, point.input, catalogs);
    if (!prompts) {
      out.refusal = prompts.diagnostics().front().message;
      return;
    }
    job.pools.push_back(std::move(prompts).value());
    gpus = point.fleet.count;
  }
  job.pools.push_back(std::move(pool).value());
  sim::Workload& w = job.workload;
  w.prompt = lengths(point.input, point.spread);
  w.output = lengths(point.output, point.spread);
  if (point.load == PointLoad::burst || point.load == PointLoad::wave) {
    w.arrivals.kind = sim::ArrivalKind::burst;
    w.requests = static_cast<std::uint64_t>(point.amount);
  } else {
    w.arrivals.kind = sim::ArrivalKind::closed_loop;
    w.arrivals.clients = static_cast<int>(point.amount);
    w.arrivals.start = sim::ClosedStart::together;
    w.arrivals.think_seconds = job.pools.front().request_overhead;
    w.requests = static_cast<std::uint64_t>(kRounds * point.amount);
  }
  job.sample_period = 0;
  const sim::ServingResult result = sim::simulate_serving(job, 1, {});
  out.ttft = result.ttft.mean();
  out.tpot = result.tpot.mean();
  out.output_per_gpu = result.total_output_tokens / result.makespan / gpus;
  out.input_per_gpu = result.total_input_tokens / result.makespan / gpus;
  out.utilisation = point.mode == PointMode::split ? result.pools.front().busy_share : utilisation(point, job.pools.front());
}

// A decode iteration at `batch` sequences a GPU; half of the answers is written on the mean.
double decode_seconds(const ServingPoint& point, const sim::IterationModel& model, double batch) {
  const double group = batch * point.pool.shard.tp;
  return model.seconds({.decode_sequences = group, .decode_cached = group * (point.input + point.output / 2)});
}

void iterate(const ServingPoint& point, const Prepared& prepared, PointPrediction& out) {
  const sim::IterationModel& model = *prepared.model;
  if (point.mode == PointMode::prefill) {
    const double tokens = point.amount * point.pool.shard.tp, prompts = tokens / point.input;
    const double seconds = model.seconds({.prefill_tokens = tokens,
                                          .prefill_core = prompts * model.prefill_core(point.input, 0),
                                          .prefill_sequences = prompts,
                                          .last_chunks = prompts});
    out.input_per_gpu = point.amount / seconds;
    return;
  }
  double batch = point.amount;
  if (point.load == PointLoad::tpot_ms) {
    double low = 1, high = prepared.spec->engine.max_sequences;
    for (int i = 0; i < 60; ++i) {
      batch = 0.5 * (low + high);
      (decode_seconds(point, model, batch) / model.tokens_per_step() > point.amount / 1e3 ? high : low) = batch;
    }
  }
  const double seconds = decode_seconds(point, model, batch);
  out.tpot = seconds / model.tokens_per_step();
  out.output_per_gpu = batch / out.tpot;
}

}  // namespace

Result<std::vector<PointPrediction>> predict_points(std::span<const ServingPoint> points, const Catalogs& catalogs,
                                                    const HardwareData& hardware, std::span<const sim::ServingEngine> engines,
                                                    double sigmas, int threads) {
  std::map<InstanceKey, std::vector<std::size_t>> groups;
  for (std::size_t i = 0; i < points.size(); ++i) groups[key_of(points[i])].push_back(i);
  std::vector<const std::vector<std::size_t>*> order;
  for (const auto& [key, members] : groups) order.push_back(&members);

  std::vector<PointPrediction> out(points.size());
  std::vector<Diagnostics> problems(order.size());
  std::atomic<std::size_t> next{0};
  const auto work = [&] {
    for (std::size_t g = next++; g < order.size(); g = next++) {
      const ServingPoint& first = points[order[g]->front()];
      const models::Architecture* architecture = models::find_architecture(catalogs.architectures, first.model);
      ServingPoolSpec pool = first.pool;
      // Fixed batches may be larger than an engine's default.
      double most_tokens = 0;
      for (const std::size_t i : *order[g])
        if (points[i].mode == PointMode::prefill) most_tokens = std::max(most_tokens, points[i].amount * pool.shard.tp);
      Prepared prepared;
      if (const int covered = covered_tokens(pool); covered > 0) pool.max_batched_tokens = covered;
      if (most_tokens > 0) pool.max_batched_tokens = static_cast<int>(most_tokens);
      prepared.spec = plan_instance(pool, first.fleet, *architecture, context_of(first), catalogs, hardware, engines);
      if (!prepared.spec) {
        problems[g] = prepared.spec.diagnostics();
        continue;
      }
      // A throughput benchmark hands requests to the engine and reads whole answers: nothing is streamed, and what the host does
      // for a sequence is hidden behind the GPU.
      if (first.load == PointLoad::burst) prepared.spec->engine.host_per_sequence = 0;
      prepared.model.emplace(*prepared.spec, shifted(prepared.spec->engine, sigmas));
      if (first.mode == PointMode::split) {
        prepared.prompt_spec =
            plan_instance(first.prompts, first.fleet, *architecture, context_of(first), catalogs, hardware, engines);
        if (!prepared.prompt_spec) {
          problems[g] = prepared.prompt_spec.diagnostics();
          continue;
        }
        prepared.prompt_model.emplace(*prepared.prompt_spec, shifted(prepared.prompt_spec->engine, sigmas));
      }
      for (const std::size_t i : *order[g]) {
        if (points[i].mode != PointMode::prefill && points[i].mode != PointMode::decode)
          simulate(points[i], prepared, catalogs, out[i]);
        else
          iterate(points[i], prepared, out[i]);
      }
    }
  };
  {
    std::vector<std::jthread> crew;
    for (int i = 1; i < threads; ++i) crew.emplace_back(work);
    work();
  }
  Diagnostics all;
  for (const Diagnostics& group : problems) all.insert(all.end(), group.begin(), group.end());
  if (has_errors(all)) return all;
  return out;
}

}  // namespace gpufleet::scenarios
