#include "sim/search/layout_space.h"

#include <fmt/format.h>
#include <algorithm>

#include "models/layout.h"
#include "sim/training/program.h"

namespace gpufleet::sim {
namespace {

constexpr std::int64_t kLeastTokens = 1024;  // of a sequence on a rank, below which context parallelism has no use

std::vector<int> divisors(std::int64_t n, int most) {
  std::vector<int> out;
  for (int d = 1; d <= most && d <= n; ++d)
    if (n % d == 0) out.push_back(d);
  return out;
}

// Pools alone, then all in one pipeline, forwards and backwards.
std::vector<std::vector<int>> pool_orders(const TrainingJob& job) {
  std::vector<std::vector<int>> out;
  const int pools = static_cast<int>(job.pools.size());
  for (int pool = 0; pool < pools; ++pool) out.push_back({pool});
  if (pools < 2 || static_cast<std::size_t>(pools) > kMostRuns) return out;
  std::vector<int> all;
  for (int pool = 0; pool < pools; ++pool) all.push_back(pool);
  out.push_back(all);
  out.emplace_back(all.rbegin(), all.rend());
  return out;
}

// Tensor-parallel degrees of each run of an order, every combination.
std::vector<std::vector<StageRun>> runs_of(const TrainingJob& job, const std::vector<int>& order) {
  std::vector<std::vector<StageRun>> out{{}};
  for (const int pool : order) {
    const TrainingPool& p = job.pools[static_cast<std::size_t>(pool)];
    std::vector<std::vector<StageRun>> longer;
    for (const std::vector<StageRun>& runs : out)
      for (const int tp : divisors(p.gpus_per_node, p.gpus_per_node)) {
        longer.push_back(runs);
        longer.back().push_back({pool, tp});
      }
    out = std::move(longer);
  }
  return out;
}

bool shape_is_valid(const TrainingJob& job, const LayoutGroup& group, const StageSplit& split) {
  for (const StageRun& run : group.runs) {
    models::Layout shape;
    shape.tp = run.tp;
    shape.pp = split.pp;
    shape.dp = split.dp;
    shape.ep = group.ep;
    shape.cp = group.cp;
    shape.expert_tp = group.expert_tp;
    shape.micro_batch = group.micro_batch;
    shape.sequence_parallel = job.layout.sequence_parallel;
    const models::LayoutJob asked{std::int64_t{shape.tp} * shape.cp * shape.pp * shape.dp,
                                  job.pools[static_cast<std::size_t>(run.pool)].gpus_per_node, job.global_batch,
                                  job.sequence_length};
    if (has_errors(models::check_layout(job.architecture, shape, asked))) return false;
  }
  return true;
}

// Splits in which every run fills its pool, by data-parallel degree.
std::vector<StageSplit> splits_of(const TrainingJob& job, const LayoutGroup& group) {
  std::vector<StageSplit> out;
  const TrainingPool& first = job.pools[static_cast<std::size_t>(group.runs.front().pool)];
  const int unit = group.runs.front().tp * group.cp;
  if (first.gpus % unit != 0) return out;
  for (const int dp : divisors(first.gpus / unit, first.gpus / unit)) {
    if (job.global_batch % (std::int64_t{dp} * group.micro_batch) != 0) continue;
    StageSplit split{dp, 0, {}};
    bool fits = true;
    for (std::size_t i = 0; i < group.runs.size(); ++i) {
      const int gpus = job.pools[static_cast<std::size_t>(group.runs[i].pool)].gpus;
      const std::int64_t each = std::int64_t{group.runs[i].tp} * group.cp * dp;
      fits = fits && gpus % each == 0 && each % (std::int64_t{group.ep} * group.expert_tp) == 0;
      split.stages[i] = static_cast<int>(gpus / each);
      split.pp += split.stages[i];
    }
    if (fits && split.pp <= job.architecture.layers && shape_is_valid(job, group, split)) out.push_back(split);
  }
  return out;
}

}  // namespace

SearchSpace usual_space(const TrainingJob& job) {
  SearchSpace space;
  space.micro_batches = {1, 2, 4, 8};
  if (std::find(space.micro_batches.begin(), space.micro_batches.end(), job.layout.micro_batch) == space.micro_batches.end())
    space.micro_batches.push_back(job.layout.micro_batch);
  space.virtual_stages = {2, 3, 4, 5, 6, 7, 8};
  if (job.layout.virtual_stages > space.virtual_stages.back()) space.virtual_stages.push_back(job.layout.virtual_stages);
  space.recomputes = {job.recompute};
  for (const models::Recompute& usual : {models::Recompute::none(), models::Recompute::selective(), models::Recompute::full()})
    if (!(usual == job.recompute)) space.recomputes.push_back(usual);
  space.zeros = {0, 1, 2, 3};
  for (int i = 0; i < kSchedules; ++i) space.schedules.push_back(static_cast<Schedule>(i));
  space.most_cp = std::max(job.layout.cp, static_cast<int>(std::max<std::int64_t>(1, job.sequence_length / kLeastTokens)));
  return space;
}

std::vector<LayoutGroup> layout_groups(const TrainingJob& job, const SearchSpace& space) {
  const models::Architecture& a = job.architecture;
  std::vector<LayoutGroup> out;
  for (const std::vector<int>& order : pool_orders(job))
    for (const std::vector<StageRun>& runs : runs_of(job, order))
      for (const int cp : divisors(job.sequence_length, space.most_cp))
        for (const int ep : divisors(std::max<std::int64_t>(1, a.routed_experts), static_cast<int>(a.routed_experts) + 1))
          for (const int expert_tp : divisors(a.routed_experts > 0 ? runs.front().tp : 1, runs.front().tp))
            for (const std::int64_t micro_batch : space.micro_batches) {
              LayoutGroup group{runs, cp, ep, expert_tp, micro_batch, {}, {}};
              group.splits = splits_of(job, group);
              if (group.splits.empty()) continue;
              for (const models::Recompute& recompute : space.recomputes) {
                group.recompute = recompute;
                out.push_back(group);
              }
            }
  return out;
}

std::vector<Candidate> members(const TrainingJob& job, const SearchSpace& space, const std::vector<LayoutGroup>& groups,
                               std::uint32_t index) {
  const LayoutGroup& group = groups[index];
  constexpr std::int64_t kEndChunks = 2;  // embedding and head may be chunks of their own (models/layout.cpp)
  std::vector<Candidate> out;
  for (std::size_t s = 0; s < group.splits.size(); ++s) {
    const StageSplit& split = group.splits[s];
    const std::int64_t batches = job.global_batch / (split.dp * group.micro_batch);
    const auto add = [&](Schedule schedule, int virtual_stages) {
      if (refusal(schedule, split.pp, virtual_stages, batches)) return;
      for (const int zero : space.zeros) {
        if (zero == 3 && group.runs.size() > 1) continue;  // one sharding group over unlike chips is not simulated
        out.push_back({index, static_cast<std::uint16_t>(s), static_cast<std::uint8_t>(virtual_stages),
                       static_cast<std::uint8_t>(zero), schedule});
      }
    };
    for (const Schedule schedule : space.schedules) {
      // Without a pipeline all schedules are the same.
      if (split.pp == 1 && schedule != Schedule::one_f_one_b) continue;
      if (schedule != Schedule::interleaved) {
        const int chunks = chunks_per_rank(schedule, 1);
        if (std::int64_t{split.pp} * (schedule == Schedule::dualpipe ? 1 : chunks) <= job.architecture.layers) add(schedule, 1);
        continue;
      }
      for (const int v : space.virtual_stages)
        if (std::int64_t{split.pp} * v <= job.architecture.layers + kEndChunks) add(schedule, v);
    }
  }
  return out;
}

TrainingJob job_of(const TrainingJob& base, const LayoutGroup& group, const StageSplit& split) {
  TrainingJob job = base;
  TrainingLayout& l = job.layout;
  l.groups.clear();
  l.tp = group.runs.front().tp;
  l.pp = split.pp;
  l.dp = split.dp;
  l.ep = group.ep;
  l.cp = group.cp;
  l.expert_tp = group.expert_tp;
  l.virtual_stages = 1;
  l.shard_group = 0;
  l.micro_batch = group.micro_batch;
  l.schedule = Schedule::one_f_one_b;
  l.zero = 1;
  l.stages.clear();
  for (std::size_t i = 0; i < group.runs.size(); ++i)
    for (int k = 0; k < split.stages[i]; ++k) l.stages.push_back({group.runs[i].pool, group.runs[i].tp, 0});
  job.recompute = group.recompute;
  return job;
}

TrainingJob job_of(const TrainingJob& base, const std::vector<LayoutGroup>& groups, const Candidate& candidate) {
  const LayoutGroup& group = groups[candidate.group];
  TrainingJob job = job_of(base, group, group.splits[candidate.split]);
  job.layout.virtual_stages = candidate.virtual_stages;
  job.layout.zero = candidate.zero;
  job.layout.schedule = candidate.schedule;
  return job;
}

int gpus_used(const LayoutGroup& group, const StageSplit& split) {
  int total = 0;
  for (std::size_t i = 0; i < group.runs.size(); ++i) total += group.runs[i].tp * group.cp * split.dp * split.stages[i];
  return total;
}

std::string describe(const TrainingJob& job) {
  const TrainingLayout& l = job.layout;
  const bool alike = std::all_of(l.stages.begin(), l.stages.end(),
                                 [&](const Stage& s) { return s.pool == l.stages.front().pool && s.tp == l.stages.front().tp; });
  std::string out;
  if (alike) {
    out = fmt::format("TP{} PP{}", l.tp, l.pp);
  } else {
    out = fmt::format("PP{} (", l.pp);
    for (std::size_t i = 0; i < l.stages.size();) {
      std::size_t end = i;
      while (end < l.stages.size() && l.stages[end].pool == l.stages[i].pool && l.stages[end].tp == l.stages[i].tp) ++end;
      out += fmt::format("{}{} x {} TP{}", i == 0 ? "" : ", ", end - i,
                         job.pools[static_cast<std::size_t>(l.stages[i].pool)].name, l.stages[i].tp);
      i = end;
    }
    out += ')';
  }
  out += fmt::format(" DP{}", l.dp);
  if (l.ep > 1) out += fmt::format(" EP{}", l.ep);
  if (l.expert_tp > 1) out += fmt::format(" ETP{}", l.expert_tp);
  if (l.cp > 1) out += fmt::format(" CP{}", l.cp);
  out += fmt::format(" ZeRO-{} {}", l.zero, name(l.schedule));
  if (l.virtual_stages > 1) out += fmt::format(" x{}", l.virtual_stages);
  out += fmt::format(" mb{} ", l.micro_batch);
  if (job.recompute.is_none()) return out + "keep all";
  if (job.recompute.is_full()) return out + "recompute all";
  std::string parts;
  for (int op = 0; op < models::kRecomputeOps; ++op)
    if (job.recompute.contains(static_cast<models::RecomputeOp>(op)))
      parts += fmt::format("{}{}", parts.empty() ? "" : "+", models::name(static_cast<models::RecomputeOp>(op)));
  return out + "recompute " + parts;
}

}  // namespace gpufleet::sim
