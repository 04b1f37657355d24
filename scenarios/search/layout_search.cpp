#include "scenarios/search/layout_search.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <limits>
#include <map>
#include <numeric>

#include "core/check.h"
#include "scenarios/parallel.h"
#include "sim/search/lower_bound.h"
#include "sim/search/memory_floor.h"
#include "sim/training/memory.h"
#include "sim/training/power.h"
#include "sim/training/step_draw.h"

namespace gpufleet::scenarios {
namespace {

using sim::Candidate;
using sim::LayoutGroup;
using sim::TrainingJob;

constexpr std::size_t kBatch = 64;  // simulated between two looks at the bound; part of what makes answers repeatable
constexpr double kSecondsPerHour = 3600;
constexpr double kInfinite = std::numeric_limits<double>::infinity();

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

/// A candidate that may fit, with what it takes at least.
struct Bounded {
  Candidate candidate;
  float objective = 0;  ///< in the objective's unit
  float seconds = 0;
};

/// What all layouts on the same accelerators share.
struct Rates {
  std::optional<double> usd_per_second;
  double watts_at_most = 0, watts_at_least = 0;
};

class Search {
 public:
  Search(const sim::TrainingRun& run, const std::vector<std::optional<double>>& prices, const LayoutRequest& request,
         const RunControl& control)
      : run_(run), base_(run.phases.front().job), prices_(prices), request_(request), control_(control) {}

  Result<LayoutAnswer> answer();

 private:
  struct Screened {
    std::vector<Bounded> kept;
    std::size_t candidates = 0, too_big = 0;
  };
  [[nodiscard]] Rates rates_of(const TrainingJob& job) const;
  [[nodiscard]] double objective_of(const FoundLayout& found) const;
  [[nodiscard]] double objective_bound(double seconds, double memory, const Rates& rates) const;
  [[nodiscard]] Screened screen(std::uint32_t index) const;
  void screen_split(std::uint32_t index, std::span<const Candidate> members, std::map<std::size_t, sim::LayerKit>& kits,
                    std::map<std::size_t, sim::MemoryKit>& memory, Screened& out) const;
  [[nodiscard]] std::optional<FoundLayout> simulate(const TrainingJob& job, std::string* refusal) const;
  void rank(std::vector<FoundLayout>& found, const std::vector<TrainingJob>& jobs) const;
  [[nodiscard]] bool out_of_time() const {
    return control_.stopped() || (request_.seconds > 0 && now() - begun_ > request_.seconds);
  }

