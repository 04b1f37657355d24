// Instances that come and go: the autoscaler's, and those that fail and are repaired.
#include <algorithm>
#include <cmath>

#include "sim/serving/stage.h"

namespace gpufleet::sim {

void ServingStage::scale(std::size_t pool) {
  const ServingPool& p = job_.pools[pool];
  const Autoscaler& scaler = p.autoscaler;
  int wanted = 0;
  if (!scaler.hours.empty()) {
    const auto hour = static_cast<std::size_t>(to_seconds(Time(now_)).value() / 3600 + 1e-9) % scaler.hours.size();
    wanted = scaler.hours[hour];
  } else {
    // What the instances in service did since the last look, and how full their memory or batch is now.
    double used = 0, serving = 0;
    for (std::size_t i = fleet_.first_of(pool); i < fleet_.last_of(pool); ++i) {
      InstanceState& state = fleet_.at(i);
      // What its tokens take in full batches, not its busy time: an instance that is busy with small batches has room left.
      const double done = (state.filled - state.filled_at_scale) / scaler.period;
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
  for (const std::size_t i : fleet_.scale(pool, wanted, now_)) after(scaler.start_seconds, ServingEvent::started, i);
  after(scaler.hours.empty() ? scaler.period : 3600.0, ServingEvent::scale, pool);
}

void ServingStage::plan_failure(std::size_t i) {
  const double mean = fleet_.pool_of(i).failures.mean_time_between;
  if (mean > 0) after(mean * failures_.exponential(), ServingEvent::failure, i);
}

void ServingStage::fail(std::size_t i) {
  InstanceState& state = fleet_.at(i);
  if (state.service != Service::on && state.service != Service::draining) return plan_failure(i);
  recorder_.failure(static_cast<std::size_t>(state.pool));
  if (state.work.busy()) state.busy += now_ - state.began;
  lost_.clear();
  state.work.fail(table_, lost_);
  state.service = Service::down;
  fleet_.note(i);
  after(fleet_.pool_of(i).failures.repair, ServingEvent::repair, i);
  // Keys and values on their way out of a failed prefill instance arrive; everything else starts again.
  const std::vector<Slot32> again = lost_;
  for (const Slot32 slot : again) place(slot);
}

void ServingStage::repair(std::size_t i) {
  fleet_.begin_service(i, now_);
  plan_failure(i);
  wake_idle();
}

}  // namespace gpufleet::sim
