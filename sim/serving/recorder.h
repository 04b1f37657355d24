// Internal to the simulation: turns what happens into a ServingResult.
#pragma once

#include "sim/serving/fleet_state.h"
#include "sim/serving/result.h"

namespace gpufleet::sim {

class Recorder {
 public:
  explicit Recorder(const ServingJob& job);

  /// Time has gone on to `now` with `alive` requests in the system.
  void advance(std::size_t alive, std::int64_t now) {
    held_ += static_cast<double>(alive) * static_cast<double>(now - last_);
    last_ = now;
  }
  void arrived(std::int64_t now);
  void refused() { ++out_.refused; }
  void first_token(const RequestTable& table, Slot32 slot, std::int64_t now);
  void ended(const RequestTable& table, Slot32 slot, std::int64_t now);
  void tokens(const IterationOutcome& outcome, std::int64_t now);
  void iteration(std::size_t pool, const Instance& instance, double batch, std::int64_t length);
  void failure(std::size_t pool) { ++out_.pools[pool].failures; }
  void sample(const FleetState& fleet, std::size_t central, std::int64_t now);
  /// ps when the last request ended.
  [[nodiscard]] std::int64_t last_end() const { return last_end_; }
  /// Once, at `now`; `last_end`: ps when the last request of the whole deployment ended.
  [[nodiscard]] ServingResult result(FleetState& fleet, const RequestTable& table, std::int64_t now, std::int64_t last_end);

 private:
  [[nodiscard]] bool in_window(std::int64_t now) const { return now >= warm_up_ && now <= horizon_; }

  struct PoolSums {
    double time = 0, kv = 0, batch = 0;  // ps, and ps-weighted sums
    double peak = 0;
    double nodes_peak = 0;
  };
  const ServingJob& job_;
  ServingResult out_;
  std::vector<PoolSums> sums_;
  std::int64_t warm_up_ = 0, horizon_ = 0, last_ = 0, last_end_ = 0;
  double held_ = 0;
  ServingSample since_;  ///< counts since the last sample
};

}  // namespace gpufleet::sim
