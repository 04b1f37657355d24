// Internal to the simulation: the instances of all pools with what happens to them over time (in service, draining, down), and
// the choice of one for a request.
#pragma once

#include <limits>
#include <vector>

#include "core/random.h"
#include "sim/serving/instance.h"
#include "sim/serving/result.h"

namespace gpufleet::sim {

enum class Service : std::uint8_t { on, starting, draining, off, down };

struct InstanceState {
  int pool = 0;
  Instance work;
  Service service = Service::on;
  std::uint32_t expected = 0;   ///< event sequence of its iteration's end
  std::int64_t began = 0;       ///< ps, of the iteration in progress
  std::int64_t in_service = 0;  ///< ps of service before `since`
  std::int64_t since = 0;       ///< ps when it last came into service; -1 = it is not
  std::int64_t busy = 0;        ///< ps of iterations
  double filled = 0;            ///< s that its prompt tokens take in full batches
  double filled_at_scale = 0;   ///< the same when the autoscaler last looked
};

class FleetState {
 public:
  explicit FleetState(const ServingJob& job);

  /// The instance for a request, by the job's router; -1 where the router is central. `decode`: among decode instances.
  [[nodiscard]] int route(const RequestTable& table, Slot32 slot, bool decode);
  [[nodiscard]] std::vector<InstanceState>& instances() { return instances_; }
  [[nodiscard]] InstanceState& at(std::size_t i) { return instances_[i]; }
  [[nodiscard]] const ServingPool& pool_of(std::size_t i) const {
    return job_.pools[static_cast<std::size_t>(instances_[i].pool)];
  }
  /// Instances [first, last) of a pool.
  [[nodiscard]] std::size_t first_of(std::size_t pool) const { return first_[pool]; }
  [[nodiscard]] std::size_t last_of(std::size_t pool) const { return first_[pool + 1]; }
  /// Sets how many instances of a pool take requests; the first ones do, the rest drain. Returns those that start.
  std::vector<std::size_t> scale(std::size_t pool, int wanted, std::int64_t now);
  /// Must follow whatever changes what instance i holds or whether it takes requests.
  void note(std::size_t i) {
    loads_[i] = instances_[i].service == Service::on ? instances_[i].work.load() : std::numeric_limits<double>::infinity();
  }
  void begin_service(std::size_t i, std::int64_t now);
  void end_service(std::size_t i, std::int64_t now, Service becomes);
  [[nodiscard]] double nodes_in_service(std::size_t pool) const;

 private:
  [[nodiscard]] bool takes(std::size_t i, bool decode) const;
  [[nodiscard]] int least_loaded(const RequestTable& table, Slot32 slot, bool decode) const;

  const ServingJob& job_;
  std::vector<InstanceState> instances_;
  std::vector<std::size_t> first_;
  std::vector<double> loads_;  ///< of each instance as routers compare them; infinite where it takes no requests
  std::size_t turn_ = 0;
};

}  // namespace gpufleet::sim
