#include "sim/serving/simulate.h"

#include <algorithm>
#include <cmath>

#include "core/check.h"
#include "sim/engine/event_queue.h"
#include "sim/serving/fleet_state.h"
#include "sim/serving/recorder.h"

namespace gpufleet::sim {
namespace {

enum class EventKind : std::uint32_t { arrival, iteration, transfer, client, scale, started, failure, repair, sample };
constexpr std::uint32_t kIndexBits = 28;

std::uint32_t payload(EventKind kind, std::size_t index) {
  check(index < (std::size_t{1} << kIndexBits), "too many objects for an event");
  return static_cast<std::uint32_t>(kind) << kIndexBits | static_cast<std::uint32_t>(index);
}

class Simulation {
 public:
  Simulation(const ServingJob& job, std::uint64_t seed)
      : job_(job),
        source_(job.workload, seed),
        fleet_(job),
        recorder_(job),
        central_(job.pools.front().limits.order),
        nothing_(QueueOrder::arrival),
        failures_(seed, "failures"),
        warm_up_(to_time(Seconds(job.warm_up)).value()) {}

  ServingResult run(const RunControl& control);

 private:
  void begin();
  void handle(const Event& event);
  void arrive();
  void admit(Slot32 slot);
  void place(Slot32 slot);
  void start(std::size_t i);
  void wake_idle();
  void finish_iteration(std::size_t i, std::uint32_t sequence);
  void send(std::size_t i, Slot32 slot);
  void transferred(Slot32 slot);
  void end_request(Slot32 slot);
  void scale(std::size_t pool);
  void fail(std::size_t i);
  void repair(std::size_t i);
  void plan_failure(std::size_t i);
  [[nodiscard]] bool has_decode_pool() const {
    return std::ranges::any_of(job_.pools, [](const ServingPool& p) { return p.role == PoolRole::decode; });
  }
  std::uint32_t after(double seconds, EventKind kind, std::size_t index) {
    return queue_.push(queue_.now() + to_time(Seconds(seconds)), payload(kind, index));
  }
  [[nodiscard]] std::int64_t now() const { return queue_.now().value(); }
  [[nodiscard]] bool closed() const { return job_.workload.arrivals.kind == ArrivalKind::closed_loop; }
  [[nodiscard]] bool over() const { return exhausted_ && table_.alive() == 0; }