  const sim::TrainingRun& run_;
  const TrainingJob& base_;
  const std::vector<std::optional<double>>& prices_;
  const LayoutRequest& request_;
  const RunControl& control_;
  sim::SearchSpace space_;
  std::vector<LayoutGroup> groups_;
  double begun_ = now();
};

Rates Search::rates_of(const TrainingJob& job) const {
  Rates out;
  double usd = 0;
  bool priced = true;
  for (const sim::Stage& stage : job.layout.stages) {
    const auto pool = static_cast<std::size_t>(stage.pool);
    const double gpus = stage.tp * job.layout.cp * job.layout.dp;
    if (pool < prices_.size() && prices_[pool])
      usd += gpus * *prices_[pool] / kSecondsPerHour;
    else
      priced = false;
    out.watts_at_least += gpus * job.pools[pool].accelerator.idle_power.value();
  }
  if (priced) out.usd_per_second = usd;
  return out;
}

double Search::objective_of(const FoundLayout& found) const {
  switch (request_.objective) {
    case LayoutObjective::cost: return found.usd.value_or(kInfinite);
    case LayoutObjective::memory: return found.memory;
    case LayoutObjective::energy: return found.joules.value_or(kInfinite);
    default: return found.seconds;
  }
}

double Search::objective_bound(double seconds, double memory, const Rates& rates) const {
  switch (request_.objective) {
    case LayoutObjective::cost: return seconds * rates.usd_per_second.value_or(0.0);
    case LayoutObjective::memory: return memory;
    case LayoutObjective::energy: return seconds * rates.watts_at_least;
    default: return seconds;
  }
}

/// Members that differ in schedule and ZeRO stage alone, and in chunks: kits are made when the first of them may fit.
void Search::screen_split(std::uint32_t index, std::span<const Candidate> members, std::map<std::size_t, sim::LayerKit>& kits,
                          std::map<std::size_t, sim::MemoryKit>& memory, Screened& out) const {
  const LayoutGroup& group = groups_[index];
  const sim::StageSplit& split = group.splits[members.front().split];
  TrainingJob job = sim::job_of(base_, group, split);
  std::vector<std::size_t> run_of_stage;
  std::vector<int> first_stage;
  for (std::size_t run = 0, stage = 0; run < group.runs.size(); ++run) {
    first_stage.push_back(static_cast<int>(stage));
    for (int k = 0; k < split.stages[run]; ++k, ++stage) run_of_stage.push_back(run);
    if (!memory.contains(run)) memory.emplace(run, sim::make_memory_kit(job, first_stage.back()));
  }
  const auto capacity = [&](int rank) {
    const auto pool = static_cast<std::size_t>(job.layout.stages[static_cast<std::size_t>(rank)].pool);
    return static_cast<double>(job.pools[pool].accelerator.usable_memory.value());
  };
  const Rates rates = rates_of(job);

  struct Cut {
    std::vector<sim::Segment> segments;
    std::vector<sim::WorkSeconds> positions;
  };
  std::map<std::pair<sim::ChainShape, int>, Cut> cuts;
  std::map<std::tuple<sim::ChainShape, int, int, bool>, double> epilogues;
  const auto cut_for = [&](sim::ChainShape shape, int chunks) -> const Cut& {
    auto& cut = cuts[{shape, chunks}];
    if (!cut.positions.empty()) return cut;
    std::vector<const sim::LayerKit*> by_stage;
    for (std::size_t stage = 0; stage < run_of_stage.size(); ++stage) {
      const std::size_t run = run_of_stage[stage];
      auto found = kits.find(run);
      if (found == kits.end()) found = kits.emplace(run, sim::make_layer_kit(job, first_stage[run])).first;
      by_stage.push_back(&found->second);
    }
    cut.segments = sim::cut_model(job, by_stage, shape, chunks);
    cut.positions = sim::position_seconds(cut.segments, by_stage, shape);
    return cut;
  };

  for (const Candidate& candidate : members) {
    job.layout.schedule = candidate.schedule;
    job.layout.zero = candidate.zero;
    job.layout.virtual_stages = candidate.virtual_stages;
    ++out.candidates;
    if (group.runs.size() == 1 && sim::mean_memory_floor(job, memory.at(0)) > capacity(0)) {
      ++out.too_big;
      continue;
    }
    const bool both_ways = candidate.schedule == sim::Schedule::dualpipe;
    const sim::ChainShape shape = sim::chain_shape(candidate.schedule);
    const int chunks = both_ways ? 1 : sim::chunks_per_rank(candidate.schedule, candidate.virtual_stages);
    const Cut& cut = cut_for(shape, chunks);
    const auto held_by = [&](int rank) {
      std::vector<sim::Segment> held;
      for (int position = 0; position < split.pp * chunks; ++position)
        if (sim::rank_of(position, split.pp, shape) == rank) held.push_back(cut.segments[static_cast<std::size_t>(position)]);
      if (both_ways) held.push_back(cut.segments[static_cast<std::size_t>(split.pp - 1 - rank)]);
      return held;
    };
    double floor = 0;
    bool fits = true;
    for (const int rank : {0, split.pp / 2, split.pp - 1}) {
      const double needed = sim::memory_floor(job, rank, memory.at(run_of_stage[static_cast<std::size_t>(rank)]), held_by(rank));
      floor = std::max(floor, needed);
      fits = fits && needed <= capacity(rank);
    }
    if (!fits) {
      ++out.too_big;
      continue;
    }
    const sim::BoundInput input{cut.positions,          split.pp, chunks, candidate.schedule, sim::micro_batches_per_replica(job),
                                sim::block_scatter(job)};
    double seconds = 0;
    if (candidate.zero == 3) {
      seconds = sim::any_cut_bound(input, sim::sharding_seconds(job));
    } else {
      const auto [known, fresh] = epilogues.try_emplace({shape, chunks, candidate.zero, both_ways}, 0.0);
      if (fresh) {
        const sim::WorkSeconds& first = cut.positions.front();
        known->second = sim::epilogue_bound(job, held_by(0), first.longest_backward());
      }
      seconds = sim::pipeline_bound(input) + known->second;
    }
    out.kept.push_back({candidate, static_cast<float>(objective_bound(seconds, floor, rates)), static_cast<float>(seconds)});
  }
}

Search::Screened Search::screen(std::uint32_t index) const {
  Screened out;
  const std::vector<Candidate> all = sim::members(base_, space_, groups_, index);
  std::map<std::size_t, sim::LayerKit> kits;
  std::map<std::size_t, sim::MemoryKit> memory;
  for (std::size_t begin = 0; begin < all.size();) {
    std::size_t end = begin;
    while (end < all.size() && all[end].split == all[begin].split) ++end;
    screen_split(index, std::span(all).subspan(begin, end - begin), kits, memory, out);
    begin = end;
  }
  return out;
}

std::optional<FoundLayout> Search::simulate(const TrainingJob& job, std::string* refusal) const {
  const sim::MemoryReport memory = sim::training_memory(job);
  std::string why = sim::memory_refusal(memory);
  if (!why.empty()) {
    if (refusal != nullptr) *refusal = std::move(why);
    return std::nullopt;
  }
  const sim::StepResult step = sim::simulate_step(job, {}, {});
  FoundLayout out;
  out.text = sim::describe(job);
  out.seconds = to_seconds(step.step_time).value();
  out.interval = {out.seconds, out.seconds, out.seconds};
  out.memory = memory.stages[memory.fullest].total();
  for (const sim::Stage& stage : job.layout.stages) out.gpus += stage.tp * job.layout.cp * job.layout.dp;
  if (const Rates rates = rates_of(job); rates.usd_per_second) out.usd = *rates.usd_per_second * out.seconds;
  if (const auto power = sim::job_power(job, step)) out.joules = power->busy * out.gpus * out.seconds;
  for (const sim::StageReport& stage : step.stages)
    for (std::size_t part = 0; part < out.parts.size(); ++part)
      out.parts[part] += stage.parts[part].value() / static_cast<double>(step.stages.size());
  return out;
}

/// Intervals, and how often the first is faster, from the same draws for all.
void Search::rank(std::vector<FoundLayout>& found, const std::vector<TrainingJob>& jobs) const {
  const auto draws = static_cast<std::size_t>(request_.draws);
  if (draws == 0) return;
  std::vector<sim::StepDraw> drawn;
  for (std::size_t d = 0; d < draws; ++d) drawn.push_back(sim::step_draw(run_, request_.seed, static_cast<int>(d)));
  std::vector<std::vector<double>> seconds(jobs.size(), std::vector<double>(draws));
  for_each_index(jobs.size() * draws, request_.jobs, [&](std::size_t i) {
    if (control_.stopped()) return;
    const sim::StepDraw& d = drawn[i % draws];
    seconds[i / draws][i % draws] =
        d.factor * to_seconds(sim::simulate_step(jobs[i / draws], {.perturbation = d.perturbation}, {}).step_time).value();
  });
  if (control_.stopped()) return;
  for (std::size_t k = 0; k < found.size(); ++k) {
    int wins = 0;
    for (std::size_t d = 0; d < draws; ++d) wins += seconds[0][d] < seconds[k][d] ? 1 : 0;
    found[k].first_beats = wins / static_cast<double>(draws);
    found[k].interval.low = std::min(found[k].seconds, quantile(seconds[k], 0.1));
    found[k].interval.high = std::max(found[k].seconds, quantile(seconds[k], 0.9));
  }
}

std::vector<FoundLayout> pareto(const std::vector<FoundLayout>& all) {
  const auto dominates = [](const FoundLayout& a, const FoundLayout& b) {
    const double cost_a = a.usd.value_or(0), cost_b = b.usd.value_or(0);
    return a.seconds <= b.seconds && a.memory <= b.memory && cost_a <= cost_b &&
           (a.seconds < b.seconds || a.memory < b.memory || cost_a < cost_b);
  };
  std::vector<std::size_t> order(all.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return all[a].seconds < all[b].seconds; });
  std::vector<FoundLayout> front;
  for (const std::size_t i : order)
    if (std::none_of(front.begin(), front.end(), [&](const FoundLayout& one) {
          return dominates(one, all[i]) || (one.seconds == all[i].seconds && one.memory == all[i].memory);
        }))
      front.push_back(all[i]);
  return front;
}

Result<LayoutAnswer> Search::answer() {
  LayoutAnswer out;
  if (request_.objective == LayoutObjective::cost && !rates_of(base_).usd_per_second)
    return Diagnostic{.key = "fleet.pool.price",
                      .message = "the objective is cost, but a pool has no price",
                      .hint = "price = { rent = \"2 USD/h\" }"};
  out.own = simulate(base_, &out.own_refusal);

  space_ = sim::usual_space(base_);
  groups_ = sim::layout_groups(base_, space_);
  std::vector<Screened> screened(groups_.size());
  std::atomic<std::size_t> passed{0};
  for_each_index(groups_.size(), request_.jobs, [&](std::size_t i) {
    if (!control_.stopped()) screened[i] = screen(static_cast<std::uint32_t>(i));
    passed.fetch_add(1);
  });
  std::vector<Bounded> order;
  for (Screened& one : screened) {
    out.candidates += one.candidates;
    out.too_big += one.too_big;
    order.insert(order.end(), one.kept.begin(), one.kept.end());
    one = {};
  }
  std::sort(order.begin(), order.end(), [](const Bounded& a, const Bounded& b) {
    return std::tie(a.objective, a.seconds, a.candidate) < std::tie(b.objective, b.seconds, b.candidate);
  });
  out.enumerate_seconds = now() - begun_;

  // Variants of recomputation and ZeRO stage of one layout count as one place in the list.
  using Place = std::tuple<std::uint32_t, std::uint16_t, std::uint8_t, sim::Schedule>;
  struct Best {
    double objective = kInfinite;
    double memory = kInfinite;
    Candidate candidate;
    std::size_t variants = 0;
  };
  std::map<Place, Best> places;
  std::map<Candidate, FoundLayout> all;
  std::size_t next = 0;
  double last_listed = kInfinite;
  const auto family = [&](std::uint32_t group) {
    // Groups that differ in recomputation alone lie side by side.
    return group / static_cast<std::uint32_t>(space_.recomputes.size());
  };
  constexpr double kFloatRounding = 1 - 1e-6;  // bounds are kept as floats
  while (next < order.size() && order[next].objective * kFloatRounding <= last_listed && !out_of_time()) {
    const std::size_t end = std::min(order.size(), next + kBatch);
    std::vector<std::optional<FoundLayout>> batch(end - next);
    for_each_index(batch.size(), request_.jobs, [&](std::size_t i) {
      const Bounded& one = order[next + i];
      if (control_.stopped() || one.objective * kFloatRounding > last_listed) return;
      batch[i] = simulate(sim::job_of(base_, groups_, one.candidate), nullptr);
      if (batch[i]) batch[i]->bound = one.seconds;
    });
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (control_.stopped() || order[next + i].objective * kFloatRounding > last_listed) continue;
      if (!batch[i]) {
        ++out.too_big;
        continue;
      }
      ++out.simulated;
      const Candidate& c = order[next + i].candidate;
      Best& best = places[{family(c.group), c.split, c.virtual_stages, c.schedule}];
      ++best.variants;
      const double value = objective_of(*batch[i]);
      if (std::tie(value, batch[i]->memory) < std::tie(best.objective, best.memory)) {
        best.objective = value;
        best.memory = batch[i]->memory;
        best.candidate = c;
      }
      all.emplace(c, *std::move(batch[i]));
    }
    next = end;
    std::vector<double> values;
    for (const auto& [place, best] : places) values.push_back(best.objective);
    const auto wanted = static_cast<std::size_t>(request_.top);
    if (values.size() >= wanted) {
      std::nth_element(values.begin(), values.begin() + (request_.top - 1), values.end());
      last_listed = values[wanted - 1];
    }
    control_.report(static_cast<double>(next) / static_cast<double>(order.size()), "simulating layouts, best bounds first");
  }
  out.certain = next >= order.size() || order[next].objective * kFloatRounding > last_listed;
  out.ruled_out = out.candidates - out.too_big - out.simulated;
  if (all.empty()) {
    if (!out.certain) return out;  // no time to look
    return Diagnostic{.kind = DiagnosticKind::infeasible,
                      .key = "training.layout",
                      .message = "no layout fits in memory",
                      .hint = "more accelerators, or shorter sequences, need less on each"};
  }

