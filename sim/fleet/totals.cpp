#include "sim/fleet/totals.h"

#include <algorithm>
#include <cmath>
#include <map>

namespace gpufleet::sim {
namespace {

// Estimates of one kind, kept by what they are about: within a group they err together, between groups apart.
class Grouped {
 public:
  void add(const std::string& group, const Estimate& part) {
    Estimate& sum = groups_[group];
    sum = {sum.value + part.value, sum.low + part.low, sum.high + part.high};
  }
  [[nodiscard]] Estimate sum() const {
    std::vector<Estimate> parts;
    for (const auto& [group, part] : groups_) parts.push_back(part);
    return independent_sum(parts);
  }

 private:
  std::map<std::string, Estimate> groups_;
};

double square(double x) { return x * x; }

}  // namespace

Estimate scaled(const Estimate& estimate, double factor) {
  return {estimate.value * factor, estimate.low * factor, estimate.high * factor};
}

Estimate independent_sum(const std::vector<Estimate>& parts) {
  Estimate out;
  double below = 0, above = 0;
  for (const Estimate& part : parts) {
    out.value += part.value;
    below += square(part.value - part.low);
    above += square(part.high - part.value);
  }
  out.low = out.value - std::sqrt(below);
  out.high = out.value + std::sqrt(above);
  return out;
}

Estimate independent_product(const Estimate& a, const Estimate& b) {
  if (a.value <= 0 || b.value <= 0 || a.low <= 0 || b.low <= 0) return {a.value * b.value, a.low * b.low, a.high * b.high};
  const double value = a.value * b.value;
  const auto span = [](double x, double y) { return std::exp(std::hypot(std::log(x), std::log(y))); };
  return {value, value / span(a.value / a.low, b.value / b.low), value * span(a.high / a.value, b.high / b.value)};
}

Estimate independent_ratio(const Estimate& a, const Estimate& b) {
  if (b.value <= 0) return {};
  return independent_product(a, {1 / b.value, 1 / std::max(b.high, b.value), 1 / (b.low > 0 ? b.low : b.value)});
}

FleetTotals fleet_totals(const Fleet& fleet, std::int64_t hour, const ReferenceChip& reference) {
  FleetTotals out;
  Grouped capex, around, power, amortisation, electricity, operations, rent;
  double lawful = 0, lawful_tpp = 0;
  for (const FleetLot& lot : fleet.lots) {
    if (hour < lot.arrives || hour >= lot.leaves) continue;
    const double n = static_cast<double>(lot.count);
    const FleetSite& site = fleet.sites[static_cast<std::size_t>(lot.site)];
    out.gpus += n;
    out.tpp += n * lot.tpp;
    out.bandwidth += n * lot.bandwidth;
    out.memory += n * lot.memory;
    if (lot.lawful) lawful += n, lawful_tpp += n * lot.tpp;
    auto share = std::find_if(out.chips.begin(), out.chips.end(), [&](const ChipShare& c) { return c.chip == lot.chip; });
    if (share == out.chips.end()) share = out.chips.insert(out.chips.end(), {.chip = lot.chip});
    share->gpus += n, share->compute += n * lot.tpp, share->bandwidth += n * lot.bandwidth, share->memory += n * lot.memory;

    const double watts = n * lot.busy_watts * site.pue;
    const Estimate drawn{watts, watts * lot.watts_low, watts * lot.watts_high};
    power.add(lot.chip, drawn);
    electricity.add(site.name, independent_product(scaled(drawn, kHoursPerYear / 1e3), site.electricity));
    if (lot.acquisition == Acquisition::rental) {
      rent.add(lot.chip, scaled(lot.rent, n * kHoursPerYear));
      continue;
    }
    capex.add(lot.chip, scaled(lot.price, n));
    around.add("surroundings", scaled(lot.surroundings, n));
    const Estimate per_year = independent_ratio(independent_sum({lot.price, lot.surroundings}), lot.life_hours);
    amortisation.add("life", scaled(per_year, n * kHoursPerYear));
    operations.add("operations", scaled(lot.operations, n * kHoursPerYear));
  }
  out.equivalents_compute = reference.tpp > 0 ? out.tpp / reference.tpp : 0;
  out.equivalents_bandwidth = reference.bandwidth > 0 ? out.bandwidth / reference.bandwidth : 0;
  out.capex = capex.sum();
  out.capex_all_in = independent_sum({out.capex, around.sum()});
  out.power = power.sum();
  out.amortisation = amortisation.sum();
  out.electricity = electricity.sum();
  out.operations = operations.sum();
  out.rent = rent.sum();
  out.opex = independent_sum({out.electricity, out.operations, out.rent});
  out.yearly = independent_sum({out.opex, out.amortisation});
  out.lawful_share = out.gpus > 0 ? lawful / out.gpus : 0;
  out.lawful_compute = out.tpp > 0 ? lawful_tpp / out.tpp : 0;
  for (ChipShare& share : out.chips) {
    share.gpus /= out.gpus;
    if (out.tpp > 0) share.compute /= out.tpp;
    if (out.bandwidth > 0) share.bandwidth /= out.bandwidth;
    if (out.memory > 0) share.memory /= out.memory;
  }
  return out;
}

}  // namespace gpufleet::sim
