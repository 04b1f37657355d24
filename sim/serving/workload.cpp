// A rate that follows the time of day is a constant-rate process on an operational clock that runs as fast as the rate (time
// change of a point process; Daley & Vere-Jones, ch. 7). MMPP: Fischer & Meier-Hellstern 1993.
#include "sim/serving/workload.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "core/check.h"

namespace gpufleet::sim {
namespace {

constexpr double kHour = 3600, kDay = 24 * kHour;

bool later(const Time a, const Time b) { return a > b; }

double busy_share(const ArrivalProcess& a) { return a.busy_seconds / (a.busy_seconds + a.calm_seconds); }

}  // namespace

LengthSampler::LengthSampler(LengthDistribution distribution) : distribution_(std::move(distribution)) {
  const double v = distribution_.variation;
  sigma_ = std::sqrt(std::log1p(v * v));
  mu_ = std::log(std::max(distribution_.mean, 1e-9)) - 0.5 * sigma_ * sigma_;
}

std::int32_t LengthSampler::draw(RandomStream& random) const {
  const LengthDistribution& l = distribution_;
  double x = l.mean;
  switch (l.kind) {
    case LengthKind::fixed: break;
    case LengthKind::uniform: x = l.low + std::floor(random.uniform() * (l.high - l.low + 1)); break;
    case LengthKind::lognormal: x = std::exp(mu_ + sigma_ * random.normal()); break;
    case LengthKind::exponential: x = l.mean * random.exponential(); break;
    case LengthKind::empirical: x = l.values[random.below(l.values.size())]; break;
  }
  return static_cast<std::int32_t>(std::clamp(std::round(x), static_cast<double>(l.least), static_cast<double>(l.most)));
}

std::string workload_problem(const Workload& w) {
  const auto bad = [](const LengthDistribution& l) {
    return l.least < 1 || l.most < l.least || (l.kind == LengthKind::empirical && l.values.empty()) ||
           (l.kind == LengthKind::uniform && l.high < l.low);
  };
  const ArrivalProcess& a = w.arrivals;
  if (a.kind == ArrivalKind::trace) return w.trace.empty() && !w.stream.open ? "the trace holds no requests" : "";
  if (bad(w.prompt) || bad(w.output)) return "a length distribution is empty or its bounds cross";
  if (w.duration <= 0 && w.requests == 0) return "either a duration or a number of requests must end the workload";
  const bool open = is_open(a.kind);
  if (open && !(a.rate > 0)) return "the arrival rate must be positive";
  if (a.kind == ArrivalKind::closed_loop && (a.clients < 1 || w.requests == 0))
    return "a closed loop needs clients and a number of requests";
  if (a.kind == ArrivalKind::burst && w.requests == 0) return "a burst needs a number of requests";
  if (a.kind == ArrivalKind::burst && w.requests > kMostAtOnce) return "a burst of more than 4,194,304 requests is not simulated";
  if (!a.hours.empty() && a.hours.size() != 24) return "a day has 24 hours";
  if (!a.hours.empty() && !(std::accumulate(a.hours.begin(), a.hours.end(), 0.0) > 0)) return "a day without any request";
  if (a.kind == ArrivalKind::mmpp && !(a.busy_seconds > 0 && a.calm_seconds > 0))
    return "busy and calm states last longer than no time";
  if (open && w.duration <= 0 && static_cast<double>(w.requests) / a.rate > kLongestWorkload)
    return "at this rate the requests take more than 30 days, which is the most that is simulated";
  return "";
}

TraceShape trace_shape(const Workload& w) {
  if (w.trace.empty()) return w.stream.shape;
  TraceShape out{.requests = w.trace.size()};
  for (const RequestDraft& request : w.trace) {
    out.prompt += request.prompt;
    out.output += request.output;
    out.longest = std::max(out.longest, request.prompt + request.output);
  }
  out.prompt /= static_cast<double>(out.requests);
  out.output /= static_cast<double>(out.requests);
  out.seconds = to_seconds(w.trace.back().arrival - w.trace.front().arrival).value();
  return out;
}

RequestSource::RequestSource(const Workload& workload, std::uint64_t seed)
    : workload_(workload),
      arrivals_(seed, "arrivals"),
      prompts_(seed, "prompts"),
      outputs_(seed, "outputs"),
      caches_(seed, "caches"),
      sessions_(seed, "sessions"),
      prompt_(workload.prompt),
      output_(workload.output) {
  check(workload_problem(workload).empty(), "a workload must be sound");
  if (workload.arrivals.kind == ArrivalKind::trace && workload.trace.empty()) stream_ = workload.stream.open();
  double total = 0;
  for (const double factor : workload.arrivals.hours) {
    hour_starts_.push_back(total);
    total += factor * kHour;
  }
  if (!hour_starts_.empty()) hour_starts_.push_back(total);
}

// Operational seconds (at the mean rate) to seconds of the day.
double RequestSource::clock_of(double operational) const {
  if (hour_starts_.empty()) return operational;
  const double day = hour_starts_.back(), days = std::floor(operational / day), rest = operational - days * day;
  const auto after = std::upper_bound(hour_starts_.begin(), hour_starts_.end(), rest);
  const auto hour = std::min<std::size_t>(23, static_cast<std::size_t>(after - hour_starts_.begin()) - 1);
  const double factor = std::max(workload_.arrivals.hours[hour], 1e-12);
  return days * kDay + static_cast<double>(hour) * kHour + (rest - hour_starts_[hour]) / factor;
}

// Seconds at the mean rate until the next arrival.
double RequestSource::think() { return workload_.arrivals.think_seconds * sessions_.exponential(); }

double RequestSource::interval() {
  const ArrivalProcess& a = workload_.arrivals;
  if (a.kind == ArrivalKind::gamma) {
    const double shape = 1 / (a.variation * a.variation);
    return arrivals_.gamma(shape) / (shape * a.rate);
  }
  if (a.kind == ArrivalKind::poisson) return arrivals_.exponential() / a.rate;
  // Calm and busy rates whose time average is the asked rate.
  const double calm = a.rate / (1 + busy_share(a) * (a.busy_factor - 1)), fast = calm * a.busy_factor;
  double waited = 0, left = arrivals_.exponential();
  while (true) {
    if (state_left_ <= 0) {
      busy_ = !busy_;
      state_left_ = arrivals_.exponential() * (busy_ ? a.busy_seconds : a.calm_seconds);
    }
    const double rate = busy_ ? fast : calm;
    if (left <= rate * state_left_) {
      state_left_ -= left / rate;
      return waited + left / rate;
    }
    left -= rate * state_left_;
    waited += state_left_;
    state_left_ = 0;
  }
}

void RequestSource::fill(RequestDraft& out, std::int32_t history) {
  const std::int64_t prompt = std::int64_t{history} + prompt_.draw(prompts_);
  out.prompt = static_cast<std::int32_t>(std::min<std::int64_t>(prompt, std::max(workload_.prompt.most, history + 1)));
  out.output = output_.draw(outputs_);
  out.cached = 0;
  if (workload_.cached_share > 0) {
    // u^a with a = 1/share - 1 has mean `share` on [0, 1].
    const double part = std::pow(caches_.uniform(), 1 / workload_.cached_share - 1);
    out.cached = std::min(out.prompt - 1, static_cast<std::int32_t>(part * out.prompt));
  }
  out.blocks.clear();
  if (workload_.sessions.turns > 1 || workload_.sessions.shared_prefix > 0) {
    const std::int32_t whole = out.prompt / workload_.block_tokens;
    const std::int32_t common = workload_.sessions.shared_prefix / workload_.block_tokens;
    for (std::int32_t i = 0; i < whole; ++i) {
      const std::uint64_t owner = i < common ? 0 : std::uint64_t{out.session} + 1;
      out.blocks.push_back(owner << 24 | static_cast<std::uint64_t>(i));
    }
  }
}

void RequestSource::schedule_next_turn(const RequestDraft& request) {
  const SessionModel& s = workload_.sessions;
  if (s.turns <= 1 || sessions_.uniform() >= 1 - 1 / s.turns) return;
  const Time at = request.arrival + to_time(Seconds(std::min(s.think_seconds * sessions_.exponential(), kLongestWorkload)));
  turns_.push_back({at, request.session, request.prompt + request.output});
  std::push_heap(turns_.begin(), turns_.end(), [](const Turn& a, const Turn& b) { return later(a.arrival, b.arrival); });
}

bool RequestSource::from_trace(RequestDraft& out) {
  if (stream_) {
    if (!stream_(out)) return false;
  } else {
    if (trace_at_ >= workload_.trace.size()) return false;
    out = workload_.trace[trace_at_++];
  }
  out.arrival = Time(static_cast<std::int64_t>(static_cast<double>(out.arrival.value()) / workload_.trace_speed));
  return workload_.duration <= 0 || to_seconds(out.arrival).value() <= workload_.duration;
}

bool RequestSource::next(RequestDraft& out) {
  if (workload_.requests > 0 && given_ >= workload_.requests) return false;
  const ArrivalKind kind = workload_.arrivals.kind;
  if (kind == ArrivalKind::trace) {
    if (!from_trace(out)) return false;
    ++given_;
    return true;
  }
  if (kind == ArrivalKind::closed_loop || kind == ArrivalKind::burst) {
    out.arrival = Time(0);
    out.session = next_session_++;
    fill(out, 0);
    const auto clients = static_cast<std::uint64_t>(workload_.arrivals.clients);
    out.counted = workload_.arrivals.start == ClosedStart::together || given_ >= clients;
    if (!out.counted && workload_.arrivals.start == ClosedStart::staggered)
      out.output = std::max(1, static_cast<std::int32_t>(std::ceil(out.output * sessions_.uniform())));
    ++given_;
    return true;
  }
  if (!pending_) {
    operational_ += interval();
    pending_at_ = to_time(Seconds(std::min(clock_of(operational_), 2 * kLongestWorkload)));
    pending_ = true;
  }
  const bool follow_up = !turns_.empty() && turns_.front().arrival <= pending_at_;
  std::int32_t history = 0;
  if (follow_up) {
    std::pop_heap(turns_.begin(), turns_.end(), [](const Turn& a, const Turn& b) { return later(a.arrival, b.arrival); });
    out.arrival = turns_.back().arrival;
    out.session = turns_.back().session;
    history = turns_.back().history;
    turns_.pop_back();
  } else {
    out.arrival = pending_at_;
    out.session = next_session_++;
    history = workload_.sessions.shared_prefix;
    pending_ = false;
  }
  if (workload_.duration > 0 && to_seconds(out.arrival).value() > workload_.duration) return false;
  fill(out, history);
  schedule_next_turn(out);
  ++given_;
  return true;
}

}  // namespace gpufleet::sim
