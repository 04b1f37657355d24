#include "sim/reliability/long_run.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <queue>

#include "core/check.h"

namespace gpufleet::sim {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();

/// A host on its way back.
struct Repair {
  double done = 0;
  std::int32_t pool = 0;
  bool operator>(const Repair& other) const { return done > other.done; }
};

class Replica {
 public:
  Replica(const LongRun& run, std::uint64_t seed)
      : run_(run),
        faults_(run.pools, run.trace, seed),
        repairs_random_(seed, "repairs"),
        detection_random_(seed, "detection"),
        hosts_random_(seed, "slow hosts"),
        end_(run.horizon.value_or(kNever)) {
    for (const FaultPool& pool : run.pools) {
      spares_.push_back(pool.spare_nodes);
      nodes_ += pool.nodes;
      gpus_per_node_.push_back(pool.nodes > 0 ? static_cast<double>(pool.gpus) / pool.nodes : 0.0);
    }
    for (int i = 0; i < nodes_; ++i) add_host();
    running_since_ = 0;
  }

  LongRunResult play() {
    for (const WorkPhase& phase : run_.work) {
      check(phase.step_seconds > 0, "a long run needs steps of positive length");
      phase_ = &phase;
      done_ = 0;
      while (done_ < phase.steps && now_ < end_) stretch();
      if (now_ >= end_) break;
    }
    result_.wall = now_;
    return result_;
  }

 private:
  // -- hosts --

  void add_host() {
    const Stragglers& s = run_.stragglers;
    if (s.share > 0 && hosts_random_.uniform() < s.share) slow_.push_back(s.slowdown * hosts_random_.exponential());
  }
  /// A host leaves; which one is chance.
  void drop_host() {
    if (slow_.empty()) return;
    const auto pick = hosts_random_.below(static_cast<std::uint64_t>(std::max(nodes_, 1)));
    if (pick < slow_.size()) slow_.erase(slow_.begin() + static_cast<std::ptrdiff_t>(pick));
  }
  [[nodiscard]] double slowness() const { return 1 + (slow_.empty() ? 0.0 : *std::max_element(slow_.begin(), slow_.end())); }
  /// Replicas that lack hosts.
  [[nodiscard]] int lost_replicas() const {
    if (missing_ == 0) return 0;
    const double share = static_cast<double>(missing_) * run_.replicas / std::max(nodes_, 1);
    return static_cast<int>(std::ceil(share - 1e-9));
  }
  [[nodiscard]] double step_seconds() const {
    return phase_->step_seconds * slowness() * run_.replicas / (run_.replicas - lost_replicas());
  }
  void take_back_repaired() {
    while (!repairs_.empty() && repairs_.top().done <= now_) {
      ++spares_[static_cast<std::size_t>(repairs_.top().pool)];
      repairs_.pop();
    }
    for (std::size_t i = 0; i < spares_.size(); ++i)
      while (missing_ > 0 && spares_[i] > 0 && missing_by_pool(i) > 0) {
        --spares_[i];
        --missing_of_[i];
        --missing_;
        add_host();
      }
  }
  [[nodiscard]] int missing_by_pool(std::size_t pool) {
    missing_of_.resize(spares_.size(), 0);
    return missing_of_[pool];
  }
  void send_to_repair(const Fault& fault) {
    const double mean = fault.kind == FaultKind::network_switch ? run_.recovery.switch_repair : run_.recovery.repair;
    const auto pool = static_cast<std::size_t>(fault.pool);
    // Hosts under one switch come back together.
    const double done = fault.at + mean * repairs_random_.exponential();
    for (int i = 0; i < fault.nodes; ++i) {
      drop_host();
      (void)missing_by_pool(pool);
      ++missing_of_[pool];
      ++missing_;
      repairs_.push({done, fault.pool});
    }
  }

  // -- time --

  void hold(double until, double& part) {
    const double to = std::min(until, end_);
    if (to <= now_) return;
    part += to - now_;
    account(to - now_);
    now_ = to;
  }
  void account(double seconds) {
    double gpus = phase_->gpus;
    for (std::size_t i = 0; i < spares_.size(); ++i) gpus += run_.pools[i].spare_nodes * gpus_per_node_[i];
    result_.gpu_seconds += gpus * seconds;
  }

  /// Runs from a durable state to the next event: a fault, hosts that come back, slow hosts found, the phase's end, the horizon.
  void stretch() {
    ++result_.events;
    const double step = step_seconds();
    const double stall = run_.checkpoint.stall, durable = std::max(run_.checkpoint.durable, stall);
    // A save begins only when the one before is complete.
    const double least = std::max(run_.interval, durable - stall);
    const auto every =
        static_cast<double>(std::isfinite(least) ? std::clamp(std::llround(least / step), 1LL, 1LL << 40) : 1LL << 40);
    const double cycle = every * step + stall;
    const double rest = static_cast<double>(phase_->steps - done_);
    const double saves = std::ceil(rest / every) - 1;
    const double finish = now_ + rest * step + saves * stall + durable;  // the phase's last save is complete
    const double returning =
        missing_ > 0 && run_.shortage == Shortage::shrink && !repairs_.empty() ? repairs_.top().done : kNever;
    const bool replaceable = !slow_.empty() && std::any_of(spares_.begin(), spares_.end(), [](int n) { return n > 0; });
    const double evicting =
        run_.stragglers.evict_after > 0 && replaceable ? running_since_ + run_.stragglers.evict_after : kNever;
    const double event = std::max(now_, std::min({faults_.next().at, returning, evicting, end_}));
    if (finish <= event) {
      work_for(rest, rest, step);
      hold_exact(saves * stall + durable, result_.parts.checkpoint);
      done_ = phase_->steps;
      return;
    }
    const double elapsed = event - now_;
    const double cycles = std::min(saves, std::floor(elapsed / cycle));
    const double steps =
        std::min(rest, cycles * every + std::min(cycles < saves ? every : rest, std::floor((elapsed - cycles * cycle) / step)));
    const bool fault = faults_.next().at <= event && event < end_;
    const bool planned = event >= end_ || !fault || faults_.next().kind == FaultKind::planned;
    if (planned) {
      leave_on_request(steps, std::floor(steps / every), step, event);
    } else {
      // Save j begins at j cycles less its stall.
      const double kept = std::clamp(std::floor((elapsed + stall - durable) / cycle), 0.0, cycles);
      const double counted = std::min(steps, kept * every);
      const double stalls = elapsed - steps * step;  // saves, and the step that was cut off
      const double standing = std::min(stalls, cycles * stall);
      work_for(steps, counted, step);
      hold_exact(standing, result_.parts.checkpoint);
      hold(event, result_.parts.lost);
      done_ += static_cast<std::int64_t>(counted);
    }
    if (now_ >= end_) return;
    if (fault)
      recover();
    else
      regroup(event == evicting);
  }