  std::vector<Best> ranked;
  for (const auto& [place, best] : places) ranked.push_back(best);
  std::stable_sort(ranked.begin(), ranked.end(), [](const Best& a, const Best& b) {
    return std::tie(a.objective, a.memory, a.candidate) < std::tie(b.objective, b.memory, b.candidate);
  });
  if (out.own)
    for (const Best& one : ranked) out.own_rank += one.objective < objective_of(*out.own) ? 1 : 0;
  std::vector<TrainingJob> jobs;
  for (std::size_t i = 0; i < ranked.size() && i < static_cast<std::size_t>(request_.top); ++i) {
    out.top.push_back(all.at(ranked[i].candidate));
    out.top.back().variants = ranked[i].variants;
    jobs.push_back(sim::job_of(base_, groups_, ranked[i].candidate));
  }
  std::vector<FoundLayout> listed = out.top;
  if (out.own) {
    listed.push_back(*out.own);
    jobs.push_back(base_);
  }
  rank(listed, jobs);
  if (out.own) {
    out.own = listed.back();
    listed.pop_back();
  }
  out.top = std::move(listed);
  std::vector<FoundLayout> simulated;
  for (const auto& [candidate, found] : all) simulated.push_back(found);
  out.front = pareto(simulated);
  out.simulate_seconds = now() - begun_ - out.enumerate_seconds;
  return out;
}

}  // namespace

Result<LayoutAnswer> search_layouts(const sim::TrainingRun& run, const std::vector<std::optional<double>>& usd_per_gpu_hour,
                                    const LayoutRequest& request, const RunControl& control) {
  return Search(run, usd_per_gpu_hour, request, control).answer();
}

}  // namespace gpufleet::scenarios