  const ServingJob& job_;
  EventQueue queue_;
  RequestSource source_;
  RequestTable table_;
  FleetState fleet_;
  Recorder recorder_;
  WaitQueue central_, nothing_;
  RandomStream failures_;
  RequestDraft draft_;
  IterationOutcome outcome_;
  std::vector<Slot32> lost_, homeless_;
  std::int64_t warm_up_ = 0;
  bool exhausted_ = false;
};

void Simulation::begin() {
  const Workload& w = job_.workload;
  if (closed() || w.arrivals.kind == ArrivalKind::burst) {
    const std::uint64_t first =
        closed() ? std::min<std::uint64_t>(static_cast<std::uint64_t>(w.arrivals.clients), w.requests) : w.requests;
    for (std::uint64_t i = 0; i < first; ++i) queue_.push(Time(0), payload(EventKind::client, 0));
  } else if (source_.next(draft_)) {
    queue_.push(draft_.arrival, payload(EventKind::arrival, 0));
  } else {
    exhausted_ = true;
  }
  for (std::size_t p = 0; p < job_.pools.size(); ++p)
    if (job_.pools[p].autoscaler.on) {
      if (!job_.pools[p].autoscaler.hours.empty())
        scale(p);
      else
        after(job_.pools[p].autoscaler.period, EventKind::scale, p);
    }
  for (std::size_t i = 0; i < fleet_.instances().size(); ++i) plan_failure(i);
  if (job_.sample_period > 0) after(job_.sample_period, EventKind::sample, 0);
}

ServingResult Simulation::run(const RunControl& control) {
  begin();
  constexpr std::uint64_t kPoll = 1 << 16;
  std::uint64_t events = 0;
  const double whole = job_.workload.duration;
  while (!queue_.empty() && !over()) {
    handle(queue_.pop());
    if (++events % kPoll == 0) {
      if (control.stopped()) break;
      if (whole > 0) control.report(std::min(1.0, to_seconds(queue_.now()).value() / whole), "serving");
    }
  }
  ServingResult out = recorder_.result(fleet_, table_, now());
  out.events = events;
  out.stopped = control.stopped();
  return out;
}

void Simulation::handle(const Event& event) {
  const std::size_t index = event.payload & ((1U << kIndexBits) - 1);
  recorder_.advance(table_.alive(), now());
  switch (static_cast<EventKind>(event.payload >> kIndexBits)) {
    case EventKind::arrival: return arrive();
    case EventKind::iteration: return finish_iteration(index, event.sequence);
    case EventKind::transfer: return transferred(static_cast<Slot32>(index));
    case EventKind::client:
      if (!source_.next(draft_)) {
        exhausted_ = true;
        return;
      }
      draft_.arrival = queue_.now();
      {
        const Slot32 slot = table_.take();
        admit(slot);
      }
      return;
    case EventKind::scale: return scale(index);
    case EventKind::started:
      if (fleet_.at(index).service == Service::starting) fleet_.begin_service(index, now());
      wake_idle();
      return;
    case EventKind::failure: return fail(index);
    case EventKind::repair: return repair(index);
    case EventKind::sample:
      recorder_.sample(fleet_, central_.size(), now());
      after(job_.sample_period, EventKind::sample, 0);
      return;
  }
}

void Simulation::arrive() {
  const Slot32 slot = table_.take();
  admit(slot);
  if (source_.next(draft_))
    queue_.push(std::max(draft_.arrival, queue_.now()), payload(EventKind::arrival, 0));
  else
    exhausted_ = true;
}

// The drafted request becomes an object of its own.
void Simulation::admit(Slot32 slot) {
  table_.arrival[slot] = draft_.arrival.value();
  table_.first[slot] = -1;
  table_.prompt[slot] = table_.asked[slot] = draft_.prompt;
  table_.output[slot] = table_.answer[slot] = draft_.output;
  table_.cached[slot] = std::min(draft_.cached, draft_.prompt - 1);
  table_.done[slot] = table_.cached[slot];
  table_.blocks[slot] = 0;
  table_.session[slot] = draft_.session;
  table_.state[slot] = RequestState::waiting;
  table_.counted[slot] = draft_.counted && draft_.arrival.value() >= warm_up_ ? 1 : 0;
  if (draft_.blocks.empty())
    table_.names[slot].clear();
  else
    table_.names[slot].assign(draft_.blocks.begin(), draft_.blocks.end());
  recorder_.arrived(now());
  place(slot);
}

void Simulation::place(Slot32 slot) {
  const int i = fleet_.route(table_, slot, false);
  const ServingPool& pool = i < 0 ? job_.pools.front() : fleet_.pool_of(static_cast<std::size_t>(i));
  const std::size_t any = i < 0 ? 0 : static_cast<std::size_t>(i);
  if (!fleet_.at(any).work.fits(table_.prompt[slot], table_.output[slot])) {
    recorder_.refused();
    table_.release(slot);
    if (closed()) after(source_.think(), EventKind::client, 0);
    return;
  }
  if (i < 0) {
    if (job_.router != RouterPolicy::central) return homeless_.push_back(slot);
    central_.push(slot, table_.prompt[slot] - table_.cached[slot]);
    return wake_idle();
  }
  (void)pool;
  table_.instance[slot] = static_cast<std::uint32_t>(i);
  fleet_.at(any).work.enqueue(table_, slot);
  fleet_.note(any);
  if (!fleet_.at(any).work.busy()) start(any);
}

void Simulation::wake_idle() {
  while (!homeless_.empty()) {
    const Slot32 slot = homeless_.back();
    if (fleet_.route(table_, slot, false) < 0) break;
    homeless_.pop_back();
    place(slot);
  }
  if (central_.empty()) return;
  for (std::size_t i = 0; i < fleet_.instances().size() && !central_.empty(); ++i)
    if (fleet_.at(i).service == Service::on && !fleet_.at(i).work.busy() && fleet_.pool_of(i).role != PoolRole::decode) start(i);
}

void Simulation::start(std::size_t i) {
  InstanceState& state = fleet_.at(i);
  const bool takes_new = state.service == Service::on && fleet_.pool_of(i).role != PoolRole::decode;
  const double seconds = state.work.start(table_, takes_new ? central_ : nothing_);
  fleet_.note(i);
  if (seconds < 0) {
    if (state.service == Service::draining && state.work.idle_and_empty()) fleet_.end_service(i, now(), Service::off);
    return;
  }
  state.began = now();
  state.expected = after(seconds, EventKind::iteration, i);
}

void Simulation::finish_iteration(std::size_t i, std::uint32_t sequence) {
  InstanceState& state = fleet_.at(i);
  if (!state.work.busy() || state.expected != sequence) return;  // it failed meanwhile
  state.busy += now() - state.began;
  outcome_.clear();
  const auto batch = static_cast<double>(state.work.running());
  recorder_.iteration(static_cast<std::size_t>(state.pool), state.work, batch, now() - state.began);
  state.work.finish(table_, outcome_);
  fleet_.note(i);
  recorder_.tokens(outcome_, now());
  const InstanceLimits& limits = fleet_.pool_of(i).limits;
  state.filled += static_cast<double>(now() - state.began) * static_cast<double>(outcome_.prefill_tokens) /
                  (static_cast<double>(limits.max_batched_tokens) * limits.groups);
  for (const Slot32 slot : outcome_.first_tokens) {
    if (table_.first[slot] >= 0) continue;  // computed again after a preemption
    table_.first[slot] = now();
    recorder_.first_token(table_, slot, now());
  }
  for (const Slot32 slot : outcome_.prefilled) send(i, slot);
  for (const Slot32 slot : outcome_.ended) end_request(slot);
  start(i);
}

// Keys and values leave over the instance's link, one request after the other.
void Simulation::send(std::size_t i, Slot32 slot) {
  InstanceState& state = fleet_.at(i);
  if (table_.output[slot] == 0 || !has_decode_pool()) {
    state.work.release_blocks(table_, slot);
    return end_request(slot);
  }
  const ServingPool& pool = fleet_.pool_of(i);
  double seconds = 0;
  if (pool.transfer_bandwidth > 0)
    seconds = (1 - pool.hidden_transfer) * table_.prompt[slot] * pool.kv_bytes_per_token / pool.transfer_bandwidth;
  state.link_free = std::max(state.link_free, now()) + to_time(Seconds(seconds)).value();
  const Time arrival = Time(state.link_free) + to_time(Seconds(pool.transfer_latency));
  queue_.push(arrival, payload(EventKind::transfer, slot));
}

void Simulation::transferred(Slot32 slot) {
  InstanceState& from = fleet_.at(table_.instance[slot]);
  from.work.release_blocks(table_, slot);
  if (!from.work.busy()) start(table_.instance[slot]);
  const int to = fleet_.route(table_, slot, true);
  if (to < 0) {  // no decode instance in service: tried again when one comes back
    after(1.0, EventKind::transfer, slot);
    return;
  }
  table_.instance[slot] = static_cast<std::uint32_t>(to);
  table_.state[slot] = RequestState::waiting;
  InstanceState& state = fleet_.at(static_cast<std::size_t>(to));
  state.work.enqueue(table_, slot);
  fleet_.note(static_cast<std::size_t>(to));
  if (!state.work.busy()) start(static_cast<std::size_t>(to));
}

void Simulation::end_request(Slot32 slot) {
  recorder_.ended(table_, slot, now());
  table_.release(slot);
  if (closed()) after(source_.think(), EventKind::client, 0);
}

void Simulation::scale(std::size_t pool) {
  const ServingPool& p = job_.pools[pool];
  const Autoscaler& scaler = p.autoscaler;
  int wanted = 0;
  if (!scaler.hours.empty()) {
    const auto hour = static_cast<std::size_t>(to_seconds(queue_.now()).value() / 3600 + 1e-9) % scaler.hours.size();
    wanted = scaler.hours[hour];
  } else {
    // What the instances in service did since the last look, and how full their memory or batch is now.
    double used = 0, serving = 0;
    for (std::size_t i = fleet_.first_of(pool); i < fleet_.last_of(pool); ++i) {
      InstanceState& state = fleet_.at(i);
      // Busy time weighted by how full the batches were: an instance that is busy with small batches has room left.
      const double done = (state.filled - state.filled_at_scale) / kPicosecondsPerSecond / scaler.period;
      state.filled_at_scale = state.filled;
      if (state.service != Service::on) continue;
      ++serving;
      const double room = static_cast<double>(state.work.used_blocks()) /
                          static_cast<double>(std::max<std::int64_t>(1, state.work.total_blocks()));
      const double batch = static_cast<double>(state.work.running() + static_cast<std::int64_t>(state.work.waiting())) /
                           (static_cast<double>(p.limits.max_sequences) * p.limits.groups);
      used += p.role == PoolRole::decode ? std::max(room, batch) : std::max(done, room);
    }
    wanted = static_cast<int>(std::ceil(used / scaler.target));
    if (serving > 0 && wanted < serving && used > scaler.target * (serving - 1) * 0.98) wanted = static_cast<int>(serving);
  }
  wanted = std::clamp(wanted, std::min(scaler.least, p.instances), p.instances);
  for (const std::size_t i : fleet_.scale(pool, wanted, now())) after(scaler.start_seconds, EventKind::started, i);
  after(scaler.hours.empty() ? scaler.period : 3600.0, EventKind::scale, pool);
}

void Simulation::plan_failure(std::size_t i) {
  const double mean = fleet_.pool_of(i).failures.mean_time_between;
  if (mean > 0) after(mean * failures_.exponential(), EventKind::failure, i);
}

void Simulation::fail(std::size_t i) {
  InstanceState& state = fleet_.at(i);
  if (state.service != Service::on && state.service != Service::draining) return plan_failure(i);
  recorder_.failure(static_cast<std::size_t>(state.pool));
  if (state.work.busy()) state.busy += now() - state.began;
  lost_.clear();
  state.work.fail(table_, lost_);
  state.service = Service::down;
  fleet_.note(i);
  after(fleet_.pool_of(i).failures.repair, EventKind::repair, i);
  // Keys and values on their way out of a failed prefill instance arrive; everything else starts again.
  const std::vector<Slot32> again = lost_;
  for (const Slot32 slot : again) place(slot);
}

void Simulation::repair(std::size_t i) {
  fleet_.begin_service(i, now());
  plan_failure(i);
  wake_idle();
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
  return workload_problem(job.workload);
}

ServingResult simulate_serving(const ServingJob& job, std::uint64_t seed, const RunControl& control) {
  check(serving_problem(job).empty(), "a serving job must be sound");
  return Simulation(job, seed).run(control);
}

}  // namespace gpufleet::sim
