// Internal to the horizon: the fleet's accelerators of one chip at one site, as they stand in an hour.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/fleet/horizon.h"

namespace gpufleet::sim {

struct FleetPool {
  std::string chip;
  int site = 0;
  /// Thousandths of an accelerator: in the fleet, out of service, barred by the site's power, bought lawfully.
  std::int64_t owned = 0, down = 0, barred = 0, lawful = 0;
  double idle_watts = 0, busy_watts = 0;  ///< at the rack, of all owned
  double rent = 0;                        ///< USD an hour, of one
  double mtbf_hours = 0;                  ///< of one, mean
  [[nodiscard]] std::int64_t available() const { return owned - down - barred; }
  [[nodiscard]] double watts_span() const { return owned > 0 ? (busy_watts - idle_watts) / static_cast<double>(owned) : 0; }
};

/// Pools in order of first lot; their contents as of an hour.
class FleetPools {
 public:
  explicit FleetPools(const Fleet& fleet);
  /// Contents at `hour`; cheap while nothing comes or goes.
  void move_to(std::int64_t hour);
  [[nodiscard]] const std::vector<FleetPool>& pools() const { return pools_; }
  [[nodiscard]] std::int64_t changes_at() const { return next_change_; }

 private:
  void refresh(std::int64_t hour);
  void bar_by_power();

  const Fleet& fleet_;
  std::vector<int> pool_of_lot_;
  std::vector<FleetPool> pools_;
  std::vector<std::int64_t> changes_;  ///< hours at which lots come or go, ascending
  std::int64_t next_change_ = 0;
  bool fresh_ = false;
};

/// Cost that accrues by itself between two hours, whatever the accelerators do: amortisation, rent, operations, purchases,
/// resale.
void book_standing_costs(const FleetLot& lot, std::int64_t from, std::int64_t to, Ledger& ledger);

}  // namespace gpufleet::sim
