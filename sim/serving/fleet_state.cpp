#include "sim/serving/fleet_state.h"

#include <limits>

namespace gpufleet::sim {
namespace {

// Spreads session numbers over instances; the multiplier is 2^64 over the golden ratio (Knuth, TAOCP 3, 6.4).
std::uint64_t mixed(std::uint64_t x) {
  x *= 0x9E3779B97F4A7C15ULL;
  return x ^ (x >> 29);
}

}  // namespace

FleetState::FleetState(const ServingJob& job) : job_(job) {
  std::size_t total = 0;
  for (const ServingPool& pool : job.pools) total += static_cast<std::size_t>(pool.instances);
  instances_.reserve(total);
  for (std::size_t p = 0; p < job.pools.size(); ++p) {
    first_.push_back(instances_.size());
    for (int i = 0; i < job.pools[p].instances; ++i) instances_.push_back({static_cast<int>(p), Instance(job.pools[p])});
  }
  first_.push_back(instances_.size());
  loads_.resize(instances_.size());
  for (std::size_t i = 0; i < instances_.size(); ++i) note(i);
}

bool FleetState::takes(std::size_t i, bool decode) const {
  return instances_[i].service == Service::on && (pool_of(i).role == PoolRole::decode) == decode;
}

int FleetState::route(const RequestTable& table, Slot32 slot, bool decode) {
  const std::size_t n = instances_.size();
  if (job_.router == RouterPolicy::central && !decode) return -1;
  if (job_.router == RouterPolicy::round_robin) {
    for (std::size_t k = 0; k < n; ++k) {
      const std::size_t i = turn_++ % n;
      if (takes(i, decode)) return static_cast<int>(i);
    }
    return -1;
  }
  if (job_.router == RouterPolicy::session_affinity && !decode) {
    // The instance that a session's number picks, or the next in service.
    const std::size_t start = mixed(table[slot].session) % n;
    for (std::size_t k = 0; k < n; ++k)
      if (takes((start + k) % n, decode)) return static_cast<int>((start + k) % n);
    return -1;
  }
  return least_loaded(table, slot, decode);
}

int FleetState::least_loaded(const RequestTable& table, Slot32 slot, bool decode) const {
  const bool aware = job_.router == RouterPolicy::cache_aware && !decode && !table.names[slot].empty();
  int best = -1;
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t p = 0; p < job_.pools.size(); ++p) {
    if ((job_.pools[p].role == PoolRole::decode) != decode) continue;
    for (std::size_t i = first_of(p); i < last_of(p); ++i) {
      double load = loads_[i];
      // What it already holds of the prompt need not be computed.
      if (aware && load < std::numeric_limits<double>::infinity())
        load -= static_cast<double>(instances_[i].work.prefix().peek(table.names[slot]) * job_.pools[p].prefix.block_tokens);
      if (load < least) {
        least = load;
        best = static_cast<int>(i);
      }
    }
  }
  return best;
}

void FleetState::begin_service(std::size_t i, std::int64_t now) {
  instances_[i].service = Service::on;
  if (instances_[i].since < 0) instances_[i].since = now;
  note(i);
}

void FleetState::end_service(std::size_t i, std::int64_t now, Service becomes) {
  InstanceState& state = instances_[i];
  state.service = becomes;
  if (state.since >= 0) state.in_service += now - state.since;
  state.since = -1;
  note(i);
}

std::vector<std::size_t> FleetState::scale(std::size_t pool, int wanted, std::int64_t now) {
  std::vector<std::size_t> starting;
  int taking = 0;
  for (std::size_t i = first_of(pool); i < last_of(pool); ++i) {
    InstanceState& state = instances_[i];
    if (state.service == Service::down) continue;
    const bool want = taking < wanted;
    if (want) ++taking;
    if (want && state.service == Service::draining) state.service = Service::on;
    if (want && state.service == Service::off) {
      state.service = Service::starting;
      state.since = now;  // it is paid for while it loads
      starting.push_back(i);
    }
    if (!want && (state.service == Service::on || state.service == Service::starting)) {
      if (state.work.idle_and_empty())
        end_service(i, now, Service::off);
      else
        state.service = Service::draining;
    }
    note(i);
  }
  return starting;
}

double FleetState::nodes_in_service(std::size_t pool) const {
  double nodes = 0;
  for (std::size_t i = first_of(pool); i < last_of(pool); ++i)
    if (instances_[i].since >= 0) nodes += job_.pools[pool].nodes_per_instance;
  return nodes;
}

}  // namespace gpufleet::sim
