// What users ask: when requests arrive and how long they are. A source hands them out one by one in order of arrival, so that a
// day of 10^8 requests needs no memory. Every draw comes from named streams of one seed.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "core/quantity.h"
#include "core/random.h"

namespace gpufleet::sim {

enum class LengthKind : std::uint8_t { fixed, uniform, lognormal, exponential, empirical };

/// Tokens of a prompt or an answer. uniform: [low, high]; lognormal: by its mean and coefficient of variation; empirical: one of
/// `values`, equally likely. Results are cut to [least, most].
struct LengthDistribution {
  LengthKind kind = LengthKind::fixed;
  double mean = 1024;
  double variation = 1;
  double low = 0, high = 0;
  std::vector<std::int32_t> values;
  std::int32_t least = 1, most = 1 << 20;
  friend bool operator==(const LengthDistribution&, const LengthDistribution&) = default;
};

/// A length drawn by `random`; lognormal parameters are worked out once.
class LengthSampler {
 public:
  explicit LengthSampler(LengthDistribution distribution);
  [[nodiscard]] std::int32_t draw(RandomStream& random) const;

 private:
  LengthDistribution distribution_;
  double mu_ = 0, sigma_ = 0;
};

/// poisson; gamma: intervals of a given coefficient of variation; mmpp: a Poisson process that alternates between a calm and a
/// busy state; closed_loop: a fixed number of clients, each sends its next request when the last is answered; burst: all at time
/// zero.
enum class ArrivalKind : std::uint8_t { poisson, gamma, mmpp, closed_loop, burst, trace };

/// Whether requests arrive at a rate of their own.
constexpr bool is_open(ArrivalKind kind) {
  return kind == ArrivalKind::poisson || kind == ArrivalKind::gamma || kind == ArrivalKind::mmpp;
}

/// How a closed loop begins: all clients at once; all at once, and their first requests are not counted; or each in the middle of
/// a request whose rest is evenly distributed, as clients that have long been at work, those first ones not counted.
enum class ClosedStart : std::uint8_t { together, warm, staggered };

struct ArrivalProcess {
  ArrivalKind kind = ArrivalKind::poisson;
  double rate = 1;                                               ///< requests per second, mean over time
  double variation = 1;                                          ///< of gamma intervals
  double busy_factor = 4, busy_seconds = 10, calm_seconds = 60;  ///< mmpp: rate when busy over calm, mean lengths of stay
  int clients = 1;                                               ///< closed loop
  ClosedStart start = ClosedStart::together;
  double think_seconds = 0;
  /// Rate by hour of the day over the mean rate, 24 values whose mean is 1; empty: constant.
  std::vector<double> hours;
  friend bool operator==(const ArrivalProcess&, const ArrivalProcess&) = default;
};

/// One request as it arrives. `blocks` name the prompt's content block by block (equal names, equal content); empty: unknown.
struct RequestDraft {
  Time arrival;
  std::int32_t prompt = 1;
  std::int32_t output = 1;
  std::int32_t cached = 0;  ///< tokens known to be in a prefix cache
  std::uint32_t session = 0;
  bool counted = true;  ///< in latencies; false for what only sets the scene
  std::vector<std::uint64_t> blocks;
};

/// Sessions of several turns: each prompt is the whole conversation so far and a new question.
struct SessionModel {
  double turns = 1;  ///< mean, geometric; 1 = single requests
  double think_seconds = 60;
  std::int32_t shared_prefix = 0;  ///< tokens of a system prompt common to all
  friend bool operator==(const SessionModel&, const SessionModel&) = default;
};

/// What a trace holds, as recorded: its speed is not applied.
struct TraceShape {
  std::uint64_t requests = 0;
  double seconds = 0;             ///< from the first to the last arrival
  double prompt = 0, output = 0;  ///< mean tokens
  std::int32_t longest = 0;       ///< tokens of a prompt and its answer
};

/// A trace that is read while it is replayed, because it may be larger than the memory.
struct TraceStream {
  /// Each call begins with the first request again; what it gives hands out requests in order of arrival, false at the end.
  std::function<std::function<bool(RequestDraft&)>()> open;
  TraceShape shape;
};

struct Workload {
  ArrivalProcess arrivals;
  LengthDistribution prompt, output;
  SessionModel sessions;
  double cached_share = 0;          ///< of prompt tokens found in a cache outside this simulation
  double duration = 0;              ///< s in which requests arrive; 0 = until `requests`
  std::uint64_t requests = 0;       ///< at most; 0 = no limit
  std::int32_t block_tokens = 512;  ///< of RequestDraft::blocks
  std::vector<RequestDraft> trace;  ///< arrivals.kind == trace; in order of time
  TraceStream stream;               ///< the same, where `trace` is empty
  double trace_speed = 1;           ///< > 1 replays it faster
  friend bool operator==(const Workload&, const Workload&) = delete;
};

/// Seconds in which requests may arrive, and which their work may take by a rough estimate. The clock of picoseconds ends after
/// 106 days, and what a workload starts ends later than it.
inline constexpr double kLongestWorkload = 30.0 * 86400;
/// Requests that may wait or be worked on at once: 0.4 GB.
inline constexpr std::uint64_t kMostAtOnce = 1 << 22;

/// Why the workload cannot be drawn, one sentence; empty = sound.
std::string workload_problem(const Workload& workload);

/// All zero where there is no trace.
TraceShape trace_shape(const Workload& workload);

/// Hands out requests in order of arrival. Holds a reference: the workload must outlive it.
class RequestSource {
 public:
  RequestSource(const Workload& workload, std::uint64_t seed);
  /// False when there are no more. Closed loop: gives one request for each call, at the time the caller sets.
  bool next(RequestDraft& out);
  /// Seconds before a closed-loop client's next request: exponential with mean think_seconds.
  [[nodiscard]] double think();

 private:
  struct Turn {
    Time arrival;
    std::uint32_t session = 0;
    std::int32_t history = 0;
  };
  [[nodiscard]] bool from_trace(RequestDraft& out);
  [[nodiscard]] double interval();
  [[nodiscard]] double clock_of(double operational) const;
  void fill(RequestDraft& out, std::int32_t history);
  void schedule_next_turn(const RequestDraft& request);

  const Workload& workload_;
  RandomStream arrivals_, prompts_, outputs_, caches_, sessions_;
  LengthSampler prompt_, output_;
  std::vector<double> hour_starts_;  ///< operational time at the start of each hour of a day
  double operational_ = 0;
  double state_left_ = 0;  ///< mmpp: operational seconds of stay left
  bool busy_ = false;
  bool pending_ = false;  ///< a first turn drawn, not handed out yet
  Time pending_at_;
  std::uint64_t given_ = 0;
  std::uint32_t next_session_ = 0;
  std::size_t trace_at_ = 0;
  std::function<bool(RequestDraft&)> stream_;
  std::vector<Turn> turns_;  ///< heap, earliest first
};

}  // namespace gpufleet::sim
