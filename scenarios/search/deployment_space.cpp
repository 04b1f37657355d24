#include "scenarios/search/deployment_space.h"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>

#include "scenarios/parallel.h"

namespace gpufleet::scenarios {
namespace {

using models::ExpertPlacement;
using models::ServingShard;

constexpr int kMostStages = 4, kMostRanks = 512;

// A shape on a fleet pool in one role, and what it can do.
struct Shape {
  ServingPoolSpec spec;
  InstanceRates rates;
  bool fits = false;
  [[nodiscard]] int gpus() const { return spec.shard.gpus(); }
};

// The scenario's pool of that role, or its first.
const ServingPoolSpec& pattern(const ServingSpec& spec, sim::PoolRole role) {
  const auto found = std::ranges::find(spec.pools, role, &ServingPoolSpec::role);
  return found == spec.pools.end() ? spec.pools.front() : *found;
}

class Space {
 public:
  Space(const Scenario& scenario, const Catalogs& catalogs, const HardwareData& hardware)
      : scenario_(scenario), spec_(*scenario.serving), catalogs_(catalogs), hardware_(hardware) {}

  void list_shapes();
  void rate(int jobs, const RunControl& control) {
    for_each_index(shapes_.size(), jobs, [&](std::size_t i) {
      if (!control.stopped()) rate(shapes_[i]);
    });
  }
  [[nodiscard]] DeploymentSpace deployments() const;

 private:
  void rate(Shape& shape) const;
  [[nodiscard]] const PoolSpec& fleet(const Shape& shape) const {
    return scenario_.pools[static_cast<std::size_t>(shape.spec.pool)];
  }
  [[nodiscard]] std::vector<const Shape*> fitting(sim::PoolRole role, int pool) const;
  void joint(DeploymentSpace& out) const;
  void parted(DeploymentSpace& out) const;
  void part(const Shape& prefill, const Shape& decode, int prefills, int decodes, DeploymentSpace& out) const;

