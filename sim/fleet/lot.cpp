#include "sim/fleet/lot.h"

#include <algorithm>
#include <cmath>

namespace gpufleet::sim {

double bottleneck(const Fleet& fleet, const std::vector<int>& sites) {
  const auto between = [&](int a, int b) {
    double best = 0;
    for (const SiteLink& link : fleet.links)
      if ((link.from == a && link.to == b) || (link.from == b && link.to == a)) best = std::max(best, link.rate);
    return best;
  };
  double best = 0;
  for (const int hub : sites) {
    double slowest = std::numeric_limits<double>::infinity();
    for (const int other : sites)
      if (other != hub) slowest = std::min(slowest, between(hub, other));
    best = std::max(best, slowest);
  }
  return std::isfinite(best) ? best : 0;
}

double rate_across_sites(double rate, double tokens_per_step, double gradient_bytes, int sites, double link_rate) {
  if (sites < 2 || rate <= 0 || gradient_bytes <= 0) return rate;
  if (link_rate <= 0) return 0;
  const double exchange = 2.0 * (sites - 1) / sites * gradient_bytes / link_rate;
  return tokens_per_step / (tokens_per_step / rate + exchange);
}

double effective_time(double gpus, double mtbf_hours, double checkpoint_hours, double restart_hours) {
  if (mtbf_hours <= 0 || gpus <= 0) return 1;
  const double between = mtbf_hours / gpus;
  const double waste = std::sqrt(2 * checkpoint_hours / between) + (checkpoint_hours / 2 + restart_hours) / between;
  // Beyond half the time lost the first order no longer holds; the limit of the exact form is taken smoothly.
  return waste < 0.5 ? 1 - waste : 0.25 / waste;
}

}  // namespace gpufleet::sim
