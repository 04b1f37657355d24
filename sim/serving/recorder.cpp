#include "sim/serving/recorder.h"

#include <algorithm>
#include <limits>

namespace gpufleet::sim {
namespace {

double seconds(std::int64_t picoseconds) { return static_cast<double>(picoseconds) / kPicosecondsPerSecond; }

}  // namespace

Recorder::Recorder(const ServingJob& job) : job_(job), sums_(job.pools.size()) {
  warm_up_ = to_time(Seconds(job.warm_up)).value();
  horizon_ = job.horizon > 0 ? to_time(Seconds(job.horizon)).value() : std::numeric_limits<std::int64_t>::max();
  for (const ServingPool& pool : job.pools) out_.pools.push_back({.name = pool.name});
}

void Recorder::arrived(std::int64_t) {
  ++out_.arrived;
  ++since_.arrivals;
}

void Recorder::first_token(const RequestTable& table, Slot32 slot, std::int64_t now) {
  const double input = table[slot].asked, cached = table[slot].cached;
  out_.total_input_tokens += input;
  since_.input_tokens += input;
  if (in_window(now)) {
    out_.input_tokens += input;
    out_.cached_tokens += cached;
  }
  if (table[slot].counted == 0) return;
  out_.ttft.add(seconds(now - table[slot].arrival) + job_.pools.front().request_overhead);
}

void Recorder::ended(const RequestTable& table, Slot32 slot, std::int64_t now) {
  ++out_.completed;
  ++since_.completions;
  last_end_ = now;
  const double e2e = seconds(now - table[slot].arrival);
  out_.residence += e2e;
  if (table[slot].counted == 0) return;
  ++out_.counted;
  const double overhead = job_.pools.front().request_overhead;
  const double ttft = seconds(table[slot].first - table[slot].arrival) + overhead;
  const double rest = static_cast<double>(table[slot].answer - 1);
  const double tpot = rest > 0 ? seconds(now - table[slot].first) / rest : 0.0;
  if (rest > 0) out_.tpot.add(tpot);
  out_.e2e.add(e2e + overhead);
  const Slo& slo = job_.slo;
  const bool met =
      (slo.ttft <= 0 || ttft <= slo.ttft) && (slo.tpot <= 0 || tpot <= slo.tpot) && (slo.e2e <= 0 || e2e + overhead <= slo.e2e);
  if (met) ++out_.slo_met;
  if (job_.keep_requests)
    out_.requests.push_back(
        {seconds(table[slot].arrival), ttft, e2e + overhead, tpot, table[slot].asked, table[slot].cached, table[slot].answer});
}

void Recorder::tokens(const IterationOutcome& outcome, std::int64_t now) {
  const auto count = static_cast<double>(outcome.output_tokens);
  out_.total_output_tokens += count;
  since_.output_tokens += count;
  if (in_window(now)) out_.output_tokens += count;
}

void Recorder::iteration(std::size_t pool, const Instance& instance, double batch, std::int64_t length) {
  PoolSums& sums = sums_[pool];
  const double share =
      static_cast<double>(instance.used_blocks()) / static_cast<double>(std::max<std::int64_t>(1, instance.total_blocks()));
  const auto weight = static_cast<double>(length);
  sums.time += weight;
  sums.kv += share * weight;
  sums.batch += batch * weight;
  sums.peak = std::max(sums.peak, share);
}

void Recorder::sample(const FleetState& fleet, std::size_t central, std::int64_t now) {
  ServingSample point = since_;
  point.time = seconds(now);
  const double period = job_.sample_period;
  point.arrivals /= period, point.completions /= period, point.output_tokens /= period, point.input_tokens /= period;
  point.waiting = static_cast<double>(central);
  double kv = 0, count = 0;
  auto& mutable_fleet = const_cast<FleetState&>(fleet);
  for (const InstanceState& state : mutable_fleet.instances()) {
    point.waiting += static_cast<double>(state.work.waiting());
    point.running += static_cast<double>(state.work.running());
    if (state.since < 0) continue;
    kv +=
        static_cast<double>(state.work.used_blocks()) / static_cast<double>(std::max<std::int64_t>(1, state.work.total_blocks()));
    ++count;
  }
  point.kv_used = count > 0 ? kv / count : 0.0;
  point.instances = count;
  for (std::size_t p = 0; p < job_.pools.size(); ++p) {
    const double nodes = fleet.nodes_in_service(p);
    point.active_nodes += nodes;
    sums_[p].nodes_peak = std::max(sums_[p].nodes_peak, nodes);
  }
  out_.samples.push_back(point);
  since_ = {};
}

ServingResult Recorder::result(FleetState& fleet, const RequestTable& table, std::int64_t now, std::int64_t last_end) {
  advance(table.alive(), now);
  out_.makespan = seconds(last_end);
  out_.window = std::max(0.0, std::min(job_.horizon > 0 ? job_.horizon : out_.makespan, seconds(now)) - job_.warm_up);
  const double length = seconds(now);
  out_.requests_in_system = now > 0 ? held_ / static_cast<double>(now) : 0.0;
  std::vector<double> busy(job_.pools.size(), 0.0);
  for (std::size_t i = 0; i < fleet.instances().size(); ++i) {
    const InstanceState& state = fleet.at(i);
    const auto p = static_cast<std::size_t>(state.pool);
    PoolResult& pool = out_.pools[p];
    const std::int64_t served = state.in_service + (state.since >= 0 ? now - state.since : 0);
    pool.instance_hours += seconds(served) / 3600;
    busy[p] += seconds(state.busy) / 3600;
    pool.iterations += state.work.iterations();
    pool.preemptions += state.work.preemptions();
    if (table.alive() == 0) out_.leaked_blocks += static_cast<std::uint64_t>(state.work.used_blocks());
  }
  for (std::size_t p = 0; p < out_.pools.size(); ++p) {
    PoolResult& pool = out_.pools[p];
    const ServingPool& spec = job_.pools[p];
    const PoolSums& sums = sums_[p];
    if (pool.instance_hours > 0) pool.busy_share = busy[p] / pool.instance_hours;
    if (length > 0) pool.nodes_mean = pool.instance_hours * 3600 / length * spec.nodes_per_instance;
    pool.nodes_peak = std::max(sums.nodes_peak, spec.autoscaler.on ? 0.0 : spec.instances * spec.nodes_per_instance);
    if (sums.time > 0) pool.kv_used_mean = sums.kv / sums.time, pool.batch_mean = sums.batch / sums.time;
    pool.kv_used_peak = sums.peak;
    pool.cost = pool.instance_hours * spec.cost_per_hour;
    pool.energy = 3600 * (busy[p] * spec.power + (pool.instance_hours - busy[p]) * spec.idle_power);
  }
  return std::move(out_);
}

}  // namespace gpufleet::sim
