// Requests come from the stage's own source (whole), or in batches from outside (halves). Policies: instance.h, fleet_state.h.
#include "sim/serving/stage.h"

#include <algorithm>

#include "core/check.h"

namespace gpufleet::sim {

namespace {

constexpr std::uint32_t kIndexBits = 28;

std::uint32_t payload(ServingEvent kind, std::size_t index) {
  check(index < (std::size_t{1} << kIndexBits), "too many objects for an event");
  return static_cast<std::uint32_t>(kind) << kIndexBits | static_cast<std::uint32_t>(index);
}

bool any_of_role(const ServingJob& job, PoolRole role) {
  return std::ranges::any_of(job.pools, [&](const ServingPool& p) { return p.role == role; });
}

std::int64_t time_of(const RequestDraft& draft) { return draft.arrival.value(); }
std::int64_t time_of(const Handover& handover) { return handover.at.value(); }

std::vector<double> sending_rates(const ServingJob& job) {
  std::vector<double> out;
  for (const ServingPool& pool : job.pools)
    out.insert(out.end(), static_cast<std::size_t>(pool.instances), pool.transfer_bandwidth);
  return out;
}

}  // namespace

double receiving_rate(const ServingJob& job) {
  double out = 0;
  for (const ServingPool& pool : job.pools)
    if (pool.role == PoolRole::decode) out += pool.transfer_bandwidth * pool.instances;
  return out;
}

ServingStage::ServingStage(const ServingJob& job, StagePart part, double receivers, std::uint64_t seed)
    : job_(job),
      part_(part),
      fleet_(job),
      recorder_(job),
      central_(job.pools.front().limits.order),
      nothing_(QueueOrder::arrival),
      links_(sending_rates(job), receivers),
      failures_(seed, "failures"),
      warm_up_(to_time(Seconds(job.warm_up)).value()),
      decodes_apart_(any_of_role(job, PoolRole::decode)),
      names_(std::ranges::any_of(job.pools, [](const ServingPool& p) { return p.prefix.on(); })) {
  if (part == StagePart::whole) source_.emplace(job.workload, seed);
}

std::uint32_t ServingStage::after(double seconds, ServingEvent kind, std::size_t index) {
  // What lies further off than any workload lasts (a failure, say) is as good as never, and the clock has an end.
  constexpr double kNever = 30.0 * 86400;
  return queue_.push(Time(now_) + to_time(Seconds(std::min(seconds, kNever))), payload(kind, index));
}

void ServingStage::begin() {
  begun_ = true;
  const Workload& w = job_.workload;
  if (part_ == StagePart::whole) {
    if (closed() || w.arrivals.kind == ArrivalKind::burst) {
      const std::uint64_t first =
          closed() ? std::min<std::uint64_t>(static_cast<std::uint64_t>(w.arrivals.clients), w.requests) : w.requests;
      for (std::uint64_t i = 0; i < first; ++i) queue_.push(Time(0), payload(ServingEvent::client, 0));
    } else {
      draw_next();
    }
  }
  for (std::size_t p = 0; p < job_.pools.size(); ++p)
    if (job_.pools[p].autoscaler.on) {
      if (!job_.pools[p].autoscaler.hours.empty())
        scale(p);
      else
        after(job_.pools[p].autoscaler.period, ServingEvent::scale, p);
    }
  for (std::size_t i = 0; i < fleet_.instances().size(); ++i) plan_failure(i);
  if (job_.sample_period > 0) after(job_.sample_period, ServingEvent::sample, 0);
}

bool ServingStage::polled(const RunControl& control) {
  constexpr std::uint64_t kPoll = 1 << 12;  // milliseconds, whatever an event costs
  if (++events_ % kPoll != 0) return false;
  const double whole = job_.workload.duration;
  if (whole > 0) control.report(std::min(1.0, to_seconds(Time(now_)).value() / whole), "serving");
  if (now_ > to_time(Seconds(2 * kLongestWorkload)).value()) overrun_ = Overrun::time;
  if (table_.alive() > kMostAtOnce) overrun_ = Overrun::crowd;
  stopped_ = control.stopped();
  return ended_early();
}

void ServingStage::run(const RunControl& control) {
  begin();
  while (!queue_.empty() && !over() && !polled(control)) handle(queue_.pop());
}

// Events up to the last of those given, or all that follow from them; what is given comes before events of the same time.
template <class Given, class Take>
void ServingStage::go_on(const std::vector<Given>& given, Follow follow, const RunControl& control, Take&& take) {
  if (!begun_) begin();
  if (ended_early()) return;
  for (const Given& each : given) {
    const std::int64_t at = time_of(each);
    while (!queue_.empty() && queue_.next_time().value() < at) {
      handle(queue_.pop());
      if (polled(control)) return;
    }
    now_ = at;
    recorder_.advance(table_.alive(), now_);
    take(each);
    if (polled(control)) return;
  }
  if (follow == Follow::more) return;
  exhausted_ = true;
  while (!queue_.empty() && !over() && !polled(control)) handle(queue_.pop());
}

void ServingStage::run(const std::vector<RequestDraft>& drafts, Follow follow, const RunControl& control) {
  go_on(drafts, follow, control, [&](const RequestDraft& draft) { admit(draft); });
}

void ServingStage::run(const std::vector<Handover>& handovers, Follow follow, const RunControl& control) {
  go_on(handovers, follow, control, [&](const Handover& given) {
    const Slot32 slot = table_.take();
    table_[slot] = given.request;
    decode(slot);
  });
}

void ServingStage::idle_until(std::int64_t time) {
  while (!ended_early() && !queue_.empty() && queue_.next_time().value() <= time) handle(queue_.pop());
}

ServingResult ServingStage::result(std::int64_t end, std::int64_t last_end) {
  ServingResult out = recorder_.result(fleet_, table_, end, last_end);
  out.events = events_;
  out.stopped = stopped_;
  out.overrun = overrun_;
  return out;
}

void ServingStage::handle(const Event& event) {
  const std::size_t index = event.payload & ((1U << kIndexBits) - 1);
  now_ = event.time.value();
  recorder_.advance(table_.alive(), now_);
  switch (static_cast<ServingEvent>(event.payload >> kIndexBits)) {
    case ServingEvent::arrival: return arrive();
    case ServingEvent::iteration: return finish_iteration(index, event.sequence);
    case ServingEvent::transfer: return transferred(static_cast<Slot32>(index));
    case ServingEvent::client:
      if (!source_->next(draft_)) {
        exhausted_ = true;
        return;
      }
      draft_.arrival = Time(now_);
      return admit(draft_);
    case ServingEvent::scale: return scale(index);
    case ServingEvent::started:
      if (fleet_.at(index).service == Service::starting) fleet_.begin_service(index, now_);
      return wake_idle();
    case ServingEvent::failure: return fail(index);
    case ServingEvent::repair: return repair(index);
    case ServingEvent::links: return sent(event.sequence);
    case ServingEvent::sample:
      recorder_.sample(fleet_, central_.size(), now_);
      after(job_.sample_period, ServingEvent::sample, 0);
      return;
  }
}

void ServingStage::draw_next() {
  if (source_->next(draft_))
    queue_.push(std::max(draft_.arrival, Time(now_)), payload(ServingEvent::arrival, 0));
  else
    exhausted_ = true;
}

void ServingStage::arrive() {
  admit(draft_);
  draw_next();
}

// The drafted request becomes an object of its own.
void ServingStage::admit(const RequestDraft& draft) {
  const Slot32 slot = table_.take();
  Request& request = table_[slot];
  request.arrival = draft.arrival.value();
  request.first = -1;
  request.prompt = request.asked = draft.prompt;
  request.output = request.answer = draft.output;
  request.cached = std::min(draft.cached, draft.prompt - 1);
  request.done = request.cached;
  request.blocks = 0;
  request.session = draft.session;
  request.state = RequestState::waiting;
  request.counted = draft.counted && draft.arrival.value() >= warm_up_ ? 1 : 0;
  if (names_) table_.names[slot].assign(draft.blocks.begin(), draft.blocks.end());
  recorder_.arrived(now_);
  place(slot);
}

void ServingStage::place(Slot32 slot) {
  const int i = fleet_.route(table_, slot, false);
  const std::size_t any = i < 0 ? 0 : static_cast<std::size_t>(i);
  if (!fleet_.at(any).work.fits(table_[slot].prompt, table_[slot].output)) {
    recorder_.refused();
    table_.release(slot);
    if (closed()) after(source_->think(), ServingEvent::client, 0);
    return;
  }
  if (i < 0) {
    if (job_.router != RouterPolicy::central) return homeless_.push_back(slot);
    central_.push(slot, table_[slot].prompt - table_[slot].cached);
    return wake_idle();
  }
  table_[slot].instance = static_cast<std::uint32_t>(i);
  fleet_.at(any).work.enqueue(table_, slot);
  fleet_.note(any);
  if (!fleet_.at(any).work.busy()) start(any);
}

void ServingStage::wake_idle() {
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

void ServingStage::start(std::size_t i) {
  InstanceState& state = fleet_.at(i);
  const bool takes_new = state.service == Service::on && fleet_.pool_of(i).role != PoolRole::decode;
  const double seconds = state.work.start(table_, takes_new ? central_ : nothing_);
  fleet_.note(i);
  if (seconds < 0) {
    if (state.service == Service::draining && state.work.idle_and_empty()) fleet_.end_service(i, now_, Service::off);
    return;
  }
  state.began = now_;
  state.expected = after(seconds, ServingEvent::iteration, i);
}

void ServingStage::finish_iteration(std::size_t i, std::uint32_t sequence) {
  InstanceState& state = fleet_.at(i);
  if (!state.work.busy() || state.expected != sequence) return;  // it failed meanwhile
  state.busy += now_ - state.began;
  outcome_.clear();
  const auto batch = static_cast<double>(state.work.running());
  recorder_.iteration(static_cast<std::size_t>(state.pool), state.work, batch, now_ - state.began);
  state.filled += state.work.full_batch_seconds();
  state.work.finish(table_, outcome_);
  fleet_.note(i);
  recorder_.tokens(outcome_, now_);
  for (const Slot32 slot : outcome_.first_tokens) {
    if (table_[slot].first >= 0) continue;  // computed again after a preemption
    table_[slot].first = now_;
    recorder_.first_token(table_, slot, now_);
  }
  for (const Slot32 slot : outcome_.prefilled) send(i, slot);
  if (!outcome_.prefilled.empty()) {
    links_.share(now_);
    watch_links();
  }
  for (const Slot32 slot : outcome_.ended) end_request(slot);
  start(i);
}

// Keys and values leave over the instance's adapters, beside those that are already on their way.
void ServingStage::send(std::size_t i, Slot32 slot) {
  InstanceState& state = fleet_.at(i);
  if (table_[slot].output == 0 || !hands_over()) {
    state.work.release_blocks(table_, slot);
    return end_request(slot);
  }
  const ServingPool& pool = fleet_.pool_of(i);
  const double bytes = (1 - pool.hidden_transfer) * table_[slot].prompt * pool.kv_bytes_per_token;
  if (pool.transfer_bandwidth <= 0 || bytes <= 0) {
    after(pool.transfer_latency, ServingEvent::transfer, slot);
    return;
  }
  links_.start(i, slot, bytes, now_);
}

void ServingStage::watch_links() {
  const std::int64_t end = links_.next_end();
  if (end < 0 || end == link_end_) return;
  link_end_ = end;
  link_event_ = queue_.push(Time(end), payload(ServingEvent::links, 0));
}

void ServingStage::sent(std::uint32_t sequence) {
  if (link_end_ < 0 || sequence != link_event_) return;  // a later start put the end off or brought one forward
  link_end_ = -1;
  arrived_.clear();
  links_.finish(now_, arrived_);
  for (const Slot32 slot : arrived_) after(fleet_.pool_of(table_[slot].instance).transfer_latency, ServingEvent::transfer, slot);
  watch_links();
}

void ServingStage::transferred(Slot32 slot) {
  Request& request = table_[slot];
  if (request.state == RequestState::transferring) {
    InstanceState& from = fleet_.at(request.instance);
    from.work.release_blocks(table_, slot);
    if (!from.work.busy()) start(request.instance);
    if (part_ == StagePart::entry) {
      handed_over_.push_back({Time(now_), request});
      return table_.release(slot);
    }
  }
  decode(slot);
}

void ServingStage::decode(Slot32 slot) {
  const int to = fleet_.route(table_, slot, true);
  table_[slot].state = RequestState::waiting;
  if (to < 0) {  // no decode instance in service: tried again when one comes back
    after(1.0, ServingEvent::transfer, slot);
    return;
  }
  table_[slot].instance = static_cast<std::uint32_t>(to);
  InstanceState& state = fleet_.at(static_cast<std::size_t>(to));
  state.work.enqueue(table_, slot);
  fleet_.note(static_cast<std::size_t>(to));
  if (!state.work.busy()) start(static_cast<std::size_t>(to));
}

void ServingStage::end_request(Slot32 slot) {
  recorder_.ended(table_, slot, now_);
  table_.release(slot);
  if (closed()) after(source_->think(), ServingEvent::client, 0);
}

}  // namespace gpufleet::sim
