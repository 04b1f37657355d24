#include "sim/training/nearest_fit.h"

#include <fmt/format.h>
#include <algorithm>
#include <functional>
#include <optional>

#include "models/layout.h"
#include "sim/training/memory.h"
#include "sim/training/step.h"

namespace gpufleet::sim {
namespace {

/// A change to one thing; gives what it says, or nothing where it does not apply.
using Change = std::function<std::optional<std::string>(TrainingJob&)>;

void restage(TrainingJob& job) {
  const Stage first{.pool = job.layout.stages.front().pool, .tp = job.layout.tp, .layers = 0};
  job.layout.stages.assign(static_cast<std::size_t>(job.layout.pp), first);
}

std::vector<Change> changes() {
  return {
      [](TrainingJob& job) -> std::optional<std::string> {
        if (job.layout.dp % 2 != 0) return std::nullopt;
        job.layout.tp *= 2;
        job.layout.dp /= 2;
        restage(job);
        return fmt::format("tp = {}, dp = {}", job.layout.tp, job.layout.dp);
      },
      [](TrainingJob& job) -> std::optional<std::string> {
        if (job.layout.dp % 2 != 0) return std::nullopt;
        job.layout.pp *= 2;
        job.layout.dp /= 2;
        restage(job);
        return fmt::format("pp = {}, dp = {}", job.layout.pp, job.layout.dp);
      },
      [](TrainingJob& job) -> std::optional<std::string> {
        if (job.architecture.routed_experts == 0) return std::nullopt;
        job.layout.ep *= 2;
        return fmt::format("ep = {}", job.layout.ep);
      },
      [](TrainingJob& job) -> std::optional<std::string> {
        if (job.layout.micro_batch % 2 != 0) return std::nullopt;
        job.layout.micro_batch /= 2;
        return fmt::format("micro_batch = {}", job.layout.micro_batch);
      },
      [](TrainingJob& job) -> std::optional<std::string> {
        if (job.recompute.is_full()) return std::nullopt;
        job.recompute = models::Recompute::full();
        return "recompute = \"full\"";
      },
      [](TrainingJob& job) -> std::optional<std::string> {
        if (job.layout.zero > 0) return std::nullopt;
        job.layout.zero = 1;
        return "zero = 1";
      },
      [](TrainingJob& job) -> std::optional<std::string> {
        if (job.layout.zero >= 3) return std::nullopt;
        job.layout.zero = 3;
        return "zero = 3";
      },
      [](TrainingJob& job) -> std::optional<std::string> {
        if (job.optimizer_home == OptimizerHome::host) return std::nullopt;
        job.optimizer_home = OptimizerHome::host;
        return "implementation.optimizer = \"host\"";
      },
  };
}

bool runs(const TrainingJob& job) {
  const TrainingLayout& l = job.layout;
  const TrainingPool& pool = job.pools[static_cast<std::size_t>(l.stages.front().pool)];
  const models::Layout shape{.tp = l.tp,
                             .pp = l.pp,
                             .dp = l.dp,
                             .ep = l.ep,
                             .cp = l.cp,
                             .expert_tp = l.expert_tp,
                             .virtual_stages = l.virtual_stages,
                             .zero = static_cast<models::Zero>(l.zero),
                             .micro_batch = l.micro_batch,
                             .sequence_parallel = l.sequence_parallel};
  const models::LayoutJob asked{std::int64_t{l.tp} * l.cp * l.pp * l.dp, pool.gpus_per_node, job.global_batch,
                                job.sequence_length};
  return !has_errors(models::check_layout(job.architecture, shape, asked)) && !step_refusal(job);
}

bool fits(const TrainingJob& job) { return memory_refusal(training_memory(job)).empty(); }

}  // namespace

std::vector<NearbyLayout> nearest_fits(const TrainingJob& job, std::size_t count, const RunControl& control) {
  const Stage& first = job.layout.stages.front();
  const bool alike = std::all_of(job.layout.stages.begin(), job.layout.stages.end(), [&](const Stage& s) {
    return s.pool == first.pool && s.tp == first.tp && s.layers == first.layers;
  });
  if (!job.layout.groups.empty() || !alike) return {};
  const std::vector<Change> all = changes();
  std::vector<NearbyLayout> out;
  const auto consider = [&](const TrainingJob& changed, const std::string& says) {
    if (!runs(changed) || !fits(changed)) return;
    out.push_back({says, to_seconds(simulate_step(changed, {}, control).step_time).value()});
  };
  const auto fastest_first = [&] {
    std::stable_sort(out.begin(), out.end(),
                     [](const NearbyLayout& a, const NearbyLayout& b) { return a.step_seconds < b.step_seconds; });
    if (out.size() > count) out.resize(count);
  };
  for (const Change& change : all) {
    TrainingJob changed = job;
    if (const auto says = change(changed)) consider(changed, *says);
  }
  fastest_first();
  if (!out.empty()) return out;
  for (std::size_t i = 0; i < all.size() && !control.stopped(); ++i)
    for (std::size_t k = i; k < all.size(); ++k) {
      TrainingJob changed = job;
      const auto one = all[i](changed), two = one ? all[k](changed) : std::nullopt;
      if (two) consider(changed, *one + ", " + *two);
    }
  fastest_first();
  return out;
}

}  // namespace gpufleet::sim