  const Scenario& scenario_;
  const ServingSpec& spec_;
  const Catalogs& catalogs_;
  const HardwareData& hardware_;
  std::vector<Shape> shapes_;
};

void Space::list_shapes() {
  for (std::size_t pool = 0; pool < scenario_.pools.size(); ++pool) {
    const PoolSpec& on = scenario_.pools[pool];
    for (const ServingShard& shard : instance_shards(scenario_.architecture, on.count, on.gpus_per_node))
      for (const sim::PoolRole role : {sim::PoolRole::joint, sim::PoolRole::prefill, sim::PoolRole::decode}) {
        Shape shape{pattern(spec_, role), {}, false};
        shape.spec.role = role;
        shape.spec.name = role == sim::PoolRole::joint ? "joint" : role == sim::PoolRole::prefill ? "prefill" : "decode";
        if (scenario_.pools.size() > 1) shape.spec.name += fmt::format(" {}", on.name);
        shape.spec.pool = static_cast<int>(pool);
        shape.spec.instances = 1;
        shape.spec.autoscaler = {};
        shape.spec.kv_tokens.reset();
        const int redundant = shape.spec.shard.redundant_experts;
        shape.spec.shard = shard;
        if (shard.experts == ExpertPlacement::exchange) shape.spec.shard.redundant_experts = redundant;
        shapes_.push_back(std::move(shape));
      }
  }
}

void Space::rate(Shape& shape) const {
  const auto instance =
      plan_instance(shape.spec, fleet(shape), scenario_.architecture, spec_.max_context, catalogs_, hardware_, catalogs_.engines);
  if (!instance) return;
  const double longest = spec_.workload.prompt.mean + spec_.workload.output.mean;
  const auto pool =
      plan_serving_pool(shape.spec, fleet(shape), *instance, sim::IterationModel::constant(0, 0), longest, catalogs_);
  if (!pool) return;
  shape.fits = true;
  const sim::IterationModel model(*instance, shifted(instance->engine, 0));
  shape.rates = instance_rates(model, pool->limits, mean_request(spec_.workload), spec_.slo);
}

std::vector<const Shape*> Space::fitting(sim::PoolRole role, int pool) const {
  std::vector<const Shape*> out;
  for (const Shape& shape : shapes_)
    if (shape.fits && shape.spec.role == role && shape.spec.pool == pool) out.push_back(&shape);
  return out;
}

// Joint instances fill every pool. Pools do not need each other, so only the best shapes of each are combined.
void Space::joint(DeploymentSpace& out) const {
  constexpr std::size_t kBestOfEach = 4;
  std::vector<Deployment> partial(1);
  for (std::size_t pool = 0; pool < scenario_.pools.size(); ++pool) {
    const int gpus = scenario_.pools[pool].count;
    std::vector<const Shape*> shapes = fitting(sim::PoolRole::joint, static_cast<int>(pool));
    const auto rate = [&](const Shape* shape) { return (gpus / shape->gpus()) * shape->rates.joint; };
    std::erase_if(shapes, [&](const Shape* shape) { return rate(shape) <= 0; });
    std::ranges::stable_sort(shapes, std::greater{}, rate);
    if (scenario_.pools.size() > 1 && shapes.size() > kBestOfEach) shapes.resize(kBestOfEach);
    if (shapes.empty()) continue;
    std::vector<Deployment> longer;
    for (const Deployment& one : partial)
      for (const Shape* shape : shapes) {
        Deployment with = one;
        with.pools.push_back(shape->spec);
        with.pools.back().instances = gpus / shape->gpus();
        with.estimate += rate(shape);
        with.gpus += with.pools.back().instances * shape->gpus();
        longer.push_back(std::move(with));
      }
    partial = std::move(longer);
  }
  for (Deployment& one : partial)
    if (!one.pools.empty()) out.deployments.push_back(std::move(one));
}

void Space::part(const Shape& prefill, const Shape& decode, int prefills, int decodes, DeploymentSpace& out) const {
  if (prefills < 1 || decodes < 1) return;
  Deployment one;
  one.pools = {prefill.spec, decode.spec};
  one.pools[0].instances = prefills;
  one.pools[1].instances = decodes;
  one.estimate = std::min(prefills * prefill.rates.prefill, decodes * decode.rates.decode);
  one.gpus = prefills * prefill.gpus() + decodes * decode.gpus();
  if (one.estimate > 0) out.deployments.push_back(std::move(one));
}

// Prefill and decode apart: on one pool around the ratio at which both are equally busy, or each on a pool of its own.
void Space::parted(DeploymentSpace& out) const {
  const int pools = static_cast<int>(scenario_.pools.size());
  for (int a = 0; a < pools; ++a)
    for (int b = 0; b < pools; ++b)
      for (const Shape* prefill : fitting(sim::PoolRole::prefill, a))
        for (const Shape* decode : fitting(sim::PoolRole::decode, b)) {
          if (prefill->rates.prefill <= 0 || decode->rates.decode <= 0) continue;
          const int gpus = fleet(*prefill).count;
          if (a != b) {
            part(*prefill, *decode, gpus / prefill->gpus(), fleet(*decode).count / decode->gpus(), out);
            continue;
          }
          const double balanced = gpus / (prefill->gpus() + decode->gpus() * prefill->rates.prefill / decode->rates.decode);
          const int around = static_cast<int>(std::lround(balanced));
          for (int prefills = around - 1; prefills <= around + 1; ++prefills)
            part(*prefill, *decode, prefills, (gpus - prefills * prefill->gpus()) / decode->gpus(), out);
        }
}

DeploymentSpace Space::deployments() const {
  DeploymentSpace out;
  for (const Shape& shape : shapes_) ++(shape.fits ? out.shapes : out.too_big);
  out.shapes += out.too_big;
  joint(out);
  parted(out);
  std::ranges::stable_sort(out.deployments, std::greater{}, &Deployment::estimate);
  return out;
}

}  // namespace

std::vector<ServingShard> instance_shards(const models::Architecture& architecture, int gpus, int gpus_per_node) {
  std::vector<ServingShard> out;
  const bool experts = architecture.routed_experts > 0;
  const auto add = [&](ServingShard shard) {
    if (shard.gpus() <= gpus && shard.ranks() <= kMostRanks) out.push_back(shard);
  };
  for (int tp = 1; tp <= gpus_per_node && architecture.heads % tp == 0; tp *= 2) {
    for (int pp = 1; pp <= kMostStages && pp <= architecture.layers; pp *= 2) {
      if (pp > 1 && tp < gpus_per_node) continue;  // inside a node splitting a layer costs less than a pipeline
      add({.tp = tp, .dp = 1, .pp = pp, .ep = 1});
      if (experts && tp > 1 && architecture.routed_experts % tp == 0)
        add({.tp = tp, .dp = 1, .pp = pp, .ep = tp, .experts = ExpertPlacement::local});
    }
    if (!experts) continue;
    for (const int odd : {1, 3, 9})
      for (int dp = odd == 1 ? 2 : odd; dp * tp <= kMostRanks; dp *= 2)
        add({.tp = tp, .dp = dp, .pp = 1, .ep = tp * dp, .experts = ExpertPlacement::exchange});
  }
  std::erase_if(out, [&](const ServingShard& shard) { return shard.ep > architecture.routed_experts && shard.ep > 1; });
  return out;
}

std::string describe(const ServingShard& shard) {
  std::string out;
  const auto degree = [&](std::string_view name, int value) {
    if (value > 1) out += fmt::format("{}{} {}", out.empty() ? "" : ", ", name, value);
  };
  degree("TP", shard.tp);
  degree("DP", shard.dp);
  degree("PP", shard.pp);
  degree("EP", shard.ep);
  return out.empty() ? "1 GPU" : out;
}

std::string describe(const Deployment& deployment, const std::vector<PoolSpec>& fleet) {
  std::string out;
  for (const ServingPoolSpec& pool : deployment.pools) {
    if (!out.empty()) out += "; ";
    out += fmt::format("{} {} of {}", pool.instances, pool.name, describe(pool.shard));
    if (pool.max_batched_tokens) out += fmt::format(", chunks of {}", *pool.max_batched_tokens);
    if (pool.max_sequences) out += fmt::format(", at most {} sequences a group", *pool.max_sequences);
  }
  if (fleet.size() == 1 && deployment.gpus < fleet.front().count)
    out += fmt::format(" ({} of {} GPUs)", deployment.gpus, fleet.front().count);
  return out;
}

Result<DeploymentSpace> deployment_space(const Scenario& scenario, const Catalogs& catalogs, const HardwareData& hardware,
                                         int jobs, const RunControl& control) {
  Space space(scenario, catalogs, hardware);
  space.list_shapes();
  space.rate(jobs, control);
  DeploymentSpace out = space.deployments();
  if (out.deployments.empty() && !control.stopped())
    return Diagnostic{.kind = DiagnosticKind::infeasible,
                      .key = "serving",
                      .message = out.shapes == out.too_big ? "no shape of an instance holds the model and one request"
                                                           : "no shape of an instance keeps the promise for a single request",
                      .hint = out.shapes == out.too_big ? "more accelerators or narrower formats" : "a longer ttft or tpot"};
  return out;
}

}  // namespace gpufleet::scenarios
