#include "sim/fleet/fleet_pools.h"

#include <algorithm>

namespace gpufleet::sim {

FleetPools::FleetPools(const Fleet& fleet) : fleet_(fleet) {
  for (const FleetLot& lot : fleet.lots) {
    const auto same = [&](const FleetPool& p) { return p.chip == lot.chip && p.site == lot.site; };
    auto found = std::find_if(pools_.begin(), pools_.end(), same);
    if (found == pools_.end()) found = pools_.insert(pools_.end(), {.chip = lot.chip, .site = lot.site});
    pool_of_lot_.push_back(static_cast<int>(found - pools_.begin()));
    changes_.push_back(lot.arrives);
    if (lot.leaves != kNever) changes_.push_back(lot.leaves);
  }
  std::sort(changes_.begin(), changes_.end());
}

void FleetPools::move_to(std::int64_t hour) {
  if (!fresh_ || hour >= next_change_) refresh(hour);
}

void FleetPools::refresh(std::int64_t hour) {
  fresh_ = true;
  for (FleetPool& pool : pools_) pool = {.chip = pool.chip, .site = pool.site};
  std::vector<double> rent(pools_.size()), failures(pools_.size());
  for (std::size_t i = 0; i < fleet_.lots.size(); ++i) {
    const FleetLot& lot = fleet_.lots[i];
    if (hour < lot.arrives || hour >= lot.leaves) continue;
    const auto p = static_cast<std::size_t>(pool_of_lot_[i]);
    FleetPool& pool = pools_[p];
    const double n = static_cast<double>(lot.count);
    pool.owned += lot.count * 1000;
    pool.down += whole(n * kThousand * lot.unavailability());
    if (lot.lawful) pool.lawful += lot.count * 1000;
    pool.idle_watts += n * lot.idle_watts;
    pool.busy_watts += n * lot.busy_watts;
    rent[p] += n * lot.rent.value;
    if (lot.mtbf_hours > 0) failures[p] += n / lot.mtbf_hours;
  }
  for (std::size_t p = 0; p < pools_.size(); ++p) {
    if (pools_[p].owned == 0) continue;
    const double n = static_cast<double>(pools_[p].owned) / kThousand;
    pools_[p].rent = rent[p] / n;
    pools_[p].mtbf_hours = failures[p] > 0 ? n / failures[p] : 0;
  }
  bar_by_power();
  const auto next = std::upper_bound(changes_.begin(), changes_.end(), hour);
  next_change_ = next == changes_.end() ? kNever : *next;
}

// Within a site's limit all may idle; of the difference to full load only a share may be drawn, and that share works.
void FleetPools::bar_by_power() {
  for (std::size_t s = 0; s < fleet_.sites.size(); ++s) {
    const FleetSite& site = fleet_.sites[s];
    if (site.power_limit <= 0) continue;
    double idle = 0, busy = 0;
    for (const FleetPool& pool : pools_)
      if (pool.site == static_cast<int>(s)) idle += pool.idle_watts, busy += pool.busy_watts;
    const double allowed = site.power_limit / site.pue;
    if (busy <= allowed) continue;
    const double share = std::clamp((allowed - idle) / (busy - idle), 0.0, 1.0);
    for (FleetPool& pool : pools_)
      if (pool.site == static_cast<int>(s)) {
        const std::int64_t working = pool.owned - pool.down;
        pool.barred = working - static_cast<std::int64_t>(static_cast<double>(working) * share);
      }
  }
}

void book_standing_costs(const FleetLot& lot, std::int64_t from, std::int64_t to, Ledger& ledger) {
  const auto book = [&](CostItem item, std::int64_t amount) { ledger.money[static_cast<std::size_t>(item)] += amount; };
  const std::int64_t begin = std::max(from, lot.arrives), end = std::min(to, lot.leaves);
  const double n = static_cast<double>(lot.count);
  if (begin < end) {
    const std::int64_t hours = end - begin;
    if (lot.acquisition == Acquisition::rental)
      book(CostItem::rent, hours * whole(n * lot.rent.value * kMillion));
    else
      book(CostItem::operations, hours * whole(n * lot.operations.value * kMillion));
  }
  if (lot.acquisition == Acquisition::rental) return;
  const std::int64_t cost = whole(n * (lot.price.value + lot.surroundings.value) * kMillion);
  const std::int64_t life = std::max<std::int64_t>(1, whole(lot.life_hours.value));
  __extension__ using Wide = __int128;
  // Written off up to an hour; what is left when it leaves, less what it sells for, goes at once.
  const auto written_off = [&](std::int64_t hour) {
    const std::int64_t age = std::clamp<std::int64_t>(std::min(hour, lot.leaves) - lot.arrives, 0, life);
    return static_cast<std::int64_t>(static_cast<Wide>(cost) * age / life);
  };
  book(CostItem::amortisation, written_off(to) - written_off(from));
  if (from <= lot.arrives && lot.arrives < to) book(CostItem::purchases, cost);
  if (lot.leaves != kNever && from <= lot.leaves && lot.leaves < to) {
    const std::int64_t resale = whole(n * lot.price.value * lot.resale_share * kMillion);
    book(CostItem::resale, resale);
    book(CostItem::amortisation, cost - written_off(lot.leaves) - resale);
  }
}

}  // namespace gpufleet::sim
