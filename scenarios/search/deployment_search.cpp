#include "scenarios/search/deployment_search.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>
#include <tuple>

#include "core/random.h"
#include "scenarios/parallel.h"
#include "scenarios/serving_figures.h"
#include "sim/serving/capacity_search.h"
#include "sim/serving/simulate.h"

namespace gpufleet::scenarios {
namespace {

constexpr std::size_t kAtOnce = 4;   // simulated between two looks at the estimates; part of what makes answers repeatable
constexpr double kPrecision = 0.03;  // of the largest rate
constexpr double kStart = 0.6;       // of the estimate, where the search for the largest rate begins
constexpr double kLives = 4;         // how long arrivals go on, in lives of a request; the first is not counted
constexpr double kLeastRequests = 1000, kMostRequests = 200'000;  // of one simulation
constexpr double kOptimism = 1.1;                                 // room above the estimate, which is made of means

double wall_now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

class DeploymentSearch {
 public:
  DeploymentSearch(const Scenario& scenario, const Catalogs& catalogs, const HardwareData& hardware,
                   const DeploymentRequest& request, const RunControl& control)
      : scenario_(scenario),
        spec_(*scenario.serving),
        catalogs_(catalogs),
        hardware_(hardware),
        request_(request),
        control_(control) {}

  [[nodiscard]] Diagnostics refusal() const;
  Result<DeploymentAnswer> answer();

 private:
  using Found = std::optional<FoundDeployment>;
  [[nodiscard]] Result<sim::ServingJob> job_of(const Deployment& deployment, double sigmas) const;
  [[nodiscard]] Found simulate(const Deployment& deployment, double sigmas) const;
  [[nodiscard]] std::vector<Found> simulate_all(const std::vector<Deployment>& deployments) const;
  [[nodiscard]] std::vector<Deployment> batch_limits(const Deployment& deployment) const;
  void look(const DeploymentSpace& space, DeploymentAnswer& out) const;
  void refine(DeploymentAnswer& out) const;
  void rank(DeploymentAnswer& out) const;
  [[nodiscard]] double value_of(const FoundDeployment& found) const {
    if (request_.objective == DeploymentObjective::rate) return found.rate;
    return found.usd_per_million && *found.usd_per_million > 0 ? 1 / *found.usd_per_million : 0.0;
  }
  /// The objective's value that an estimate allows at best.
  [[nodiscard]] double value_at_best(const Deployment& deployment) const;
  void keep(DeploymentAnswer& out, FoundDeployment found) const;
  [[nodiscard]] bool out_of_time() const {
    return control_.stopped() || (request_.seconds > 0 && wall_now() - begun_ > request_.seconds);
  }

