// A deployment whose answers are written on instances of their own is simulated in two halves, a batch of requests apart from
// each other: while the entry half works on one batch, the other half works on what the entry half handed over before. Each half
// is a function of its batches alone, so it makes no difference whether they take turns or run at once.
#include "sim/serving/simulate.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "core/check.h"
#include "core/random.h"
#include "sim/serving/stage.h"

namespace gpufleet::sim {
namespace {

constexpr double kSecondsADay = 86400;
constexpr std::size_t kBatch = 1 << 14;  // requests

// Nothing may flow back from decode instances: no failures there, no clients that wait for their answer.
bool splits(const ServingJob& job) {
  const auto decodes = [](const ServingPool& pool) { return pool.role == PoolRole::decode; };
  return job.workload.arrivals.kind != ArrivalKind::closed_loop && std::ranges::any_of(job.pools, decodes) &&
         std::ranges::none_of(job.pools, [&](const ServingPool& p) { return decodes(p) && p.failures.mean_time_between > 0; });
}

/// A half's job: its pools, the same promise and clock, no workload of its own.
ServingJob half_of(const ServingJob& job, StagePart part, std::vector<std::size_t>& pools) {
  ServingJob out;
  for (std::size_t p = 0; p < job.pools.size(); ++p) {
    if ((job.pools[p].role == PoolRole::decode) != (part == StagePart::answers)) continue;
    out.pools.push_back(job.pools[p]);
    pools.push_back(p);
  }
  // Latencies count from the front end of the pool that took the prompt.
  out.pools.front().request_overhead = job.pools.front().request_overhead;
  out.router = job.router;
  out.slo = job.slo;
  out.warm_up = job.warm_up;
  out.horizon = job.horizon;
  out.sample_period = job.sample_period;
  out.keep_requests = job.keep_requests;
  out.workload.duration = job.workload.duration;
  return out;
}

/// False when there are no more.
bool draw(RequestSource& source, std::vector<RequestDraft>& out) {
  out.resize(kBatch);
  std::size_t drawn = 0;
  while (drawn < kBatch && source.next(out[drawn])) ++drawn;
  out.resize(drawn);
  return drawn == kBatch;
}

void add(ServingSample& to, const ServingSample& other) {
  to.arrivals += other.arrivals, to.completions += other.completions;
  to.output_tokens += other.output_tokens, to.input_tokens += other.input_tokens;
  to.waiting += other.waiting, to.running += other.running;
  const double instances = to.instances + other.instances;
  if (instances > 0) to.kv_used = (to.kv_used * to.instances + other.kv_used * other.instances) / instances;
  to.instances = instances;
  to.active_nodes += other.active_nodes;
}

ServingResult joined(ServingResult entry, ServingResult answers, const std::vector<std::size_t>& entry_pools,
                     const std::vector<std::size_t>& answer_pools) {
  ServingResult out = std::move(entry);
  out.tpot.merge(answers.tpot);
  out.e2e.merge(answers.e2e);
  out.completed += answers.completed, out.counted += answers.counted, out.slo_met += answers.slo_met;
  out.output_tokens += answers.output_tokens;
  out.total_output_tokens += answers.total_output_tokens;
  out.requests_in_system += answers.requests_in_system;
  out.residence += answers.residence;
  out.leaked_blocks += answers.leaked_blocks;
  out.events += answers.events;
  out.stopped = out.stopped || answers.stopped;
  if (out.overrun == Overrun::none) out.overrun = answers.overrun;
  std::vector<PoolResult> pools(out.pools.size() + answers.pools.size());
  for (std::size_t i = 0; i < entry_pools.size(); ++i) pools[entry_pools[i]] = std::move(out.pools[i]);
  for (std::size_t i = 0; i < answer_pools.size(); ++i) pools[answer_pools[i]] = std::move(answers.pools[i]);
  out.pools = std::move(pools);
  for (std::size_t i = 0; i < std::min(out.samples.size(), answers.samples.size()); ++i) add(out.samples[i], answers.samples[i]);
  const std::size_t own = out.requests.size();
  out.requests.insert(out.requests.end(), answers.requests.begin(), answers.requests.end());
  std::inplace_merge(out.requests.begin(), out.requests.begin() + static_cast<std::ptrdiff_t>(own), out.requests.end(),
                     [](const RequestRecord& a, const RequestRecord& b) { return a.arrival + a.e2e < b.arrival + b.e2e; });
  return out;
}

ServingResult in_halves(const ServingJob& job, std::uint64_t seed, const RunControl& control, const RunBoth& both) {
  std::vector<std::size_t> entry_pools, answer_pools;
  const ServingJob entry_job = half_of(job, StagePart::entry, entry_pools),
                   answer_job = half_of(job, StagePart::answers, answer_pools);
  RequestSource source(job.workload, seed);
  ServingStage entry(entry_job, StagePart::entry, receiving_rate(job), seed), answers(answer_job, StagePart::answers, 0, seed);
  const RunControl quiet{control.stop, {}};  // one half tells the progress
  std::vector<RequestDraft> drafts, following;
  std::vector<Handover> handed;
  bool more = draw(source, following);
  for (bool last = false; !last && !control.stopped() && !entry.ended_early() && !answers.ended_early();) {
    drafts.swap(following);
    last = !more;
    both([&] { entry.run(drafts, last ? ServingStage::Follow::none : ServingStage::Follow::more, control); },
         [&] {
           answers.run(handed, ServingStage::Follow::more, quiet);
           if (!last) more = draw(source, following);
         });
    entry.take_handed_over(handed);
  }
  const bool cut_short = control.stopped();
  answers.run(handed, ServingStage::Follow::none, quiet);
  const std::int64_t end = std::max(entry.now(), answers.now()), last_end = std::max(entry.last_end(), answers.last_end());
  entry.idle_until(end);
  answers.idle_until(end);
  ServingResult out = joined(entry.result(end, last_end), answers.result(end, last_end), entry_pools, answer_pools);
  out.stopped = out.stopped || cut_short;
  return out;
}

// Seconds that the answers take, roughly and at best: every instance as full as it may be, each iteration as short as that of a
// single sequence. Zero where nobody knows how many requests there are.
double least_seconds(const ServingJob& job) {
  constexpr int kDraws = 256;
  const Workload& w = job.workload;
  double requests = static_cast<double>(w.requests);
  if (w.duration > 0) {
    if (!is_open(w.arrivals.kind)) return 0;
    const double arriving = w.duration * w.arrivals.rate;
    requests = requests > 0 ? std::min(requests, arriving) : arriving;
  }
  if (w.arrivals.kind == ArrivalKind::trace) return 0;
  const LengthSampler answers(w.output);
  RandomStream random(1, "answers by and large");
  double tokens = 0, room = 0, iteration = std::numeric_limits<double>::infinity();
  for (int i = 0; i < kDraws; ++i) tokens += answers.draw(random) / static_cast<double>(kDraws);
  for (const ServingPool& pool : job.pools) {
    if (pool.role == PoolRole::prefill) continue;
    room += static_cast<double>(pool.instances) * pool.limits.groups * pool.limits.max_sequences;
    iteration = std::min(iteration,
                         pool.iteration.seconds({.decode_sequences = 1, .decode_cached = 1}) / pool.iteration.tokens_per_step());
  }
  if (w.arrivals.kind == ArrivalKind::closed_loop) room = std::min<double>(room, w.arrivals.clients);
  return requests * tokens * iteration / room;
}

}  // namespace

std::string serving_problem(const ServingJob& job) {
  if (job.pools.empty()) return "a deployment needs at least one pool of instances";
  bool entry = false, prefill = false, decode = false;
  for (const ServingPool& pool : job.pools) {
    if (pool.instances < 1) return "pool \"" + pool.name + "\" has no instances";
    if (pool.limits.kv_blocks < 1) return "pool \"" + pool.name + "\" has no room for keys and values";
    entry = entry || pool.role != PoolRole::decode;
    prefill = prefill || pool.role == PoolRole::prefill;
    decode = decode || pool.role == PoolRole::decode;
  }
  if (!entry) return "no pool takes prompts: one must be joint or prefill";
  if (decode && !prefill) return "a decode pool needs a prefill pool";
  if (std::string why = workload_problem(job.workload); !why.empty()) return why;
  if (const double days = least_seconds(job) / kSecondsADay; days > kLongestWorkload / kSecondsADay)
    return fmt::format("the requests take {:.0f} days or more; what takes more than {:.0f} is not simulated", days,
                       kLongestWorkload / kSecondsADay);
  return {};
}

ServingResult simulate_serving(const ServingJob& job, std::uint64_t seed, const RunControl& control, const RunBoth& both) {
  check(serving_problem(job).empty(), "a serving job must be sound");
  if (splits(job)) return in_halves(job, seed, control, both);
  ServingStage stage(job, StagePart::whole, receiving_rate(job), seed);
  stage.run(control);
  return stage.result(stage.now(), stage.last_end());
}

ServingResult simulate_serving(const ServingJob& job, std::uint64_t seed, const RunControl& control) {
  return simulate_serving(job, seed, control, [](const auto& first, const auto& second) { first(), second(); });
}

}  // namespace gpufleet::sim