  /// The job is asked to stop: it ends its step, saves, and loses nothing.
  void leave_on_request(double steps, double saves, double step, double event) {
    work_for(steps, steps, step);
    done_ += static_cast<std::int64_t>(steps);
    hold_exact(std::min(saves * run_.checkpoint.stall, std::max(0.0, event - now_)), result_.parts.checkpoint);
    hold(event, result_.parts.lost);  // the step that was under way
    if (event < end_) hold(now_ + std::max(run_.checkpoint.durable, run_.checkpoint.stall), result_.parts.checkpoint);
  }

  void work_for(double steps, double counted, double step) {
    const double usual = phase_->step_seconds;
    result_.parts.trained += counted * usual;
    result_.parts.slow += counted * (step - usual);
    result_.parts.lost += (steps - counted) * step;
    result_.tokens_in += steps * phase_->tokens_per_step;
    result_.tokens_trained += counted * phase_->tokens_per_step;
    result_.tokens_lost += (steps - counted) * phase_->tokens_per_step;
    account(steps * step);
    now_ += steps * step;
  }
  void hold_exact(double seconds, double& part) {
    part += seconds;
    account(seconds);
    now_ += seconds;
  }

  /// From a fault until the job runs again. Faults that strike meanwhile start it over.
  void recover() {
    bool again = true;
    while (again && now_ < end_) {
      const Fault fault = faults_.next();
      faults_.pop();
      ++result_.events;
      ++result_.interruptions[static_cast<std::size_t>(fault.kind)];
      send_to_repair(fault);
      const double found = fault.kind == FaultKind::planned ? 0 : run_.recovery.detection * 2 * detection_random_.uniform();
      again = !pass(found, result_.parts.recovery);
      if (again) continue;
      gather_hosts();
      again = !pass(run_.recovery.restart, result_.parts.recovery);
    }
    running_since_ = now_;
  }
  /// Lets time go by; false if a fault comes first.
  bool pass(double seconds, double& part) {
    const double until = now_ + seconds;
    const bool clear = faults_.next().at >= until || until >= end_;
    hold(clear ? until : std::max(now_, faults_.next().at), part);
    return clear;
  }
  /// Spares take the failed hosts' places. Without them the job shrinks, or waits for repairs.
  void gather_hosts() {
    take_back_repaired();
    while (missing_ > 0 && !(run_.shortage == Shortage::shrink && lost_replicas() < run_.replicas)) {
      check(!repairs_.empty(), "a job waits for hosts that nobody repairs");
      const double since = now_;
      hold(repairs_.top().done, result_.parts.waiting);
      faults_.postpone(now_ - since);
      if (now_ >= end_) return;
      take_back_repaired();
    }
  }

  /// Hosts that came back join, or slow ones are replaced; the state is saved.
  void regroup(bool evict) {
    if (evict) {
      for (std::size_t i = 0; i < spares_.size(); ++i)
        while (!slow_.empty() && spares_[i] > 0) {
          --spares_[i];
          slow_.erase(std::max_element(slow_.begin(), slow_.end()));
          repairs_.push({now_ + run_.recovery.repair * repairs_random_.exponential(), static_cast<std::int32_t>(i)});
          add_host();
        }
      running_since_ = now_;
    }
    const int before = missing_;
    take_back_repaired();
    if (!evict && missing_ == before) return;
    if (!pass(run_.recovery.restart, result_.parts.recovery)) recover();
    running_since_ = now_;
  }

  const LongRun& run_;
  FaultStream faults_;
  RandomStream repairs_random_, detection_random_, hosts_random_;
  double end_;
  double now_ = 0, running_since_ = 0;
  int nodes_ = 0, missing_ = 0;
  std::vector<int> spares_, missing_of_;
  std::vector<double> gpus_per_node_;
  std::vector<double> slow_;  // extra time of each slow host
  std::priority_queue<Repair, std::vector<Repair>, std::greater<>> repairs_;
  const WorkPhase* phase_ = nullptr;
  std::int64_t done_ = 0;
  LongRunResult result_;
};

}  // namespace

std::int64_t LongRunResult::unplanned() const {
  std::int64_t total = 0;
  for (int kind = 0; kind < kFaultKinds; ++kind)
    if (static_cast<FaultKind>(kind) != FaultKind::planned) total += interruptions[static_cast<std::size_t>(kind)];
  return total;
}

LongRunResult simulate_long_run(const LongRun& run, std::uint64_t seed) {
  check(run.interval > 0, "a long run needs a positive interval between saves");
  return Replica(run, seed).play();
}

}  // namespace gpufleet::sim