  const Scenario& scenario_;
  const ServingSpec& spec_;
  const Catalogs& catalogs_;
  const HardwareData& hardware_;
  const DeploymentRequest& request_;
  const RunControl& control_;
  double begun_ = wall_now();
};

Diagnostics DeploymentSearch::refusal() const {
  const auto problem = [](std::string key, std::string message, std::string hint) {
    return Diagnostics{{.key = std::move(key), .message = std::move(message), .hint = std::move(hint)}};
  };
  if (spec_.slo.ttft <= 0 && spec_.slo.tpot <= 0 && spec_.slo.e2e <= 0)
    return problem("serving.slo", "which deployment is best depends on what users are promised, and nothing is",
                   "[serving.slo] ttft = \"2 s\", tpot = \"50 ms\"");
  if (spec_.workload.arrivals.kind == sim::ArrivalKind::trace || spec_.workload.sessions.turns > 1)
    return problem("serving.workload.arrivals",
                   "deployments are loaded until the promise breaks, which a trace or a session does not allow",
                   "arrivals = \"poisson\" with the trace's lengths");
  if (request_.objective == DeploymentObjective::cost)
    for (const PoolSpec& pool : scenario_.pools)
      if (!pool.rent_usd_per_hour)
        return problem("fleet.pool.price", "the objective is cost, but a pool has no price", "price = { rent = \"2 USD/h\" }");
  return {};
}

Result<sim::ServingJob> DeploymentSearch::job_of(const Deployment& deployment, double sigmas) const {
  ServingSpec spec = spec_;
  spec.pools = deployment.pools;
  spec.workload.requests = static_cast<std::uint64_t>(kMostRequests);
  spec.workload.arrivals.hours.clear();
  if (spec.workload.arrivals.kind == sim::ArrivalKind::closed_loop || spec.workload.arrivals.kind == sim::ArrivalKind::burst)
    spec.workload.arrivals.kind = sim::ArrivalKind::poisson;
  spec.workload.arrivals.rate = kStart * deployment.estimate;
  // A request's life at the slowest that the promise allows, or without a promise a tenth of a second a token.
  const double per_token = spec.slo.tpot > 0 ? spec.slo.tpot : 0.1;
  double life = spec.slo.ttft + spec.workload.output.mean * per_token;
  if (spec.slo.e2e > 0) life = std::min(life, spec.slo.e2e);
  // A rate that is too high by the precision of the search must be seen to break the promise: its queue grows that slowly.
  const double until_late = spec.slo.ttft / kPrecision;
  spec.workload.duration = std::max({kLives * life, until_late, kLeastRequests / spec.workload.arrivals.rate});
  spec.warm_up = life;
  spec.horizon = 0;
  return plan_serving(spec, scenario_.pools, scenario_.architecture, catalogs_, hardware_, catalogs_.engines, sigmas);
}

DeploymentSearch::Found DeploymentSearch::simulate(const Deployment& deployment, double sigmas) const {
  Result<sim::ServingJob> job = job_of(deployment, sigmas);
  if (!job) return std::nullopt;
  const sim::CapacityGoal goal{.attainment = spec_.attainment, .precision = kPrecision, .repeats = 1};
  const RunControl quiet{control_.stop, {}};
  const sim::Capacity capacity = sim::largest_load(*job, goal, request_.seed, quiet);
  if (control_.stopped()) return std::nullopt;
  FoundDeployment out;
  out.deployment = deployment;
  out.text = describe(deployment, scenario_.pools);
  out.rate = capacity.load;
  out.interval = {out.rate, out.rate, out.rate};
  out.attainment = capacity.attainment;
  if (out.rate <= 0) return out;
  job->workload.arrivals.rate = out.rate;
  const sim::ServingResult result = sim::simulate_serving(*job, request_.seed, quiet);
  for (const ServingFigure& figure : serving_figures(*job, result)) {
    if (figure.name == "output_tokens_per_second") out.output_tokens_per_second = figure.value;
    if (figure.name == "ttft_p50") out.ttft_p50 = figure.value;
    if (figure.name == "ttft_p90") out.ttft_p90 = figure.value;
    if (figure.name == "tpot_p50") out.tpot_p50 = figure.value;
    if (figure.name == "tpot_p90") out.tpot_p90 = figure.value;
  }
  out.per_gpu = out.output_tokens_per_second / deployment.gpus;
  double usd_per_hour = 0;
  for (const sim::ServingPool& pool : job->pools) usd_per_hour += pool.cost_per_hour * pool.instances;
  if (usd_per_hour > 0) out.usd_per_million = usd_per_hour / 3600 / (out.rate * spec_.workload.output.mean) * 1e6;
  return out;
}

double DeploymentSearch::value_at_best(const Deployment& deployment) const {
  const double rate = kOptimism * deployment.estimate;
  if (request_.objective == DeploymentObjective::rate) return rate;
  double usd_per_hour = 0;
  for (const ServingPoolSpec& pool : deployment.pools)
    usd_per_hour +=
        scenario_.pools[static_cast<std::size_t>(pool.pool)].rent_usd_per_hour.value_or(0) * pool.shard.gpus() * pool.instances;
  return usd_per_hour > 0 ? rate * spec_.workload.output.mean * 3600 / usd_per_hour * 1e-6 : 0.0;
}

std::vector<DeploymentSearch::Found> DeploymentSearch::simulate_all(const std::vector<Deployment>& deployments) const {
  std::vector<Found> out(deployments.size());
  for_each_index(deployments.size(), request_.jobs, [&](std::size_t i) {
    if (!control_.stopped()) out[i] = simulate(deployments[i], 0);
  });
  return out;
}

void DeploymentSearch::keep(DeploymentAnswer& out, FoundDeployment found) const {
  if (found.rate <= 0) return;
  out.top.push_back(std::move(found));
  std::ranges::stable_sort(out.top, std::greater{}, [this](const FoundDeployment& one) { return value_of(one); });
  if (out.top.size() > static_cast<std::size_t>(request_.top)) out.top.pop_back();
}

void DeploymentSearch::look(const DeploymentSpace& space, DeploymentAnswer& out) const {
  std::vector<Deployment> order = space.deployments;
  std::ranges::stable_sort(order, std::greater{}, [this](const Deployment& one) { return value_at_best(one); });
  const auto hopeless = [&](const Deployment& one) {
    return out.top.size() >= static_cast<std::size_t>(request_.top) && value_at_best(one) < value_of(out.top.back());
  };
  std::size_t next = 0;
  while (next < order.size() && !hopeless(order[next]) && !out_of_time()) {
    const std::size_t end = std::min(order.size(), next + kAtOnce);
    const std::vector<Deployment> batch(order.begin() + static_cast<std::ptrdiff_t>(next),
                                        order.begin() + static_cast<std::ptrdiff_t>(end));
    for (Found& one : simulate_all(batch)) {
      if (!one) continue;
      ++out.simulated;
      keep(out, *std::move(one));
    }
    next = end;
    control_.report(static_cast<double>(next) / static_cast<double>(order.size()), "loading deployments, best estimates first");
  }
  out.certain = next >= order.size() || hopeless(order[next]);
}

// Chunks of prompts and sequences a group other than the engine's usual ones.
std::vector<Deployment> DeploymentSearch::batch_limits(const Deployment& deployment) const {
  std::vector<Deployment> out;
  for (const int chunk : {2048, 4096, 16384, 0})
    for (const int sequences : {64, 128, 256, 0}) {
      if (chunk == 0 && sequences == 0) continue;
      Deployment one = deployment;
      for (ServingPoolSpec& pool : one.pools) {
        if (chunk > 0 && pool.role != sim::PoolRole::decode) pool.max_batched_tokens = chunk;
        if (sequences > 0 && pool.role != sim::PoolRole::prefill) pool.max_sequences = sequences;
      }
      out.push_back(std::move(one));
    }
  return out;
}

// Batch limits matter less than shapes: they are tried on the best of these alone.
void DeploymentSearch::refine(DeploymentAnswer& out) const {
  constexpr std::size_t kRefined = 3;
  const std::vector<FoundDeployment> best(out.top.begin(),
                                          out.top.begin() + static_cast<std::ptrdiff_t>(std::min(kRefined, out.top.size())));
  for (const FoundDeployment& one : best) {
    if (out_of_time()) {
      out.certain = false;
      return;
    }
    Found better;
    for (Found& other : simulate_all(batch_limits(one.deployment))) {
      if (!other) continue;
      ++out.simulated;
      // Differences below the precision of the search are none.
      const double least = better ? value_of(*better) : value_of(one) * (1 + kPrecision);
      if (value_of(*other) > least) better = std::move(other);
    }
    if (!better) continue;
    std::erase_if(out.top, [&](const FoundDeployment& old) { return old.text == one.text; });
    keep(out, *std::move(better));
  }
}

// The same quantiles of the engines' spread for all: differences keep what deployments share.
void DeploymentSearch::rank(DeploymentAnswer& out) const {
  const auto draws = static_cast<std::size_t>(std::max(0, request_.draws));
  std::vector<FoundDeployment*> all;
  for (FoundDeployment& one : out.top) all.push_back(&one);
  if (out.own && out.own->rate > 0) all.push_back(&*out.own);
  if (draws == 0 || all.empty()) return;
  std::vector<std::vector<double>> rates(all.size(), std::vector<double>(draws));
  for_each_index(all.size() * draws, request_.jobs, [&](std::size_t i) {
    if (control_.stopped()) return;
    const double u = (static_cast<double>(i % draws) + 0.5) / static_cast<double>(draws);
    const Found found = simulate(all[i / draws]->deployment, inverse_normal(u));
    rates[i / draws][i % draws] = found ? value_of(*found) : 0.0;
  });
  if (control_.stopped()) return;
  for (std::size_t k = 0; k < all.size(); ++k) {
    double wins = 0;
    for (std::size_t d = 0; d < draws; ++d) wins += rates[0][d] > rates[k][d] ? 1 : rates[0][d] == rates[k][d] ? 0.5 : 0;
    all[k]->first_beats = wins / static_cast<double>(draws);
    // Cost goes against the rate: both follow the same relative change.
    const double middle = value_of(*all[k]);
    all[k]->interval.low = std::min(1.0, quantile(rates[k], 0.1) / middle) * all[k]->rate;
    all[k]->interval.high = std::max(1.0, quantile(rates[k], 0.9) / middle) * all[k]->rate;
  }
}

Result<DeploymentAnswer> DeploymentSearch::answer() {
  const Result<DeploymentSpace> space = deployment_space(scenario_, catalogs_, hardware_, request_.jobs, control_);
  if (!space) return space.diagnostics();
  DeploymentAnswer out;
  out.shapes = space->shapes;
  out.too_big = space->too_big;
  out.deployments = space->deployments.size();
  look(*space, out);
  if (control_.stopped()) return out;
  if (request_.limits == BatchLimits::searched) refine(out);
  Deployment own;
  own.pools = spec_.pools;
  for (ServingPoolSpec& pool : own.pools) {
    const PoolSpec& on = scenario_.pools[static_cast<std::size_t>(pool.pool)];
    if (pool.instances == 0) pool.instances = on.count / pool.shard.gpus();
    own.gpus += pool.instances * pool.shard.gpus();
    pool.autoscaler = {};
  }
  own.estimate = out.top.empty() ? 1.0 : out.top.front().rate;
  const Result<sim::ServingJob> job = job_of(own, 0);
  if (job)
    out.own = simulate(own, 0);
  else
    out.own_refusal = job.diagnostics().empty() ? "" : job.diagnostics().front().message;
  rank(out);
  return out;
}

}  // namespace

Result<DeploymentAnswer> search_deployments(const Scenario& scenario, const Catalogs& catalogs, const HardwareData& hardware,
                                            const DeploymentRequest& request, const RunControl& control) {
  DeploymentSearch search(scenario, catalogs, hardware, request, control);
  if (Diagnostics problems = search.refusal(); !problems.empty()) return problems;
  return search.answer();
}

}  // namespace gpufleet::scenarios
